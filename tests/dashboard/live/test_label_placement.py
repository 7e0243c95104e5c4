"""Tests of the positions of names on a chart, as computed by the browser's script."""

from __future__ import annotations

import json
import math

import pytest

from tests.dashboard.live.node import needs_node, run

FRAME = {"left": 0, "top": 0, "right": 320, "bottom": 200}
ROOM = 9
# Two picks close to each other and one apart along a front; one at the edge.
SPOTS = [(110, 60), (150, 58), (240, 56), (6, 140)]

pytestmark = needs_node


def computed(expression, asked):
    """Value of an expression of the script's functions."""
    script = "`file://${process.argv[1]}/label_placement.js`"
    program = f"""
      const {{around, placed, spaced, square}} = await import({script});
      const asked = JSON.parse(process.argv[2]);
      console.log(JSON.stringify({expression}));"""
    return run(program, json.dumps(asked))


def place(spots, width, *, must=False, markers=()):
    """Positions of a name at each spot, placed in their order."""
    return computed(
        """(() => {
          const points = asked.spots.map(([x, y]) => ({x, y}));
          const labels = points.map((at) => ({
            must: asked.must,
            places: around({...at, room: asked.room}, {width: asked.width, height: 15}, [-1, -1],
              asked.frame, points.filter((other) => other !== at)),
          }));
          const marks = points.map((at) => square(at, asked.room));
          return placed(labels, asked.frame, marks, asked.markers.map(([x, y]) => square({x, y}, 4)));
        })()""",
        {
            "spots": spots,
            "width": width,
            "room": ROOM,
            "frame": FRAME,
            "must": must,
            "markers": list(markers),
        },
    )


def away(spot, box):
    across = max(box["left"] - spot[0], 0, spot[0] - box["right"])
    down = max(box["top"] - spot[1], 0, spot[1] - box["bottom"])
    return math.hypot(across, down)


def overlap(a, b):
    return (
        min(a["right"], b["right"]) > max(a["left"], b["left"])
        and min(a["bottom"], b["bottom"]) > max(a["top"], b["top"])
    )  # fmt: skip


def test_a_name_near_the_edge_stays_above_its_mark_within_the_frame():
    # Centred above its mark it would leave the frame, and to the left it would be near the other mark.
    [found, _] = place([(290, 60), (225, 60)], 80)
    assert found["box"]["right"] == FRAME["right"]
    assert found["box"]["bottom"] < 60 - ROOM
    assert "lead" not in found


@pytest.mark.parametrize("width", [40, 80, 110])
def test_names_do_not_overlap_and_belong_visibly_to_their_mark(width):
    found = place(SPOTS, width)
    assert all(found)
    for k, (own, one) in enumerate(zip(SPOTS, found, strict=True)):
        box = one["box"]
        assert FRAME["left"] <= box["left"] < box["right"] <= FRAME["right"]
        assert FRAME["top"] <= box["top"] < box["bottom"] <= FRAME["bottom"]
        assert not any(overlap(box, other["box"]) for other in found[:k])
        assert all(away(spot, box) >= 0.7 * ROOM for spot in SPOTS)
        assert "lead" in one or min(SPOTS, key=lambda spot: away(spot, box)) == own
        if "lead" in one:
            assert away(one["lead"][2:], box) < 1e-9
            assert math.dist(one["lead"][:2], own) == pytest.approx(ROOM)


def test_a_name_is_on_the_free_side_and_clear_of_markers():
    [alone] = place([(160, 100)], 40)
    assert (alone["box"]["right"], alone["box"]["bottom"]) == (151, 91)
    [beside] = place([(160, 100)], 40, markers=[(140, 85), (160, 80)])
    assert not any(away(marker, beside["box"]) == 0 for marker in ((140, 85), (160, 80)))


def test_a_name_without_space_is_left_out_unless_required():
    same = [(160, 100)] * 20
    assert sum(place is None for place in place(same, 300)) > 10
    assert all(place(same, 300, must=True))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [([10, 50], [10, 50]), ([10, 12, 13], [10, 25, 40]), ([-5, 90, 99], [0, 85, 100])],
)
def test_names_at_the_ends_of_curves_are_moved_apart_as_little_as_possible(wanted, expected):
    assert computed("spaced(asked, 15, 0, 100)", wanted) == expected

"""Where names stand on a chart, in numbers: next to what they name, or with a line to it."""

from __future__ import annotations

import base64
import json
import math
import shutil
import subprocess

import pytest

from tests.repository import ROOT

SCRIPT = ROOT / "dashboard" / "live" / "label_placement.js"
CLEARLY = 6
ROOM = 10
# Three picks and the fair option along a flat front, as on the sample; two that nearly coincide.
SPOTS = [(110.0, 60.0), (150.0, 58.0), (215.0, 56.0), (60.0, 140.0), (62.0, 141.0)]
PROGRAM = """
const {Taken, around, placed} = await import("data:text/javascript;base64,%s");
const {spots, width} = JSON.parse(process.argv[1]);
const frame = {left: 0, top: 0, right: 320, bottom: 200};
const [hard, soft] = [new Taken(frame), new Taken(frame)];
for (const [x, y] of spots) hard.take({left: x - 9, top: y - 9, right: x + 9, bottom: y + 9});
const points = spots.map(([x, y]) => ({x, y}));
const labels = points.map(({x, y}, k) => ({
  priority: k,
  places: around(x, y, {width, height: 16}, 10, [2, 10, 22, 38, 58, 84, 116],
    {others: points.filter((_, j) => j !== k)}),
}));
console.log(JSON.stringify({all: labels.map(({places}) => places), placed: placed(labels, hard, soft)}));
"""


def away(spot, box):
    """Pixels from a point to a box."""
    x, y = spot
    return (
        max(box["left"] - x, 0, x - box["right"]) ** 2
        + max(box["top"] - y, 0, y - box["bottom"]) ** 2
    ) ** 0.5


def crossed(lead, spot):
    """Whether a line runs through the middle of another's mark."""
    x1, y1, x2, y2 = lead
    steps = [k / 50 for k in range(51)]
    return any(
        abs(x1 + (x2 - x1) * k - spot[0]) < ROOM - 1
        and abs(y1 + (y2 - y1) * k - spot[1]) < ROOM - 1
        for k in steps
    )


needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no JavaScript without a browser"
)


def reckoned(program, asked):
    """What a program of the script's says."""
    code = program % base64.b64encode(SCRIPT.read_bytes()).decode()
    command = ["node", "--input-type=module", "-e", code, "--", json.dumps(asked)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


@needs_node
def test_a_name_is_nearest_to_what_it_names_or_has_a_line_to_it():
    found = reckoned(PROGRAM, {"spots": SPOTS, "width": 110})
    led = 0
    for own, places in zip(SPOTS, found["all"], strict=True):
        for place in places:
            nearest = min(away(spot, place["box"]) for spot in SPOTS if spot != own)
            mine = away(own, place["box"])
            strange = nearest < mine + CLEARLY - 1e-9
            assert ("lead" in place) == (strange or mine > ROOM + 11)
            led += strange
            if "lead" in place:
                apart = [spot for spot in SPOTS if math.dist(spot, own) > 1.5 * ROOM]
                assert not any(crossed(place["lead"], spot) for spot in apart)
    assert led > 20
    # Of those that stand, whose point lies apart needs no line.
    assert all(found["placed"])
    assert sum("lead" in place for place in found["placed"][:3]) <= 1


CROWDED = """
const {Taken, around, placed} = await import("data:text/javascript;base64,%s");
const {width, rank, must, others} = JSON.parse(process.argv[1]);
const frame = {left: 0, top: 0, right: 200, bottom: 120};
const [hard, soft] = [new Taken(frame), new Taken(frame)];
const at = {x: 10, y: 30};
hard.take({left: at.x - 13, top: at.y - 13, right: at.x + 13, bottom: at.y + 13});
const name = (wide) => around(at.x, at.y, {width: wide, height: 16}, 14, [2, 10, 22, 38]);
const labels = Array.from({length: others}, (_, k) => ({priority: 90, places: name(60)}));
labels.push({priority: rank, places: name(width), must});
console.log(JSON.stringify(placed(labels, hard, soft).map((place) => place && place.box)));
"""


@needs_node
@pytest.mark.parametrize("width", [60, 150, 190])
@pytest.mark.parametrize("others", [0, 1, 12])
def test_a_name_that_may_not_be_missing_has_a_place_within_the_picture(width, others):
    asked = {"width": width, "rank": 1, "must": True, "others": others}
    *rest, box = reckoned(CROWDED, asked)
    assert box is not None
    assert 0 <= box["left"] < box["right"] <= 200
    assert 0 <= box["top"] < box["bottom"] <= 120
    # It has no other name on it: who finds no place is another.
    for other in filter(None, rest):
        apart = (
            other["right"] <= box["left"]
            or box["right"] <= other["left"]
            or other["bottom"] <= box["top"]
            or box["bottom"] <= other["top"]
        )
        assert apart, (box, other)
    # Twelve of the same rank or better: one that may be missing, is.
    assert others < 12 or reckoned(CROWDED, {**asked, "must": False})[-1] is None


BESIDE_STANDING = """
const {Taken, placed} = await import("data:text/javascript;base64,%s");
const {must} = JSON.parse(process.argv[1]);
const frame = {left: 0, top: 0, right: 60, bottom: 10};
const [hard, soft] = [new Taken(frame), new Taken(frame)];
const at = (left, cost) => ({box: {left, top: 0, right: left + 10, bottom: 10}, cost});
// Words at the left end, with a line to the right of them; the middle is a marker's.
const standing = [{...at(0, 0), lead: [10, 5, 22, 5]}];
hard.take(at(30, 0).box);
const choices = [[[0, 0], [15, 5], [40, 9]], [[0, 0], [15, 5]], [[0, 0], [30, 5]], [[0, 0]]].map(
  (places) => places.map((one) => at(...one)));
const left = (places) => placed([{priority: 1, places, must}], hard, soft, standing)[0]?.box.left;
console.log(JSON.stringify(choices.map((places) => left(places) ?? null)));
"""


@needs_node
def test_beside_names_that_stand_a_name_lies_on_none_and_on_a_line_or_a_mark_only_if_it_must():
    assert reckoned(BESIDE_STANDING, {"must": False}) == [40, None, None, None]
    assert reckoned(BESIDE_STANDING, {"must": True}) == [40, 15, 30, 0]

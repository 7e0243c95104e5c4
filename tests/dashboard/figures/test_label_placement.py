"""Tests of the positions of names on a front for paper."""

from __future__ import annotations

import math

from dashboard.figures.label_placement import label_offsets


def test_a_name_is_inside_and_nearest_to_its_own_point():
    size = 620.0, 250.0
    places = [(300.0, 40.0), (335.0, 38.0), (370.0, 36.0), (20.0, 230.0)]
    name = "a name of a role"
    labels = [(name, x, -y) for x, y in places]
    offsets = label_offsets(labels, ([0.0, size[0]], [-size[1], 0.0]), size)
    for (x, y), (right, down) in zip(places, offsets, strict=True):
        half = 3.3 * len(name) + 2
        left, top = x + right - half, y + down - 8.5

        def away(point, left=left, top=top, half=half):
            across = max(left - point[0], 0, point[0] - left - 2 * half)
            return math.hypot(across, max(top - point[1], 0, point[1] - top - 17))

        assert min(places, key=away) == (x, y)
        assert left >= 0
        assert left + 2 * half <= size[0]
        assert top >= 0
        assert top + 17 <= size[1]

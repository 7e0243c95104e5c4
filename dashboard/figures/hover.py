"""What a chart says of the point under the pointer: its figures, each with its interval."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from dashboard.figures.front_view import FrontView
from metrics import Objective, Scenario
from metrics.inference.statistics import Interval
from metrics.narrative.formatting import figure, span, unit_words

Words = Callable[[str, float], str]
"""A model at a threshold, as the page writes it."""


def line(o: Objective, value: float, scenario: Scenario, ends: Interval | None, k: int) -> str:
    """A figure with its unit and the ``k``-th of the intervals, where these are known."""
    text = f"{o.label}: {figure(o, value, scenario)} {unit_words(o, scenario)}".rstrip()
    if ends is not None:
        known = span(o, value, float(ends.low[k]), float(ends.high[k]), scenario)
        text += f" ({known})" if known else ""
    return html.escape(text)


def of_front(
    view: FrontView, point: Mapping[Hashable, Any], scenario: Scenario, words: Words
) -> str:
    """Text of one of the points of a front."""
    row = int(point["row"])
    lines = [f"<b>{html.escape(words(str(point['model']), float(point['threshold'])))}</b>"]
    for o, axis in ((view.across, "x"), (view.up, "y")):
        lines.append(line(o, float(point[axis]), scenario, view.ranges.get(o.id), row))
    if point["wins"]:
        lines.append(html.escape(str(point["wins"])))
    if point["front"] and np.isfinite(point["stands"]):
        lines.append(f"no other model beats it in {100 * point['stands']:.0f} of 100 resamples")
    if point["standing"]:
        lines.append(html.escape(str(point["standing"])))
    return "<br>".join(lines)

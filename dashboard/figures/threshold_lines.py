"""Vertical lines at thresholds and other figures, with their names above the plot area."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.figures.plotly_json import Drawing
from dashboard.figures.texts import LETTER, LINE

ANCHORS = ("center", "left", "right")
NARROW = 260
"""Width in pixels of the plot area on a phone."""
BESIDE, APART, HANGS_LEFT, HANGS_RIGHT = 4, 10, 36, 10
"""Pixels between a line and its name, and between two names. Pixels of a name that may be left, and right, of
the plot area."""


@dataclass(frozen=True)
class NamedThreshold:
    """Threshold or another figure on an axis.

    Attributes
    ----------
    at : float
        Position on the axis.
    words : str
        Name, such as its mark and a word.
    color : str
        Colour of the name, and of a line without a style.
    look : mapping, optional
        Style of the line in Plotly's terms; dotted by default.
    is_in_sight : bool
        Whether it has a line. The name of a figure out of sight is at the end of the axis.
    """

    at: float
    words: str
    color: str
    look: Mapping[str, Any] | None = None
    is_in_sight: bool = True


def draw_thresholds(
    fig: Drawing,
    thresholds: Sequence[NamedThreshold],
    *,
    height: float,
    axis: tuple[float, float] = (0.0, 1.0),
) -> int:
    """Draw one or two thresholds across the whole plot area.

    Parameters
    ----------
    height : float
        Approximate height of the plot area in pixels.
    axis : (float, float)
        Ends of the axis.

    Returns
    -------
    int
        Pixels that the names need above the plot area.
    """
    low, high = axis
    places = _places([((t.at - low) / (high - low), t.words) for t in thresholds])
    for threshold, place in zip(thresholds, places, strict=True):
        if threshold.is_in_sight:
            fig.add_shape(
                type="line",
                x0=threshold.at,
                x1=threshold.at,
                y0=0,
                y1=1 + place.raised / height,
                yref="paper",
                line=dict(
                    threshold.look or {"color": threshold.color, "width": 1.2, "dash": "1px,3px"}
                ),
            )
        fig.add_text(
            html.escape(place.words),
            threshold.color,
            x=threshold.at,
            y=1,
            yref="paper",
            xanchor=place.anchor,
            xshift={"left": BESIDE, "right": -BESIDE}.get(place.anchor, 0),
            yanchor="bottom",
            yshift=place.raised - 2,
        )
    return max((place.raised + LINE for place in places), default=0)


@dataclass(frozen=True)
class _Place:
    """Position of the name of a threshold."""

    words: str
    share: float
    """Position of the line, as a share of the axis from its left end."""
    anchor: str
    """Side of the words that is at the line, in Plotly's terms."""
    raised: int = 0
    """Pixels between the plot area and the words."""

    @property
    def ends(self) -> tuple[float, float]:
        """Left and right end of the words in pixels, in a narrow plot area."""
        # A mark has the width of two letters.
        at, width = NARROW * self.share, LETTER * len(self.words) + 6
        lefts = {"left": at + BESIDE, "center": at - width / 2, "right": at - BESIDE - width}
        return lefts[self.anchor], lefts[self.anchor] + width

    @property
    def cut(self) -> float:
        """Number of pixels of the words that an edge of the chart cuts off."""
        left, right = self.ends
        return max(0.0, -HANGS_LEFT - left, right - NARROW - HANGS_RIGHT)


def _places(lines: Sequence[tuple[float, str]]) -> list[_Place]:
    """Positions of the names of one or two thresholds.

    Notes
    -----
    A name is centred above its line. If two names would overlap, each is on the outer side of its line. If
    an edge of the chart leaves no room for that, one name is above the other.
    """
    middle = [_inside(_Place(words, share, "center")) for share, words in lines]
    if len(middle) < 2:
        return middle
    left, right = sorted(range(len(middle)), key=lambda k: middle[k].share)
    if middle[left].ends[1] + APART <= middle[right].ends[0]:
        return middle
    apart = {
        left: replace(middle[left], anchor="right"),
        right: replace(middle[right], anchor="left"),
    }
    if not any(name.cut for name in apart.values()):
        return [apart[k] for k in range(len(middle))]
    is_left = middle[left].share + middle[right].share < 1
    side, outer = ("left", left) if is_left else ("right", right)
    return [
        replace(name, anchor=side, raised=LINE if k == outer else 0)
        for k, name in enumerate(middle)
    ]


def _inside(name: _Place) -> _Place:
    """Name above or beside its line, at the position where the chart's edges cut off the least of it."""
    return min((replace(name, anchor=anchor) for anchor in ANCHORS), key=lambda place: place.cut)

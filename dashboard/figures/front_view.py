"""What the front shows, as a value: which points are on it, which are named, what is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import Objective, is_on_front
from metrics.inference.attainment import AttainmentBand


@dataclass(frozen=True)
class Mark:
    """A point with a name of its own: a stakeholder's pick, today's system, the chosen point."""

    label: str
    model: str | None
    threshold: float
    x: float
    y: float
    kind: str
    """"pick", "today", "compromise", "chosen" or "beside"."""
    lower: float | None = None
    """As of `OperatingPoint`."""


@dataclass(frozen=True)
class LimitLine:
    """A limit that is a straight line across one of the axes that are shown.

    Attributes
    ----------
    axis : {"x", "y"}
    value : float
        In the unit of the axis.
    words : str
    above : bool
        Whether the larger values of the axis keep it.
    """

    axis: str
    value: float
    words: str
    above: bool


@dataclass(frozen=True)
class Acceptable:
    """What the limits leave of the operating points that the front is drawn from.

    Attributes
    ----------
    keeps : ndarray of bool, shape (n,)
        By operating point, in the order of the points that the view was made from.
    lines : sequence of LimitLine
    certified : ndarray of bool, shape (n,), or None
        Which of them keep all limits for certain; None where that is not known.
    is_all : bool
        Whether the lines are all the limits: what lies on their good sides keeps every one.
    """

    keeps: NDArray[np.bool_]
    lines: Sequence[LimitLine]
    certified: NDArray[np.bool_] | None = None
    is_all: bool = False


@dataclass(frozen=True)
class FrontView:
    """What the front shows, before it is drawn.

    Attributes
    ----------
    points : DataFrame
        ``row`` (position among the operating points),
        ``model``, ``threshold``, ``x``, ``y`` (the figures of the two axes), ``front`` (no point beats it
        for all stakeholders), ``line`` (none beats it on the two axes).
    across, up : Objective
    marks : tuple of Mark
        Those that are defined on both axes.
    undefined : int
        Points that are on no front because a stakeholder's objective is undefined there.
    band : AttainmentBand or None
        Where the line would lie in resamples; None where not known.
    acceptable : Acceptable or None
        What the limits leave; None without limits.
    alone : DataFrame or None
        Columns ``x`` and ``y``: the line of the models without inspectors; None where nobody inspects.
    """

    points: pd.DataFrame
    across: Objective
    up: Objective
    marks: tuple[Mark, ...]
    undefined: int
    band: AttainmentBand | None = None
    acceptable: Acceptable | None = None
    alone: pd.DataFrame | None = None


def front_view(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    across: Objective,
    up: Objective,
    marks: Sequence[Mark],
) -> FrontView:
    """Find the fronts.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`.
    objectives : sequence of Objective
        Of all stakeholders: a filled marker is on their common front.
    across, up : Objective
        The two that are shown.
    """
    unique = list({o.id: o for o in objectives}.values())
    judged = [o for o in unique if points[o.id].notna().any()] or unique
    everyone = is_on_front(
        points[[o.id for o in judged]].to_numpy(np.float64), [o.direction for o in judged]
    )
    columns = list(dict.fromkeys([*(o.id for o in judged), across.id, up.id]))
    complete = points[columns].notna().to_numpy().all(axis=1)
    two = points[[across.id, up.id]].to_numpy(np.float64)
    line = is_on_front(two, [across.direction, up.direction])
    defined = ~np.isnan(two).any(axis=1)
    frame = pd.DataFrame(
        {
            "row": np.arange(len(points)),
            "model": points["model"],
            "threshold": points["threshold"],
            "x": two[:, 0],
            "y": two[:, 1],
            "front": everyone,
            "line": line,
        }
    )[defined].reset_index(drop=True)
    return FrontView(frame, across, up, marked(marks), int((~complete).sum()))


def marked(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks that a front can show: those that are defined on both axes."""
    return tuple(m for m in marks if np.isfinite(m.x) and np.isfinite(m.y))


def line_of(view: FrontView) -> pd.DataFrame:
    """Points of the front of the two axes, in the order in which its line joins them."""
    line = view.points[view.points["line"]]
    x_loss = view.across.direction.loss(line["x"].to_numpy())
    line = line.iloc[np.lexsort((view.up.direction.loss(line["y"].to_numpy()), x_loss))]
    return line.drop_duplicates(["x", "y"])


def discussed(view: FrontView) -> frozenset[str]:
    """Models that have colour: those on the front of all stakeholders, or of a named point but today's."""
    on_front = view.points.loc[view.points["front"], "model"]
    named = (m.model for m in view.marks if m.kind != "today" and m.model is not None)
    return frozenset({*map(str, on_front.unique()), *named})


def coloured(view: FrontView, ranges: tuple[list[float], list[float]]) -> frozenset[str]:
    """Models whose curve has colour: those worth discussing that are in sight."""
    x, y = (view.points[axis].to_numpy(np.float64) for axis in ("x", "y"))
    seen = (ranges[0][0] <= x) & (x <= ranges[0][1]) & (ranges[1][0] <= y) & (y <= ranges[1][1])
    in_sight = view.points["model"].array[seen & view.points["front"].to_numpy(bool)]
    named = (m.model for m in view.marks if m.kind != "today" and m.model is not None)
    return frozenset({*map(str, in_sight.unique()), *named})


def visible_range(view: FrontView) -> tuple[list[float], list[float]]:
    """Range of each axis at first sight: the named points, and the front where it beats today, with room.

    Notes
    -----
    Flagging everything can cost so much that a full range would squeeze all that matters into a line; and
    so may today's point, which is then pointed at from the edge. The reader can zoom out.
    """
    near = tuple(mark for mark in view.marks if mark.kind != "today")
    better = _better_than_today(view)
    close, all_in = (_ranges(view, marks, better) for marks in (near, view.marks))
    longer = max(
        (wide[1] - wide[0]) / (own[1] - own[0]) for own, wide in zip(close, all_in, strict=True)
    )
    return close if near and MOST_FOR_TODAY < longer <= ONE_PLACE else all_in


MOST_FOR_TODAY, ONE_PLACE = 3.0, 8.0
"""So many times as long as without it an axis may get for today's point; and from which on, seen from there,
all others lie at one place, so that only the way there is worth a look."""


def _ranges(
    view: FrontView, marks: Sequence[Mark], better: pd.DataFrame
) -> tuple[list[float], list[float]]:
    out = []
    for axis, o in (("x", view.across), ("y", view.up)):
        named = np.array([getattr(mark, axis) for mark in marks])
        named = np.concatenate([named, better[axis].to_numpy(np.float64)])
        values = view.points.loc[view.points["front"], axis].to_numpy(np.float64)
        low, high = _interval(named, values)
        if not o.signed and min(named.min(initial=0.0), values.min(initial=0.0)) >= 0:
            low = max(low, -0.02 * (high - max(low, 0.0)))  # no axis begins below what can be
        out.append([low, high])
    return out[0], out[1]


def _better_than_today(view: FrontView) -> pd.DataFrame:
    """Points of the front of the two axes that are as good as today's system on both."""
    line = view.points[view.points["line"]]
    today = next((mark for mark in view.marks if mark.kind == "today"), None)
    if today is None:
        return line[:0]
    kept = np.ones(len(line), bool)
    for axis, o in (("x", view.across), ("y", view.up)):
        kept &= o.direction.loss(line[axis].to_numpy(np.float64)) <= o.direction.loss(
            np.array(getattr(today, axis))
        )
    return line[kept]


def _interval(named: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    if named.size == 0:
        named = values
    if named.size == 0:
        return 0.0, 1.0
    low, high = float(named.min()), float(named.max())
    if high - low <= 0 and values.size:
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    room = 0.18 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room

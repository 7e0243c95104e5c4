"""Pareto front of all models on two stakeholders' objectives: points, marks, limits and shortlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.certified import certified_points
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.decide.limit_lines import LimitLine, limit_line
from dashboard.analysis.points_table import point_of
from dashboard.analysis.resampled_figures import required_positions
from dashboard.analysis.selection import Selection
from dashboard.session.choices import STAKEHOLDERS
from metrics import Objective, OperatingPoint, is_on_front
from metrics.inference.choice.front_band import (
    AttainmentBand,
    are_of_errors,
    attainment_band,
    may_be_on_any_front,
)
from metrics.selection.limits import meets_all

Axes = tuple[str, str]
"""Names of two stakeholders."""
PAIRS: tuple[Axes, ...] = (
    (STAKEHOLDERS[1], STAKEHOLDERS[2]),
    (STAKEHOLDERS[0], STAKEHOLDERS[1]),
    (STAKEHOLDERS[0], STAKEHOLDERS[2]),
)
"""Pairs of stakeholders for the two axes, the default first."""

MarkKind = Literal["pick", "today", "beside", "compromise", "chosen"]
"""Kind of a mark: pick, current system, pinned point, fair option or selected point."""
KINDS: tuple[MarkKind, ...] = ("pick", "today", "beside", "compromise", "chosen")
"""Kinds of marks, in drawing order."""
LEAST_LINE_POINTS = 3
"""Smallest number of points of a line with a band."""


@dataclass(frozen=True)
class Mark:
    """A named point on the front.

    Attributes
    ----------
    kind : MarkKind
    model, threshold, lower
        Model and thresholds of the point, as in `OperatingPoint`.
    x, y : float
    stakeholders : tuple of str
        Names of the stakeholders who pick the point.
    """

    kind: MarkKind
    model: str | None
    threshold: float
    x: float
    y: float
    lower: float | None = None
    stakeholders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acceptable:
    """Operating points that meet the limits.

    Attributes
    ----------
    are_met : ndarray of bool, shape (n,)
        Whether each operating point of the analysis meets all limits.
    lines : sequence of LimitLine
    certified : ndarray of bool, shape (n,), or None
        Whether each point is certified to meet all limits; `None` if unknown.
    is_all : bool
        Whether every limit has a line, so that the lines bound the area that meets all limits.
    """

    are_met: NDArray[np.bool_]
    lines: Sequence[LimitLine]
    certified: NDArray[np.bool_] | None = None
    is_all: bool = False


@dataclass(frozen=True, eq=False)
class Curve:
    """Points of one model on the axes of a front, by ascending threshold.

    Attributes
    ----------
    index : ndarray of int, shape (n,)
        Positions among the points of the front.
    rows : ndarray of int, shape (n,)
        Positions among the points of the analysis.
    thresholds : ndarray of float64, shape (n,)
    places : ndarray of float64, shape (n, 2)
        Figures on the two axes.
    """

    index: NDArray[np.intp]
    rows: NDArray[np.intp]
    thresholds: NDArray[np.float64]
    places: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, some: slice | NDArray[Any]) -> Curve:
        """Some of the points: a slice, a mask or positions."""
        return Curve(self.index[some], self.rows[some], self.thresholds[some], self.places[some])


@dataclass(frozen=True)
class FrontView:
    """Operating points on the axes of two objectives.

    Attributes
    ----------
    points : DataFrame
        Columns ``model``, ``threshold``, ``x``, ``y``, ``front`` (not dominated on the objectives of all
        stakeholders) and ``line`` (not dominated on the two axes). The index is the position among the points
        of the analysis.
    line : DataFrame
        Distinct points of ``line``, in the order of the line: the best figure of the first axis is first.
    across, up : Objective
    marks : tuple of Mark
        Marks that are defined on both axes.
    undefined : int
        Number of points that cannot be on the front, since an objective is undefined.
    band : AttainmentBand or None
        Band that contains the line in resamples; `None` if unknown.
    acceptable : Acceptable or None
        `None` without limits.
    worth : frozenset of str
        Models on the shortlist. A point of such a model is on the front and meets the stakeholders'
        conditions.
    wished : frozenset of str
        Best model of each objective that ranks models.
    """

    points: pd.DataFrame
    line: pd.DataFrame
    across: Objective
    up: Objective
    marks: tuple[Mark, ...]
    undefined: int
    band: AttainmentBand | None = None
    acceptable: Acceptable | None = None
    worth: frozenset[str] = frozenset()
    wished: frozenset[str] = frozenset()

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """Curve of each model."""
        models = self.points["model"].astype("category").cat
        codes = models.codes.to_numpy()
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        ends = np.append(starts[1:], len(codes))
        return {
            str(models.categories[codes[start]]): self.whole[start:end]
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        }

    @cached_property
    def whole(self) -> Curve:
        """All points, in the form of a curve."""
        points = self.points
        return Curve(
            np.arange(len(points)),
            points.index.to_numpy(np.intp),
            points["threshold"].to_numpy(np.float64),
            np.column_stack([points[axis].to_numpy(np.float64) for axis in ("x", "y")]),
        )


def front_view(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    across: Objective,
    up: Objective,
    marks: Sequence[Mark],
) -> FrontView:
    """Compute the front on all objectives, and the line on the objectives of the two axes.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`.
    objectives : sequence of Objective
        Objectives of all stakeholders.
    across, up : Objective
        Objectives of the two axes.
    """
    figures = {o: points[o.id].to_numpy(np.float64) for o in (*objectives, across, up)}
    is_unknown = {o: np.isnan(values) for o, values in figures.items()}
    unique = list(dict.fromkeys(objectives))
    judged = [o for o in unique if not is_unknown[o].all()] or unique
    of_all = np.column_stack([figures[o] for o in judged])
    common = is_on_front(of_all, [o.direction for o in judged])
    two = np.column_stack([figures[across], figures[up]])
    line = is_on_front(two, [across.direction, up.direction])
    defined = ~(is_unknown[across] | is_unknown[up])
    complete = defined & ~np.any([is_unknown[o] for o in judged], axis=0)
    frame = pd.DataFrame(
        {
            "model": points["model"].array,
            "threshold": points["threshold"].array,
            "x": points[across.id].array,
            "y": points[up.id].array,
            "front": common,
            "line": line,
        },
        copy=False,  # scenarios share most columns
    )
    frame = frame if defined.all() else frame[defined]
    undefined = int((~complete).sum())
    line_points = _line(frame, across, up)
    return FrontView(
        frame, line_points, across, up, defined_marks(marks), undefined, worth=on_front(frame)
    )


def on_front(points: pd.DataFrame, among: NDArray[np.bool_] | bool = True) -> frozenset[str]:
    """Models with a point, among some, that is not dominated on the objectives of all stakeholders."""
    return frozenset(map(str, points["model"][points["front"].to_numpy() & among].unique()))


def defined_marks(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Marks that are defined on both axes."""
    return tuple(m for m in marks if np.isfinite(m.x) and np.isfinite(m.y))


def _line(points: pd.DataFrame, across: Objective, up: Objective) -> pd.DataFrame:
    """Distinct points of the front of the two axes, in the order of its line."""
    places = np.flatnonzero(points["line"].to_numpy())
    x, y = (points[axis].to_numpy(np.float64)[places] for axis in ("x", "y"))
    order = np.lexsort((up.direction.loss(y), across.direction.loss(x)))
    x, y, is_new = x[order], y[order], np.ones(order.size, np.bool_)
    is_new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    return points.iloc[places[order[is_new]]]


def discussed(view: FrontView) -> frozenset[str]:
    """Models that are drawn in colour.

    These are the models on the shortlist, the best of each ranking, and those with a mark. The mark of the
    current system does not count.
    """
    named = (m.model for m in view.marks if m.kind != "today" and m.model is not None)
    return frozenset({*view.worth, *view.wished, *named})


def ranking_stakeholder(analysis: Analysis, axes: Axes) -> Stakeholder | None:
    """First of two stakeholders whose objective ranks models; `None` if both choose a threshold."""
    both = (analysis.stakeholder(name) for name in STAKEHOLDERS if name in axes)
    return next((stakeholder for stakeholder in both if stakeholder.objective.of_model), None)


def axes_to_choose(analysis: Analysis) -> dict[Axes, Stakeholder | None]:
    """Pairs of stakeholders that the chart can show, each with the stakeholder whose objective ranks models.

    The value is `None` if both objectives choose a threshold: the chart is then a front. Each ranking is
    offered once.
    """
    offered: dict[Axes, Stakeholder | None] = {}
    for axes in PAIRS:
        by = ranking_stakeholder(analysis, axes)
        if by is None or by not in offered.values():
            offered[axes] = by
    return offered


def axes_shown(analysis: Analysis, axes: Axes) -> Axes:
    """Pair among `axes_to_choose` for the axes that a reader chose."""
    offered = axes_to_choose(analysis)
    for pair in (axes, axes[::-1]):
        if pair in offered:
            return pair
    by = ranking_stakeholder(analysis, axes)
    return next(pair for pair, stakeholder in offered.items() if stakeholder == by)


def axes_objectives(analysis: Analysis, axes: Axes) -> tuple[Objective, Objective]:
    """Objectives of the front's two axes."""
    across, up = (analysis.stakeholder(name).objective for name in axes)
    return across, up


def front_of(analysis: Analysis, axes: Axes) -> FrontView:
    """Front of an analysis, without a mark for the selected point."""
    across, up = axes_objectives(analysis, axes)
    unmarked = _bare_front(analysis, axes)
    view = replace(
        unmarked,
        worth=shortlist(analysis, axes),
        marks=defined_marks(_marks(analysis, across, up)),
        wished=frozenset(
            s.pick.model
            for s in analysis.stakeholders
            if s.objective.of_model and s.pick is not None
        ),
        acceptable=_acceptable(analysis, across, up),
    )
    # A band around one or two points would cover the whole chart.
    if analysis.uncertainty is None or len(view.line) < LEAST_LINE_POINTS:
        return view
    return replace(view, band=_band(analysis, axes))


def front_with_selected(selection: Selection, axes: Axes) -> FrontView:
    """Front of an analysis, with marks for the selected and the pinned point."""
    view = front_of(selection.analysis, axes)
    marks = [*view.marks, _mark("chosen", selection.point, view.across, view.up)]
    if selection.is_pinned:
        marks.append(_mark("beside", selection.compared, view.across, view.up))
    marks.sort(key=lambda mark: KINDS.index(mark.kind))
    return replace(view, marks=defined_marks(marks))


@part(reads=lambda analysis, axes: (analysis.unpriced_key, axes))
def _bare_front(analysis: Analysis, axes: Axes) -> FrontView:
    objectives = [stakeholder.objective for stakeholder in analysis.stakeholders]
    return front_view(analysis.points, objectives, *axes_objectives(analysis, axes), ())


@part(
    reads=lambda analysis, axes: (
        analysis.unpriced_key,
        axes,
        analysis.seed,
        required_positions(analysis),
    )
)
def _band(analysis: Analysis, axes: Axes) -> AttainmentBand | None:
    known, objectives = analysis.uncertainty, axes_objectives(analysis, axes)
    assert known is not None
    positions: Sequence[NDArray[np.intp]] = known.positions
    if are_of_errors(objectives, analysis.scenario):
        candidates = zip(_band_candidates(analysis), known.required, strict=True)
        positions = [np.union1d(some, required) for some, required in candidates]
    return attainment_band(known.bootstrap, *objectives, positions)


@part(reads=lambda analysis: (analysis.seed, analysis.hidden), kind=Kind.PART)
def _band_candidates(analysis: Analysis) -> list[NDArray[np.intp]]:
    """Positions of the visible models that may be on a front of resamples at any price of a miss."""
    drawn = analysis.bootstrap.drawn
    cached = zip(drawn.tally.models, drawn.positions, strict=True)
    visible = [at if model in analysis.models else at[:0] for model, at in cached]
    return may_be_on_any_front(drawn, visible)


@part(reads=lambda analysis, axes: (analysis.picks_key, axes))
def shortlist(analysis: Analysis, axes: Axes) -> frozenset[str]:
    """Models with a point on the front that meets the stakeholders' conditions.

    These are all models on the front if no point meets the conditions. The limits are ignored, because the
    meeting discusses them.
    """
    view = _bare_front(analysis, axes)
    conditions = [s.bound for s in analysis.stakeholders if s.bound is not None]
    within = meets_all(analysis.points, conditions)[view.points.index]
    return on_front(view.points, within) or on_front(view.points)


def _marks(analysis: Analysis, across: Objective, up: Objective) -> list[Mark]:
    """Marks of the picks, the current system and the fair option.

    Equal picks share a mark. The pick by an objective that ranks models has no mark.
    """
    names: dict[int, list[str]] = {}
    for s in analysis.choosing:
        if s.pick is not None:
            names.setdefault(s.pick.row, []).append(s.name)
    marks = [
        replace(_mark("pick", point_of(analysis.points, row), across, up), stakeholders=tuple(by))
        for row, by in names.items()
    ]
    marks.append(_mark("today", analysis.current, across, up))
    fair = fair_option_of(analysis).point
    return marks if fair is None else [*marks, _mark("compromise", fair, across, up)]


def _mark(kind: MarkKind, point: OperatingPoint, across: Objective, up: Objective) -> Mark:
    x, y = point.figures[across.id], point.figures[up.id]
    return Mark(kind, point.model, point.threshold, x, y, point.lower)


def _acceptable(analysis: Analysis, across: Objective, up: Objective) -> Acceptable | None:
    """Operating points that meet the limits; `None` without limits."""
    if not analysis.limits:
        return None
    by_limit = [
        [
            line
            for axis, o in (("x", across), ("y", up))
            if (line := limit_line(analysis, bound, axis, o)) is not None
        ]
        for bound in analysis.limits
    ]
    return Acceptable(
        meets_all(analysis.points, analysis.limits),
        [line for lines in by_limit for line in lines],
        certified=certified_points(analysis),
        is_all=all(by_limit),
    )


@part(reads=lambda analysis, axes: (analysis.picks_key, analysis.weights, axes))
def _discussed(analysis: Analysis, axes: Axes) -> frozenset[str]:
    return discussed(front_of(analysis, axes))


def coloured_models(selection: Selection, axes: Axes) -> frozenset[str]:
    """Models that are drawn in colour on the front, including the selected model."""
    return _discussed(selection.analysis, axes) | {str(selection.point.model)}

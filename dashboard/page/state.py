"""Everything that the table page draws: data, scenario, stakeholders, and the points with names."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.data.confusable_names import unique_names
from dashboard.data.library import Dataset
from dashboard.figures.palette import ModelStyle, Palette, palette_of, styles
from dashboard.markup import one_way
from dashboard.page import cache
from dashboard.page.bounded_cache import Key, Kind
from dashboard.page.notices import scarcity_notices, unavailable_choices
from dashboard.page.scenario_figures import NO_CHECKS, ScenarioFigures, visible
from dashboard.session.choices import STAKEHOLDER_TITLES, STAKEHOLDERS, Choices, Point
from dashboard.words import numbers
from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    Objective,
    OperatingPoint,
    Pick,
    Scenario,
    pick,
    point_at,
    today_point,
)
from metrics.evaluation.objective import as_read_by
from metrics.evaluation.operating_points import point_between
from metrics.evaluation.standard_objectives import payoff_of
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import Uncertainty, uncertainty
from metrics.io.read_options import RowsHeldOut
from metrics.selection.default_bound import default_bound
from metrics.selection.picks import cheapest_of_each_model


@dataclass(frozen=True)
class Stakeholder:
    """One stakeholder: what is optimised, within what, and the stakeholder's own pick.

    Attributes
    ----------
    name, title : str
    objective : Objective
    bound : Bound or None
    pick : Pick or None
        None where nothing keeps the bound and the limits.
    """

    name: str
    title: str
    objective: Objective
    bound: Bound | None
    pick: Pick | None


@dataclass(frozen=True)
class PicksKey:
    """What the operating points, the stakeholders' picks and their figures follow from."""

    fingerprint: str
    scenario: Scenario
    objectives: tuple[str, ...]
    bounds: tuple[tuple[str, float] | None, ...]
    hidden: tuple[str, ...]
    limits: tuple[tuple[str, float], ...]

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, one.name) for one in fields(self)))

    def __hash__(self) -> int:  # a page asks for it a hundred times
        return self._hash


@dataclass(frozen=True)
class IntervalsKey:
    """What is drawn with intervals follows from: the picks, the seed, and whether intervals are there."""

    picks: PicksKey
    seed: int
    are_known: bool


@dataclass(frozen=True)
class PageState:
    """Everything that the table page draws.

    Attributes
    ----------
    picks_key : PicksKey
        The point under discussion is not in it.
    choices, dataset, scenario, figures, palette
        What was chosen, and what follows from it.
    points : DataFrame
        Operating points of the visible models.
    stakeholders : tuple of Stakeholder
    chosen : OperatingPoint
        The operating point under discussion.
    today, beside : OperatingPoint
        What the chosen point stands beside.
    styles : dict of str to ModelStyle
    limits : tuple of Bound
        What a point must keep to be acceptable to all.
    notices : tuple of str
        What was asked for and this data cannot give.
    uncertainty : Uncertainty or None
        None where it is not shown, or not yet known.
    """

    picks_key: PicksKey
    choices: Choices
    dataset: Dataset
    scenario: Scenario
    figures: ScenarioFigures
    palette: Palette
    points: pd.DataFrame
    stakeholders: tuple[Stakeholder, ...]
    chosen: OperatingPoint
    today: OperatingPoint
    beside: OperatingPoint
    styles: dict[str, ModelStyle]
    limits: tuple[Bound, ...]
    notices: tuple[str, ...]
    uncertainty: Uncertainty | None

    @property
    def intervals_key(self) -> IntervalsKey:
        """What is drawn follows from this, and from what it is given besides."""
        return IntervalsKey(self.picks_key, self.choices.seed, self.uncertainty is not None)

    @property
    def held_out(self) -> RowsHeldOut:
        """Whether the rows were held out from training, as far as anybody has said."""
        return self.choices.held_out(self.dataset.scores.held_out)

    @property
    def is_today_unsaid(self) -> bool:
        """Whether nobody has said what is in use today, not even that there are no checks."""
        return self.scenario.today is None and self.choices.today != "none"

    @cached_property
    def unpriced_key(self) -> PicksKey:
        """As `picks_key`, of what follows from the stakeholders' and the limits' figures alone.

        It stays at another price of a miss, unless one of these follows from it. Picks may move all the same
        (`picked`): one that ranks models has its threshold from the price.
        """
        objectives = [
            *(s.objective for s in self.stakeholders),
            *(b.objective for b in self.bounds),
        ]
        return replace(self.picks_key, scenario=unpriced(self.scenario, objectives))

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The limits, and the stakeholders' own conditions."""
        return *self.limits, *(s.bound for s in self.stakeholders if s.bound is not None)

    @property
    def choosing(self) -> tuple[Stakeholder, ...]:
        """The stakeholders whose objective chooses a threshold; that of the others ranks models."""
        return tuple(s for s in self.stakeholders if not s.objective.of_model)

    @property
    def is_beside_a_model(self) -> bool:
        """Whether what stands beside the chosen point is best for a wish that chooses no threshold."""
        compare = self.choices.compare
        return compare in STAKEHOLDERS and self.stakeholder(compare).objective.of_model

    @property
    def picked(self) -> tuple[int | None, ...]:
        """Row of each stakeholder's pick."""
        return tuple(None if s.pick is None else s.pick.row for s in self.stakeholders)

    def keyed(self, *of: Hashable) -> Key:
        """Key in the cache of a part of the page: its name, and what it follows from besides the data."""
        is_of_one = any(one is self.picks_key or isinstance(one, IntervalsKey) for one in of)
        return Key((self.dataset.fingerprint,), of, Kind.OF_ONE if is_of_one else Kind.PART)

    @property
    def limits_in_force(self) -> tuple[tuple[str, float], ...]:
        """The limits by objective id: part of a key."""
        return tuple((bound.objective.id, bound.value) for bound in self.limits)

    @property
    def evaluation(self) -> Evaluation:
        """Every model's curve under the scenario."""
        return self.figures.evaluation

    @property
    def alone(self) -> ScenarioFigures:
        """What the models do without inspectors; the figures themselves where nobody inspects."""
        if self.scenario.inspection is None:
            return self.figures
        return cache.scenario_figures(self.dataset, replace(self.scenario, inspection=None))

    @property
    def objectives(self) -> dict[str, Objective]:
        """Those that this data can answer, by id."""
        return self.figures.objectives

    def range_of(self, objective: str, model: str, threshold: float) -> tuple[float, float] | None:
        """95 % interval of a stakeholder's objective at an operating point; None where there is none."""
        known = self.uncertainty
        wanted = next((o for o in known.objectives if o.id == objective), None) if known else None
        if known is None or wanted is None:
            return None
        m = self.evaluation.tally.index(model)
        ends, k = known.range_of(wanted, m), self.evaluation.curves[m].row(threshold)
        return float(ends.low[k]), float(ends.high[k])

    @cached_property
    def model_points(self) -> pd.DataFrame:
        """Operating points of the chosen model, threshold ascending."""
        return points_of_model(self.points, str(self.chosen.model))

    @property
    def today_title(self) -> str:
        """What the pages call today's system: nobody may have said what there is."""
        return NO_CHECKS if self.scenario.today is None else "today"

    def label(self, model: str) -> str:
        """What the pages call a model."""
        return one_way(dict(self.choices.names).get(model, model))

    @property
    def in_full(self) -> PageState:
        """The same with each given name before the model's own, for what leaves the page."""
        names = tuple(
            (model, f"{name} (own name {model})")
            for model, name in self.choices.names
            if name != model
        )
        return replace(self, choices=replace(self.choices, names=names))

    def words(
        self, model: str | None, at: float, *, alone: bool = False, lower: float | None = None
    ) -> str:
        """An operating point as text: ``gradient boosting at 0.168``.

        Parameters
        ----------
        alone : bool
            Without inspectors.
        lower : float, optional
            As of `OperatingPoint`.
        """
        if model is None:
            return NO_CHECKS
        below = None if alone else self.ship_below(model, at, lower)
        words = self.figures.threshold_words
        return self._point_words(
            model, at, words(model, at), None if below is None else words(model, below)
        )

    def exact_words(
        self, model: str | None, at: float, *, alone: bool = False, lower: float | None = None
    ) -> str:
        """An operating point with all digits of its threshold, for where the pointer rests."""
        if model is None:
            return NO_CHECKS
        below = None if alone else self.ship_below(model, at, lower)
        words = numbers.exact_threshold
        return self._point_words(model, at, words(at), None if below is None else words(below))

    def is_alone(self, point: OperatingPoint) -> bool:
        """Whether a point is without the inspectors that all others have: so is today's system.

        The same model may be chosen at the same threshold with inspectors: coordinates tell nothing.
        """
        return self.scenario.inspection is not None and point == self.today

    def is_todays(self, point: OperatingPoint) -> bool:
        """Whether a point is today's system: its model holds back the same units, and nobody inspects any.

        By counts, since today's threshold may lie between two of the file's.
        """
        if point.model != self.today.model or point.counts != self.today.counts:
            return False
        return (
            self.is_alone(point)
            or self.ship_below(point.model, point.threshold, point.lower) is None
        )

    def ship_below(self, model: str | None, at: float, lower: float | None = None) -> float | None:
        """Threshold below which a point ships, where what lies up to its own is inspected; else None."""
        model_curve = None if model is None else self.evaluation.curve_of(model)
        if model_curve is None or model_curve.lower is None:
            return None
        if lower is not None:
            return lower if lower < at else None
        k = model_curve.position(at)
        return (
            float(model_curve.thresholds[model_curve.lower[k]])
            if model_curve.lower[k] < k
            else None
        )

    def _point_words(self, model: str, at: float, threshold: str, below: str | None = None) -> str:
        if below is not None:
            return f"{self.label(model)}, inspected from {below} to {threshold}"
        return f"{self.label(model)}{' at ' if np.isfinite(at) else ', '}{threshold}"

    def stakeholder(self, name: str) -> Stakeholder:
        """Return the stakeholder of a name."""
        return self.stakeholders[STAKEHOLDERS.index(name)]


def unpriced(scenario: Scenario, objectives: Iterable[Objective]) -> Scenario:
    """The scenario; without its price of a miss where no figure of some objectives follows from it."""
    return replace(scenario, miss_cost=as_read_by(scenario, objectives).miss_cost)


def _stakeholders(
    choices: Choices,
    figures: ScenarioFigures,
    points: pd.DataFrame,
    limits: tuple[Bound, ...],
    picks_key: PicksKey,
) -> tuple[Stakeholder, ...]:
    out = []
    for name, wanted, typed in zip(STAKEHOLDERS, choices.objectives, choices.bounds, strict=True):
        # A link may ask for what this data cannot answer, such as the log loss of a ranking.
        objective = figures.objectives.get(wanted) or figures.objectives["cost_of_errors"]
        limited = None if typed is None else figures.objectives.get(typed[0])
        bound = None if typed is None or limited is None else Bound(limited, typed[1])
        bound = bound or default_bound(objective, figures.evaluation)
        picked = _pick(points, objective, figures.evaluation, bound, limits, picks_key)
        out.append(Stakeholder(name, STAKEHOLDER_TITLES[name], objective, bound, picked))
    return tuple(out)


def _pick(
    points: pd.DataFrame,
    objective: Objective,
    evaluation: Evaluation,
    bound: Bound | None,
    limits: tuple[Bound, ...],
    picks_key: PicksKey,
) -> Pick | None:
    """A stakeholder's pick, found once for all prices of a miss that change nothing of it."""
    read = [objective, *(one.objective for one in (*limits, bound) if one is not None)]
    if objective.of_model:  # whose threshold is the one that the price implies
        read.append(OBJECTIVES["cost_of_errors"])
    follows = unpriced(picks_key.scenario, read), picks_key.hidden
    return cache.part(
        Key((picks_key.fingerprint,), ("pick", objective, bound, limits, follows)),
        lambda: pick(points, objective, evaluation, bound=bound, limits=limits),
    )


def _opening(
    points: pd.DataFrame, evaluation: Evaluation, limits: tuple[Bound, ...]
) -> Pick | None:
    """Where the talk begins: the least cost within the limits, or of all where nothing keeps them."""
    cost = OBJECTIVES["cost_of_errors"]
    return pick(points, cost, evaluation, limits=limits) or pick(points, cost, evaluation)


def openings(page: PageState) -> dict[str, float]:
    """At which threshold each model is shown where it is chosen by its name alone.

    As the page opens on the best of all: the least cost within the limits, or of all that model's where
    none of its points keeps them.
    """
    return _openings_of(page.picks_key, page.dataset, page.points, page.limits)


def _openings_of(
    picks_key: PicksKey, dataset: Dataset, points: pd.DataFrame, limits: tuple[Bound, ...]
) -> dict[str, float]:
    key = Key((dataset.fingerprint,), ("openings", picks_key), Kind.OF_ONE)
    return cache.part(key, lambda: _openings(points, limits))


def _openings(points: pd.DataFrame, limits: tuple[Bound, ...]) -> dict[str, float]:
    def best(limits: tuple[Bound, ...]) -> dict[str, float]:
        return {p.model: p.threshold for p in cheapest_of_each_model(points, limits=limits)}

    found, models = best(limits), points["model"].nunique()
    if limits and len(found) < models:
        found = best(()) | found
    if len(found) < models:  # of which every point flags all or nothing
        firsts = points.drop_duplicates("model")
        found = dict(zip(firsts["model"].astype(str), firsts["threshold"], strict=True)) | found
    return found


def rate_now(page: PageState) -> float:
    """Defect rate of the figures: the scenario's, or the file's own."""
    mass = page.evaluation.tally.class_mass
    return page.scenario.defect_rate or float(mass[1] / mass.sum())


def today_earns(page: PageState) -> float:
    """What all units earn with today's system; NaN without prices."""
    if page.scenario.payoff is None:
        return math.nan
    return float(payoff_of(page.evaluation.context(0).today, page.scenario))


def points_of_model(points: pd.DataFrame, model: str) -> pd.DataFrame:
    """Operating points of one model, which lie together, numbered anew."""
    own = np.flatnonzero(points["model"] == model)
    together = points.iloc[own[0] : own[-1] + 1] if own.size else points.iloc[:0]  # without a copy
    of_model: pd.DataFrame = together.reset_index(drop=True)
    return of_model


def point_of(points: pd.DataFrame, row: int) -> OperatingPoint:
    """An operating point by its row."""
    return OperatingPoint.from_points(points, int(points.index.get_loc(row)))  # type: ignore[arg-type]


def at_or_above(
    points: pd.DataFrame, evaluation: Evaluation, point: Point
) -> OperatingPoint | None:
    """Operating point at a named threshold, or at two; None where its model is not among the points.

    Notes
    -----
    Between two thresholds the higher one flags the same units.
    """
    rows = np.flatnonzero(points["model"] == point.model)
    if not rows.size:
        return None
    if point.below is not None and evaluation.scenario.inspection is not None:
        asked = [OBJECTIVES[name] for name in points.columns if name in OBJECTIVES]
        found = point_between(evaluation, asked, point.model, point.threshold, point.below)
        if found.lower is not None:
            return found
    position = rows[evaluation.curve_of(point.model).row(point.threshold)]
    return OperatingPoint.from_points(points, int(position))


def scenario_of(choices: Choices, dataset: Dataset) -> Scenario:
    """The scenario that was chosen, with today's system where this data can count it."""
    return dataset.countable(choices.scenario(dataset.scenario))[0]


def _uncertainty(
    picks_key: PicksKey,
    seed: int,
    dataset: Dataset,
    evaluation: Evaluation,
    stakeholders: Sequence[Stakeholder],
    opened: Mapping[str, float],
) -> Uncertainty | None:
    """How sure the figures are, where the data has been drawn in other samples."""
    drawn = cache.drawn(dataset, seed, picks_key.scenario)
    if drawn is None:
        return None
    asked: dict[str, list[float]] = {}
    # What most is asked of is not interpolated, so that no limit that changes nothing changes its ends.
    for model, threshold in opened.items():
        asked.setdefault(model, []).append(threshold)
    for picked in (stakeholder.pick for stakeholder in stakeholders):
        if picked is not None:
            asked.setdefault(picked.model, []).append(picked.threshold)

    def share(key: Hashable, make: Callable[[], Interval]) -> Interval:
        return cache.part(Key((dataset.fingerprint,), ("intervals", seed, key)), make)

    return cache.uncertainty(
        Key((picks_key.fingerprint,), (picks_key, seed)),
        lambda: uncertainty(
            Bootstrap(evaluation, drawn),
            [stakeholder.objective for stakeholder in stakeholders],
            required=asked,
            hidden=picks_key.hidden,
            share=share,
        ),
    )


def build(choices: Choices, dataset: Dataset, appearance: str) -> PageState:
    """Derive the page from what was chosen.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    # A link may call a model by another's own name.
    choices = replace(choices, names=unique_names(dataset.scores.models, choices.names))
    scenario = scenario_of(choices, dataset)
    figures = cache.scenario_figures(dataset, scenario)
    hidden = [model for model in choices.hidden if model in dataset.scores.models]
    if len(hidden) == len(dataset.scores.models):
        hidden = []
    points = visible(figures.points, hidden)
    limits = tuple(
        Bound(figures.objectives[name], value)
        for name, value in choices.limits_in(dataset.scenario)
        if name in figures.objectives
    )
    picks_key = PicksKey(
        dataset.fingerprint,
        scenario,
        choices.objectives,
        choices.bounds,
        tuple(hidden),
        tuple((limit.objective.id, limit.value) for limit in limits),
    )
    stakeholders = cache.part(
        Key((dataset.fingerprint,), ("stakeholders", picks_key), Kind.OF_ONE),
        lambda: _stakeholders(choices, figures, points, limits, picks_key),
    )
    evaluation = figures.evaluation
    chosen = None if choices.point is None else at_or_above(points, evaluation, choices.point)
    opening = cache.part(
        Key((dataset.fingerprint,), ("opening", picks_key), Kind.OF_ONE),
        lambda: _opening(points, evaluation, limits),
    )
    if chosen is None:
        chosen = point_of(points, 0 if opening is None else opening.row)
    objectives = list(figures.objectives.values())
    today = today_point(evaluation, objectives)
    beside = today
    if choices.compare == "pin" and choices.pin is not None:
        pinned = at_or_above(points, evaluation, choices.pin)
        if pinned is not None:
            beside = pinned
    elif choices.compare in STAKEHOLDERS:
        stakeholder = stakeholders[STAKEHOLDERS.index(choices.compare)]
        own = stakeholder.pick
        if own is not None:
            ranks = stakeholder.objective.of_model
            opened = _openings_of(picks_key, dataset, points, limits)
            at = opened[own.model] if ranks else own.threshold
            beside = point_at(evaluation, objectives, own.model, at)
    if beside is today:  # also where the point that was asked for cannot be had
        choices = replace(choices, compare="today")
    return PageState(
        picks_key=picks_key,
        choices=choices,
        dataset=dataset,
        scenario=scenario,
        figures=figures,
        palette=palette_of(appearance),
        points=points,
        stakeholders=stakeholders,
        chosen=chosen,
        today=today,
        beside=beside,
        styles=styles(dataset.scores.models),
        limits=limits,
        notices=(
            *unavailable_choices(choices, dataset, figures),
            *scarcity_notices(choices, figures),
        ),
        uncertainty=_uncertainty(
            picks_key,
            choices.seed,
            dataset,
            evaluation,
            stakeholders,
            _openings_of(picks_key, dataset, points, limits),
        )
        if choices.intervals
        else None,
    )

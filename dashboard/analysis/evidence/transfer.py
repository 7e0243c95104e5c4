"""Transfer of operating points to other data: whether the selected point and the picks hold there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.counts.counts_at_points import counted_at, is_counted_at, is_counted_for
from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.picked_points import pick_like
from dashboard.analysis.selection import Selection
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from metrics import OBJECTIVES, Scenario, evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.optimism import mean_optimism
from metrics.inference.confidence_level import TAIL
from metrics.inference.transfer import (
    FALSE_ALARMS,
    RECALL,
    CarriedPoint,
    Transfer,
    assess_transfers,
    comparable_scenario,
)
from metrics.selection.choice import Choice, CompromiseChoice

NONE = "none"
"""The reader's choice if no other data is to be judged."""


class Origin(Enum):
    """Origin of a transferred point: the stakeholder or the reader who chose it."""

    SELECTED = auto()
    PICK = auto()
    FAIR = auto()


class Obstacle(Enum):
    """Reason why a point cannot be judged on other data."""

    NO_SUCH_MODEL = auto()
    NOT_COUNTED = auto()


@dataclass(frozen=True, kw_only=True)
class TransferResult(CarriedPoint):
    """An operating point that was chosen here, and its figures on other data.

    Attributes
    ----------
    stakeholder : str
        Name of the stakeholder whose pick the point is; empty otherwise.
    transfer : Transfer or None
        `None` if the point cannot be judged on the other data.
    obstacle : Obstacle or None
        `None` if the point can be judged on the other data.
    choice : Choice or CompromiseChoice or None
        How the point was chosen from these rows; `None` if it was not chosen as the best.
    """

    origin: Origin
    stakeholder: str = ""
    transfer: Transfer | None = None
    obstacle: Obstacle | None = None
    choice: Choice | CompromiseChoice | None = None


def comparable_datasets(
    library: Library, dataset: Dataset, named: Sequence[str | None], owner: str
) -> list[Dataset]:
    """Open data sets that share a model with a data set, except those read from the same files.

    Parameters
    ----------
    named : sequence of str or None
        Fingerprints of data that a reader or a link names. Data of the command line is always included.
    """
    candidates = [
        *library.public_data,
        *(library.find(f, owner) for f in named if f not in (None, NONE)),
    ]
    distinct = {other.fingerprint: other for other in candidates if other is not None}
    distinct.pop(dataset.fingerprint, None)
    models = set(dataset.scores.models)
    # The models of the sample data have common names, but are other models.
    return [
        other
        for other in distinct.values()
        if other.origin != "sample" and models & set(other.scores.models)
        if not other.digest or other.digest != dataset.digest
    ]


def choose_dataset(also: str | None, among: Sequence[Dataset]) -> Dataset | None:
    """Other data to judge on: the data that a reader chose, or the data opened last."""
    if also == NONE or not among:
        return None
    return next((other for other in among if other.fingerprint == also), among[-1])


def picks_to_transfer(analysis: Analysis) -> list[TransferResult]:
    """Picks of the stakeholders, to be judged on other data."""
    return [
        TransferResult(
            s.objective,
            s.pick.model,
            s.pick.threshold,
            origin=Origin.PICK,
            stakeholder=s.name,
            # The default bound depends on the data, such as the recall of the current system.
            bound=None if chosen is None else s.bound,
            choice=Choice(s.objective, s.bound, analysis.limits, analysis.models),
        )
        for s, chosen in zip(analysis.stakeholders, analysis.bounds_chosen, strict=True)
        if s.pick is not None
    ]


def selected_to_transfer(selection: Selection) -> list[TransferResult]:
    """The selected point, by its cost of errors and by each stakeholder's objective."""
    analysis = selection.analysis
    cost = OBJECTIVES["cost_of_errors"]
    objectives = (s.objective for s in analysis.stakeholders)
    answered = [o for o in objectives if not needs_prices(o, analysis.scenario)]
    # Figures of the threshold come before those of the whole model.
    distinct = {o.id: o for o in (cost, *sorted(answered, key=lambda o: o.of_model))}
    picked = pick_like(analysis, selection.point)
    # The meeting chose the point, so it need not be the best threshold for a stakeholder.
    return [
        TransferResult(
            o,
            str(selection.point.model),
            selection.point.threshold,
            origin=Origin.SELECTED,
            choice=None if picked is None else picked.choice,
            seeks_threshold=o is cost,
        )
        for o in distinct.values()
    ]


def fair_to_transfer(selection: Selection) -> list[TransferResult]:
    """The fair option, to be judged on other data; empty if it is the selected point."""
    fair, selected = fair_option_of(selection.analysis).point, selection.point
    if fair is None or (fair.model, fair.threshold) == (selected.model, selected.threshold):
        return []
    cost = OBJECTIVES["cost_of_errors"]
    at = str(fair.model), fair.threshold
    return [TransferResult(cost, *at, origin=Origin.FAIR, seeks_threshold=False)]


def has_comparable_costs(analysis: Analysis, other: Dataset) -> bool:
    """Whether costs are comparable: with prices by kind of defect, the other data must name the kinds."""
    return other.names_kinds or not analysis.scenario.miss_cost_by_type


def transfer_scenario(analysis: Analysis, other: Dataset) -> Scenario | None:
    """Scenario for other data; `None` if the other data cannot be compared."""
    if not has_comparable_costs(analysis, other):
        return None
    return comparable_scenario(analysis.scenario, analysis.evaluation, other.scores.models)


@part(
    reads=lambda selection, other, scenario: (
        selection.analysis.picks_key,
        selection.analysis.weights,
        selection.analysis.seed,
        selection.point.place,
        scenario,
    ),
    kind=Kind.PART,
)
def transfer_selected(
    selection: Selection, other: Dataset, scenario: Scenario
) -> list[TransferResult]:
    """Transfer the selected point to other data."""
    return transfer_points(selection.analysis, other, scenario, selected_to_transfer(selection))


def _picks_read(selection: Selection, other: Dataset, scenario: Scenario) -> tuple[object, ...]:
    fair = tuple((p.model, p.threshold) for p in fair_to_transfer(selection))
    return selection.analysis.picks_key, selection.analysis.seed, fair, scenario


@part(reads=_picks_read, kind=Kind.PART)
def transfer_picks(
    selection: Selection, other: Dataset, scenario: Scenario
) -> list[TransferResult]:
    """Transfer the stakeholders' picks and the fair option to other data."""
    points = _picks_and_fair_option(selection)
    return transfer_points(selection.analysis, other, scenario, points)


def is_transfer_counted(selection: Selection, other: Dataset, scenario: Scenario) -> bool:
    """Whether the transfer needs no further pass over the rows of the other data."""
    data = selection.analysis.dataset, other
    groups = selected_to_transfer(selection), _picks_and_fair_option(selection)
    return all(is_counted_for(one, scenario) for one in data) and all(
        is_counted_at(other, _finite_places(points, other)) for points in groups
    )


def _picks_and_fair_option(selection: Selection) -> list[TransferResult]:
    """The stakeholders' picks and the fair option, to be judged on other data."""
    return [*picks_to_transfer(selection.analysis), *fair_to_transfer(selection)]


def _obstacle(point: TransferResult, other: Dataset) -> Obstacle | None:
    """Reason why a point cannot be judged on other data; `None` if it can."""
    if other.counts_at(point.model, point.threshold):
        return None
    has_model = point.model in other.scores.models
    return Obstacle.NOT_COUNTED if has_model else Obstacle.NO_SUCH_MODEL


def _finite_places(points: Sequence[TransferResult], other: Dataset) -> list[tuple[str, float]]:
    """Models and finite thresholds of the points that can be judged on other data."""
    return [
        (p.model, p.threshold)
        for p in points
        if math.isfinite(p.threshold) and _obstacle(p, other) is None
    ]


def transfer_points(
    analysis: Analysis, other: Dataset, scenario: Scenario, points: Sequence[TransferResult]
) -> list[TransferResult]:
    """Transfer operating points of this data to other data."""
    other_evaluation = scenario_figures(other, scenario).evaluation
    separate_tally = counted_at(other, _finite_places(points, other), scenario)
    second = Bootstrap.draw(other_evaluation, seed=analysis.seed)
    exact = None
    if separate_tally is not None:
        evaluation = evaluate(
            separate_tally, scenario, current_tally=other_evaluation.current_tally
        )
        drawn = replace(second.drawn, tally=separate_tally, curves=evaluation.curves)
        exact = Bootstrap(evaluation, drawn)
    obstacles = [_obstacle(p, other) for p in points]
    carried = [
        p if p.choice is None else replace(p, optimism=_optimism(analysis, scenario, p.choice))
        for p, obstacle in zip(points, obstacles, strict=True)
        if obstacle is None
    ]
    transfers = iter(
        assess_transfers(
            carried,
            _bootstrap(analysis, scenario),
            second,
            exact=exact,
            limits=analysis.limits,
            # The tests of the selected point, and those of the other points, each have half of the error.
            level=TAIL,
        )
    )
    return [
        replace(p, transfer=next(transfers)) if obstacle is None else replace(p, obstacle=obstacle)
        for p, obstacle in zip(points, obstacles, strict=True)
    ]


def _bootstrap(analysis: Analysis, scenario: Scenario) -> Bootstrap:
    evaluation = scenario_figures(analysis.dataset, scenario).evaluation
    return Bootstrap(evaluation, dataset_counts.draw(analysis.dataset, analysis.seed, scenario))


@part(reads=lambda analysis, scenario, choice: (analysis.intervals_key, scenario, choice))
def _optimism(
    analysis: Analysis, scenario: Scenario, choice: Choice | CompromiseChoice
) -> Mapping[str, float]:
    """Optimism of the figures at a point that was chosen on this data, by objective id."""
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [s.bound.objective for s in analysis.stakeholders if s.bound is not None]
    objectives += [limit.objective for limit in analysis.limits]
    objectives += [OBJECTIVES["cost_of_errors"], RECALL, FALSE_ALARMS]
    distinct = {o.id: o for o in objectives}
    return mean_optimism(_bootstrap(analysis, scenario), choice, list(distinct.values()))


def failures_among(results: Sequence[TransferResult]) -> tuple[TransferResult, ...] | None:
    """Results of the selected point that do not hold on other data; `None` if none could be judged."""
    judged = [p for p in results if p.origin is Origin.SELECTED and p.transfer is not None]
    if not judged:
        return None
    return tuple(p for p in judged if p.transfer is not None and p.transfer.fails)


def failures_of_selected(selection: Selection, other: Dataset) -> tuple[TransferResult, ...] | None:
    """Figures of the selected point that do not hold on other data; `None` if they cannot be compared.

    Raises
    ------
    ScoreError
        If the other data cannot be counted.
    """
    scenario = transfer_scenario(selection.analysis, other)
    if scenario is None:
        return None
    return failures_among(transfer_selected(selection, other, scenario))

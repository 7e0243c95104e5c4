"""Builds a `Decision` for the register from the current page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.decision import DecisionValues, FigureAt, Standings
from dashboard.decisions.decision import (
    Certificate,
    Data,
    Decision,
    Figure,
    LimitRecord,
    Spot,
    StakeholderRecord,
    Statement,
    UnitNote,
)
from dashboard.decisions.signature import now
from dashboard.page_view import PageView
from dashboard.words.decisions.record_texts import (
    basis_of_record,
    choices_of_record,
    cost_of_record,
    objective_of_record,
    pick_of_record,
)
from dashboard.words.limits.limit_names import limit_with_value
from dashboard.words.names import STAKEHOLDER_TITLES, Names
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import labelled_ends
from dashboard.words.numbers.objective_units import unit_words
from metrics import Bound, Evaluation, OperatingPoint, Scenario
from metrics.inference.certainty import NOT_KNOWN


def decision_of(
    page: PageView,
    statements: Mapping[str, Statement],
    *,
    why: str = "",
    objections: str = "",
    supersedes: int | None = None,
) -> Decision:
    """Decision on the selected point of a page. A renamed model is written with both names.

    Parameters
    ----------
    statements : mapping of stakeholder to Statement
        Stakeholders without a statement were not asked.
    """
    page = page.in_full
    analysis, names = page.analysis, page.names
    values, point = page.decision_values, page.selection.point
    scenario, dataset, evaluation = analysis.scenario, analysis.dataset, analysis.evaluation
    rows = evaluation.tally.rows
    choices = choices_of_record(analysis, names, values.choices)
    # If the file itself misses a limit, the share of resamples that miss one is not recorded.
    has_share = analysis.limits and not values.verdict.broken
    missed = values.verdict.missed if has_share else NOT_KNOWN
    return Decision(
        at=now(),
        data=Data(
            fingerprint=dataset.fingerprint,
            title=dataset.title,
            files=tuple(Path(file).name for file in dataset.files),
            held_out=analysis.held_out,
            rows=int(rows.sum()),
            defects=int(rows[1]),
            models=tuple(dataset.scores.models),
            scale=dataset.scores.scale,
        ),
        version=version(),
        seed=analysis.seed,
        scenario=recorded_scenario(scenario)
        | {"limits": {bound.objective.id: bound.value for bound in analysis.limits}},
        basis=basis_of_record(analysis, values, names, page.scarcity),
        stakeholders=tuple(
            _stakeholder(analysis, names, values, s, cost, statements.get(s.name, Statement()))
            for s, cost in zip(analysis.stakeholders, choices[0].costs, strict=True)
        ),
        chosen=_spot(evaluation, names, point),
        today=_spot(evaluation, names, analysis.current),
        figures=tuple(_figure(one, scenario) for one in values.figures),
        figures_today=tuple(_figure(one, scenario) for one in values.current_figures),
        choices=choices,
        counts={**point.counts, **values.shares},
        verdict=page.verdict,
        details=(),  # Only older decisions have sentences that support the verdict.
        objections=objections,
        why=why,
        query=page.query,
        supersedes=supersedes,
        unsettled=tuple(sorted(values.unsettled)),
        unit_notes=tuple(UnitNote(unit, words) for unit, words in page.choices.unit_notes),
        certificate=_certificate(values.standings, analysis.limits, scenario),
        missed=None if missed.is_unknown else missed.share,
    )


def _certificate(
    standings: Standings | None, limits: Sequence[Bound], scenario: Scenario
) -> Certificate | None:
    """Record of the limits' standings; `None` if they are unknown, or if no limit can be certified."""
    if standings is None:
        return None
    records = tuple(
        LimitRecord(bound.objective.id, limit_with_value(bound, scenario), standing.value)
        for bound, standing in zip(limits, standings.limits, strict=True)
    )
    return Certificate(standings.confidence, standings.models, records, standings.together.value)


def recorded_scenario(scenario: Scenario) -> dict[str, Any]:
    """Scenario of a record: sorted keys, without those that are `None`."""

    def without_none(items: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in sorted(items) if value is not None}

    return asdict(scenario, dict_factory=without_none)


def version() -> str:
    """Version of the app; "unknown" if it runs from a folder that is not installed."""
    try:
        return metadata.version("common-ground-dashboard")
    except metadata.PackageNotFoundError:
        return "unknown"


def _spot(evaluation: Evaluation, names: Names, point: OperatingPoint) -> Spot:
    """Record of an operating point."""
    below = None if point.is_alone else evaluation.inspected_from(*point.place)
    return Spot(point.model, point.threshold, names.point(evaluation, point), below)


def _figure(one: FigureAt, scenario: Scenario) -> Figure:
    """Record of a figure, with its 95% interval on new data if that is known."""
    o = one.objective
    return Figure(
        id=o.id,
        label=o.label,
        unit=unit_words(o, scenario),
        value=one.value,
        low=one.low,
        high=one.high,
        text=figure(o, one.value, scenario),
        range=labelled_ends(o, one.value, one.low, one.high, scenario),
    )


def _stakeholder(
    analysis: Analysis,
    names: Names,
    values: DecisionValues,
    stakeholder: Stakeholder,
    cost: str,
    statement: Statement,
) -> StakeholderRecord:
    """Record of a stakeholder: its figures at the selected point and at its pick, and its statement.

    Parameters
    ----------
    cost : str
        Distance of the selected point from the stakeholder's best.
    """
    o, scenario, name = stakeholder.objective, analysis.scenario, stakeholder.name
    selected = next(at for at in values.figures if at.objective == o)
    at_pick = values.own.get(name, FigureAt(o, math.nan, math.nan, math.nan))
    pick, best = None, stakeholder.pick
    if best is not None:
        below = analysis.evaluation.inspected_from(best.model, best.threshold)
        words = pick_of_record(analysis, names, stakeholder)
        pick = Spot(best.model, best.threshold, words, below)
    return StakeholderRecord(
        stakeholder=name,
        title=STAKEHOLDER_TITLES[name],
        wish=objective_of_record(stakeholder, analysis.limits, scenario),
        objective=o.id,
        pick=pick,
        own=_figure(at_pick, scenario),
        chosen=_figure(selected, scenario),
        cost=cost_of_record(cost, values.places.get(name)),
        name=statement.name,
        verdict=statement.verdict,
        words=statement.words,
    )

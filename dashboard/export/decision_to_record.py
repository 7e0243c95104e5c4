"""Builds a `Decision` for the register from the current page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from dashboard.analysis.analysis import Analysis, Stakeholder, point_of
from dashboard.analysis.decide.decision import DecisionValues, FigureAt, Standings
from dashboard.analysis.evidence.model_evidence import evidence_of
from dashboard.decisions.decision import (
    Certificate,
    Choice,
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
from dashboard.words.decide.alternatives import COMPROMISE_NAMES
from dashboard.words.decide.cards import (
    missing_limits_words,
    place_of_pick,
    rank_words,
    regret_words,
)
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.decision import basis_of_record
from dashboard.words.evidence.model_evidence import calibration_advice, calibration_sentence
from dashboard.words.limit_names import within_limits
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, Names, current_title
from dashboard.words.numbers import figure, span, unit_words
from dashboard.words.phrases import bound_words, capital, wanted
from metrics import Bound, OperatingPoint, Scenario
from metrics.inference.optimism import DECIDED, NOT_KNOWN, Basis
from metrics.selection.compromise import Compromise


def decision_of(
    page: PageView,
    statements: Mapping[str, Statement],
    *,
    why: str = "",
    objections: str = "",
    supersedes: int | None = None,
) -> Decision:
    """Decision on the selected point of a page. A name that a reader gave is followed by the model's own.

    Parameters
    ----------
    statements : mapping of stakeholder to Statement
        Stakeholders without a statement were not asked.
    """
    analysis, point, names = page.analysis, page.selection.point, page.names.in_full
    values, dataset = page.decision_values, analysis.dataset
    scenario, rows = analysis.scenario, analysis.evaluation.tally.rows
    missed = values.verdict.missed
    # The resamples that miss a limit are of interest if the file misses none.
    missed = NOT_KNOWN if not analysis.limits or values.verdict.broken else missed
    evidence = evidence_of(page.selection)
    warned = f" {calibration_sentence(evidence)}." if calibration_advice(evidence) else ""
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
        basis=f"{basis_of_record(analysis, values)}{warned}",
        stakeholders=tuple(
            _stakeholder(analysis, names, values, s, statements.get(s.name, Statement()))
            for s in analysis.stakeholders
        ),
        chosen=_spot(analysis, names, point),
        today=_spot(analysis, names, analysis.current),
        figures=tuple(_figure(one, scenario) for one in values.figures),
        figures_today=tuple(_figure(one, scenario) for one in values.current_figures),
        choices=_choices(analysis, names, point, values.compromises),
        counts={**point.counts, **values.shares},
        verdict=verdict_of(analysis, values.verdict, names),
        details=(),
        objections=objections,
        why=why,
        query=page.query,
        supersedes=supersedes,
        unsettled=tuple(sorted(values.unsettled)),
        unit_notes=tuple(UnitNote(unit, words) for unit, words in page.choices.unit_notes),
        certificate=_certificate(values.standings, analysis.limits, scenario),
        missed=None if missed.is_unknown or missed == DECIDED else missed.share,
        missed_uncounted=missed.basis is not Basis.RESAMPLES,
    )


def _certificate(
    standings: Standings | None, limits: Sequence[Bound], scenario: Scenario
) -> Certificate | None:
    """Standing of the limits at the selected point; `None` if none can be certified, or if it is unknown."""
    if standings is None:
        return None
    records = tuple(
        LimitRecord(
            bound.objective.id,
            f"{bound.objective.subject} {wanted(bound, scenario)}",
            standing.value,
        )
        for bound, standing in zip(limits, standings.limits, strict=True)
    )
    return Certificate(standings.confidence, standings.models, records, standings.together.value)


def recorded_scenario(scenario: Scenario) -> dict[str, Any]:
    """Scenario of a record: sorted keys, without those that are `None`."""
    return _given(asdict(scenario))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _given(value) if isinstance(value, Mapping) else value
        for key, value in sorted(values.items())
        if value is not None
    }


def version() -> str:
    """Version of the app; "unknown" if it runs from a folder that is not installed."""
    try:
        return metadata.version("common-ground-dashboard")
    except metadata.PackageNotFoundError:
        return "unknown"


def _spot(analysis: Analysis, names: Names, point: OperatingPoint) -> Spot:
    """An operating point of the page."""
    alone = analysis.is_alone(point)
    name = None if point.model is None else str(point.model)
    below = None if alone else analysis.inspected_from(name, point.threshold, point.lower)
    return Spot(name, point.threshold, names.point(analysis, point, alone=alone), below)


def _figure(one: FigureAt, scenario: Scenario) -> Figure:
    """A figure of a point, with its 95% interval on new data if that is known."""
    o = one.objective
    return Figure(
        id=o.id,
        label=o.label,
        unit=unit_words(o, scenario),
        value=one.value,
        low=one.low,
        high=one.high,
        text=figure(o, one.value, scenario),
        range=span(o, one.value, one.low, one.high, scenario),
    )


def _choices(
    analysis: Analysis, names: Names, point: OperatingPoint, compromises: Sequence[Compromise]
) -> tuple[Choice, ...]:
    """Figures of all stakeholders at the selected point, picks, compromises and the current system."""
    picks = [
        (
            f"Best for the {ROLES[s.name]}",
            point_of(analysis.points, s.pick.row),
            place_of_pick(analysis, names, s),
            s.objective.of_model,
        )
        for s in analysis.stakeholders
        if s.pick is not None
    ]
    others = [
        (COMPROMISE_NAMES[found.method.name], found.point)
        for found in compromises
        if found.point is not None
    ]
    others.append((capital(current_title(analysis)), analysis.current))
    rows = [("Chosen", point, "", False), *picks, *((*other, "", False) for other in others)]
    return tuple(_choice(analysis, names, *row) for row in rows)


def _choice(
    analysis: Analysis,
    names: Names,
    name: str,
    point: OperatingPoint,
    words: str,
    is_of_model: bool,
) -> Choice:
    """A row of `_choices`. A model without a threshold has no figure that depends on one."""
    texts, costs = [], []
    for stakeholder in analysis.stakeholders:
        o, value = stakeholder.objective, point.figures[stakeholder.objective.id]
        if is_of_model and not o.of_model:
            texts.append("–")
            costs.append("")
            continue
        shown, unit = figure(o, value, analysis.scenario), unit_words(o, analysis.scenario)
        texts.append(f"{shown} {unit}".rstrip())
        known = stakeholder.pick is not None and not math.isnan(value)
        costs.append(regret_words(analysis, stakeholder, value)[0] if known else "")
    return Choice(name, words or _spot(analysis, names, point).words, tuple(texts), tuple(costs))


def _stakeholder(
    analysis: Analysis,
    names: Names,
    values: DecisionValues,
    stakeholder: Stakeholder,
    statement: Statement,
) -> StakeholderRecord:
    o, scenario = stakeholder.objective, analysis.scenario
    wish = f"{o.superlative} {o.label}"
    if stakeholder.bound is not None:
        condition = f" {bound_words(stakeholder.bound, scenario)}"
        wish += within_limits(analysis) if analysis.implies(stakeholder.bound) else condition
    chosen = next(one for one in values.figures if one.objective == o)
    name = stakeholder.name
    own = values.own.get(name, FigureAt(o, math.nan, math.nan, math.nan))
    picked, cost = None, ""
    if stakeholder.pick is not None:
        picked = _spot(analysis, names, point_of(analysis.points, stakeholder.pick.row))
        words = place_of_pick(analysis, names, stakeholder)
        if name in values.missing_limits:
            best = missing_limits_words(analysis, names, o, values.missing_limits[name])
            words += f"; best of all: {best}"
        picked = replace(picked, words=words)
        if not math.isnan(chosen.value):
            cost, _ = regret_words(analysis, stakeholder, chosen.value)
            if name in values.places:
                cost += f", {rank_words(*values.places[name])} models"
    return StakeholderRecord(
        stakeholder=name,
        title=STAKEHOLDER_TITLES[name],
        wish=wish,
        objective=o.id,
        pick=picked,
        own=_figure(own, scenario),
        chosen=_figure(chosen, scenario),
        cost=cost,
        name=statement.name,
        verdict=statement.verdict,
        words=statement.words,
    )

"""Builds a `Decision` for the register from the current page."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboard.analysis.analysis import Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, position, standing_of
from dashboard.analysis.decide.cards import is_implied_by_target
from dashboard.analysis.decide.compromises import compromises_of
from dashboard.analysis.inspection import shares_recorded
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.optimism import choice_of_chosen, limits_missed, range_of, within_chance
from dashboard.analysis.selection import Selection
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
from dashboard.page_view import PageView
from dashboard.session.choices import Choices, Point, numbers_of
from dashboard.session.url import to_query
from dashboard.words.decide.alternatives import COMPROMISE_NAMES
from dashboard.words.decide.cards import best_beyond_limits, place_of_pick, rank_words
from dashboard.words.decide.compromises import regret_words
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.decision import basis
from dashboard.words.limit_names import within_limits
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, current_title
from dashboard.words.notices import scarcity_notices
from dashboard.words.numbers import figure, span, unit_words
from dashboard.words.phrases import bound_words, capital, wanted
from metrics import Objective, OperatingPoint, Scenario
from metrics.inference.certificates.guarantee import Standing
from metrics.inference.optimism import NOT_KNOWN, LimitsMissed


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
    query, page = query_to_record(page), page.in_full
    evaluated, scores = page.analysis.figures, page.analysis.dataset.scores
    rows = evaluated.evaluation.tally.rows
    missed = _missed(page.selection)
    return Decision(
        at=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        data=Data(
            fingerprint=page.analysis.dataset.fingerprint,
            title=page.analysis.dataset.title,
            files=tuple(Path(file).name for file in page.analysis.dataset.files),
            held_out=page.analysis.held_out,
            rows=int(rows.sum()),
            defects=int(rows[1]),
            models=tuple(scores.models),
            scale=scores.scale,
        ),
        version=version(),
        seed=page.analysis.seed,
        scenario=recorded_scenario(page.analysis.scenario)
        | {"limits": {bound.objective.id: bound.value for bound in page.analysis.limits}},
        basis=_basis(page),
        stakeholders=tuple(
            _stakeholder(page, stakeholder, statements.get(stakeholder.name, Statement()))
            for stakeholder in page.analysis.stakeholders
        ),
        chosen=spot(page, page.selection.point),
        today=spot(page, page.analysis.current),
        figures=figures(page.selection, page.selection.point),
        figures_today=figures(page.selection, page.analysis.current),
        choices=choices_to_record(page),
        counts=page.selection.point.counts | shares_recorded(page.analysis, page.selection.point),
        verdict=verdict_of(page.selection, page.names),
        details=(),
        objections=objections,
        why=why,
        query=query,
        supersedes=supersedes,
        unsettled=tuple(sorted(within_chance(page.selection))),
        unit_notes=tuple(UnitNote(unit, words) for unit, words in page.choices.unit_notes),
        certificate=_certificate(page.selection),
        missed=None if math.isnan(missed.share) else missed.share,
        missed_uncounted=missed.is_uncounted,
    )


def _missed(selection: Selection) -> LimitsMissed:
    """How often the resamples miss a limit; unknown unless the point meets all limits in the file."""
    analysis = selection.analysis
    if not analysis.limits or not meets_limits(analysis, selection.point):
        return NOT_KNOWN
    return limits_missed(selection, analysis.limits, selection.point)


def _certificate(selection: Selection) -> Certificate | None:
    """Standing of the limits at the selected point; `None` if none can be certified, or if it is unknown."""
    analysis = selection.analysis
    certification = certified(analysis)
    if certification is None:
        return None
    place = position(analysis, selection.point)
    limits = []
    for k, bound in enumerate(analysis.limits):
        o = bound.objective
        is_met = bound.keeps(float(selection.point.figures[o.id]))
        words = f"{o.subject} {wanted(bound, analysis.scenario)}"
        standing = certification.standing(k, place, is_met=is_met)
        if selection.point.lower is not None and is_met:
            standing = Standing.MET
        limits.append(LimitRecord(o.id, words, standing.value))
    together = standing_of(analysis, certification, analysis.limits, selection.point)
    return Certificate(
        certification.confidence, certification.models, tuple(limits), together.value
    )


def _basis(page: PageView) -> str:
    """Basis of the figures, the choice that intervals allow for, and data that is too scarce for them."""
    is_picked = (
        page.analysis.uncertainty is not None and choice_of_chosen(page.selection) is not None
    )
    scarce = scarcity_notices(page.analysis)
    if_trained = [IF_TRAINED] * (is_picked and page.analysis.held_out == "unknown")
    return " ".join([basis(page.analysis), *[PICKED] * is_picked, *if_trained, *scarce])


PICKED = (
    "The ranges say, 95 % sure, where a figure lies on average over new data; but for those of a whole "
    "model’s figures, like ROC AUC, they allow for the choice having been made on this data."
)
IF_TRAINED = "If a model was trained on these units, every figure is too good."


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


def query_to_record(page: PageView) -> str:
    """Query string that reopens this view under any scenario that the app is started with."""
    return urlencode(to_query(explicit(page)))


def explicit(page: PageView) -> Choices:
    """Choices in which every default of the data and of its scenario is written out."""
    scenario, chosen = page.analysis.scenario, page.selection.point
    payoffs = scenario.payoffs
    named = (payoffs.ship_good, payoffs.reject_good, payoffs.ship_defect, payoffs.reject_defect)
    today = scenario.today
    return replace(
        page.choices,
        data=page.analysis.dataset.fingerprint,
        point=Point(str(chosen.model), chosen.threshold, chosen.lower),
        miss_cost=scenario.miss_cost,
        miss_cost_by_type=(
            tuple((scenario.miss_cost_by_type or {}).items())
            if page.analysis.dataset.names_kinds
            else None
        ),
        defect_rate=scenario.defect_rate or 0.0,
        units_per_year=scenario.units_per_year or 0.0,
        currency=scenario.currency,
        payoff=None if scenario.payoff is None else named,  # type: ignore[arg-type]
        today="none" if today is None else Point(today.model, today.threshold),
        limits=tuple((bound.objective.id, bound.value) for bound in page.analysis.limits),
        inspection=_inspection(page),
    )


def _inspection(page: PageView) -> tuple[float | None, ...] | None:
    """Choice of the inspection in force; `None` if neither the scenario nor the data has one."""
    there = page.analysis.scenario.inspection
    if there is None:
        return (
            None if page.analysis.dataset.scenario.inspection is None else page.choices.inspection
        )
    return numbers_of(there)


def spot(page: PageView, point: OperatingPoint) -> Spot:
    """An operating point of the page."""
    model, at = point.model, point.threshold
    name = None if model is None else str(model)
    alone = page.analysis.is_alone(point)
    below = None if alone else page.analysis.inspected_from(name, at, point.lower)
    return Spot(name, at, page.words(model, at, alone=alone, lower=point.lower), below)


def _figures_read(selection: Selection, point: OperatingPoint) -> Hashable:
    analysis = selection.analysis
    # The intervals of the selected point allow for its choice.
    is_selected = point.place == selection.point.place
    is_current = point == analysis.current
    return analysis.intervals_key, is_current, point.place, is_selected, analysis.weights


@part(reads=_figures_read)
def figures(selection: Selection, point: OperatingPoint) -> tuple[Figure, ...]:
    """Figures of a point, those of the stakeholders' objectives first."""
    analysis = selection.analysis
    stakeholders = {
        stakeholder.objective.id: stakeholder.objective for stakeholder in analysis.stakeholders
    }
    everything = [*stakeholders.values(), *analysis.objectives.values()]
    unique = {o.id: o for o in everything}
    return tuple(one_figure(selection, o, point) for o in unique.values())


def choices_to_record(page: PageView) -> tuple[Choice, ...]:
    """Figures of all stakeholders at the selected point, picks, compromises and the current system."""
    rows = [("Chosen", page.selection.point, "", False)]
    rows += [
        (
            f"Best for the {ROLES[stakeholder.name]}",
            point_of(page.analysis.points, stakeholder.pick.row),
            place_of_pick(page.analysis, page.names, stakeholder),
            stakeholder.objective.of_model,
        )
        for stakeholder in page.analysis.stakeholders
        if stakeholder.pick is not None
    ]
    rows += [
        (COMPROMISE_NAMES[found.method.name], found.point, "", False)
        for found in compromises_of(page.analysis)
        if found.point is not None
    ]
    rows.append((capital(current_title(page.analysis)), page.analysis.current, "", False))
    return tuple(_choice(page, *row) for row in rows)


def _choice(
    page: PageView, name: str, point: OperatingPoint, words: str, is_of_model: bool
) -> Choice:
    """A row of `choices_to_record`. A model without a threshold has no figure that depends on one."""
    texts, costs = [], []
    for stakeholder in page.analysis.stakeholders:
        o, value = stakeholder.objective, point.figures[stakeholder.objective.id]
        if is_of_model and not o.of_model:
            texts.append("–")
            costs.append("")
            continue
        shown = one_figure(page.selection, o, point).text
        texts.append(f"{shown} {unit_words(o, page.analysis.scenario)}".rstrip())
        known = stakeholder.pick is not None and not math.isnan(value)
        costs.append(regret_words(page.analysis, stakeholder, value)[0] if known else "")
    return Choice(name, words or spot(page, point).words, tuple(texts), tuple(costs))


def one_figure(selection: Selection, o: Objective, point: OperatingPoint) -> Figure:
    """A figure of a point, with its 95 % interval on new data if that is known."""
    analysis = selection.analysis
    value = point.figures[o.id]
    low = high = math.nan
    if not math.isnan(value):
        low, high = range_of(selection, o, point)
    return Figure(
        id=o.id,
        label=o.label,
        unit=unit_words(o, analysis.scenario),
        value=value,
        low=low,
        high=high,
        text=figure(o, value, analysis.scenario),
        range=span(o, value, low, high, analysis.scenario),
    )


def _stakeholder(
    page: PageView, stakeholder: Stakeholder, statement: Statement
) -> StakeholderRecord:
    o = stakeholder.objective
    wish = f"{o.superlative} {o.label}"
    if stakeholder.bound is not None:
        is_implied = is_implied_by_target(page.analysis, stakeholder.bound)
        wish += (
            within_limits(page.analysis)
            if is_implied
            else f" {bound_words(stakeholder.bound, page.analysis.scenario)}"
        )
    chosen = one_figure(page.selection, o, page.selection.point)
    picked, cost = None, ""
    own = replace(chosen, value=math.nan, low=math.nan, high=math.nan)
    own = replace(own, text=figure(o, math.nan, page.analysis.scenario), range="")
    if stakeholder.pick is not None:
        point = point_of(page.analysis.points, stakeholder.pick.row)
        picked, own = spot(page, point), one_figure(page.selection, o, point)
        beyond = best_beyond_limits(page.analysis, page.names, stakeholder)
        words = place_of_pick(page.analysis, page.names, stakeholder)
        picked = replace(picked, words=f"{words}; best of all: {beyond}" if beyond else words)
        if not math.isnan(chosen.value):
            cost, _ = regret_words(page.analysis, stakeholder, chosen.value)
            place = rank_words(page.analysis, o).get(str(page.selection.point.model))
            cost += f", {place} models" if place else ""
    return StakeholderRecord(
        stakeholder=stakeholder.name,
        title=STAKEHOLDER_TITLES[stakeholder.name],
        wish=wish,
        objective=o.id,
        pick=picked,
        own=own,
        chosen=chosen,
        cost=cost,
        name=statement.name,
        verdict=statement.verdict,
        words=statement.words,
    )

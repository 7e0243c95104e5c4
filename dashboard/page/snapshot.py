"""What the page shows at this moment as a decision that can be recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboard.decisions.decision import Choice, Data, Decision, Figure, Spot, Stakeholder, Verdict
from dashboard.page import cache, state
from dashboard.page.decision_support import NAMES, deciding
from dashboard.page.state import PageState
from dashboard.page.summary import basis
from dashboard.page.uncertainty import interval, unsettled
from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from metrics import Objective, OperatingPoint, Scenario
from metrics.narrative.formatting import figure, span, unit_words
from metrics.narrative.phrases import bound_words, cost_to_stakeholder


@dataclass(frozen=True)
class Statement:
    """What one stakeholder says of the chosen point: who, which of `VERDICTS`, and in what words."""

    name: str = ""
    verdict: Verdict = ""
    words: str = ""


def decision_of(
    table: PageState,
    statements: Mapping[str, Statement],
    *,
    why: str = "",
    objections: str = "",
    supersedes: int | None = None,
) -> Decision:
    """Take down the page.

    Parameters
    ----------
    table : Table
    statements : mapping of stakeholder to Statement
        A stakeholder that is not in it has not been asked.
    why, objections : str
    supersedes : int, optional
    """
    evaluated, scores = table.evaluated, table.dataset.scores
    rows = evaluated.evaluation.tally.rows
    return Decision(
        at=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        data=Data(
            fingerprint=table.dataset.fingerprint,
            title=table.dataset.title,
            files=tuple(Path(file).name for file in table.dataset.files),
            held_out=scores.held_out,
            rows=int(rows.sum()),
            defects=int(rows[1]),
            models=tuple(scores.models),
            scale=scores.scale,
        ),
        version=version(),
        seed=table.choices.seed,
        scenario=recorded_scenario(table.scenario)
        | {"limits": {bound.objective.id: bound.value for bound in table.limits}},
        basis=basis(table),
        stakeholders=tuple(
            _stakeholder(table, stakeholder, statements.get(stakeholder.name, Statement()))
            for stakeholder in table.stakeholders
        ),
        chosen=spot(table, table.chosen),
        today=spot(table, table.today),
        figures=figures(table, table.chosen),
        figures_today=figures(table, table.today),
        choices=choices(table),
        counts=table.chosen.counts,
        verdict=tuple(sentence.text for sentence in deciding(table).verdict),
        objections=objections,
        why=why,
        query=query_of(table),
        supersedes=supersedes,
        unsettled=tuple(sorted(unsettled(table))),
    )


def recorded_scenario(scenario: Scenario) -> dict[str, Any]:
    """A scenario as a record has it: keys in order, without those that were left out."""
    return _given(asdict(scenario))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _given(value) if isinstance(value, Mapping) else value
        for key, value in sorted(values.items())
        if value is not None
    }


def version() -> str:
    """Of the app; "unknown" where it runs from a folder that was never installed."""
    try:
        return metadata.version("common-ground-dashboard")
    except metadata.PackageNotFoundError:
        return "unknown"


def query_of(table: PageState) -> str:
    """Query string that reopens this view, whatever scenario the app is started with then."""
    return urlencode(to_query(explicit(table)))


def explicit(table: PageState) -> Choices:
    """The choices with all that they leave to the data and to the scenario it was opened with."""
    scenario, chosen = table.scenario, table.chosen
    payoffs = scenario.payoffs
    named = (payoffs.ship_good, payoffs.reject_good, payoffs.ship_defect, payoffs.reject_defect)
    today = scenario.today
    return replace(
        table.choices,
        data=table.dataset.fingerprint,
        point=Point(str(chosen.model), chosen.threshold),
        miss_cost=scenario.miss_cost,
        defect_rate=scenario.defect_rate or 0.0,
        units_per_year=scenario.units_per_year or 0.0,
        currency=scenario.currency,
        payoff=None if scenario.payoff is None else named,  # type: ignore[arg-type]
        today="none" if today is None else Point(today.model, today.threshold),
        limits=tuple((bound.objective.id, bound.value) for bound in table.limits),
    )


def spot(table: PageState, point: OperatingPoint) -> Spot:
    """An operating point of the page."""
    model, at = point.model, point.threshold
    return Spot(None if model is None else str(model), at, table.words(model, at))


def figures(table: PageState, point: OperatingPoint) -> tuple[Figure, ...]:
    """Every figure of a point, those of the stakeholders' objectives first."""
    place = point == table.today, point.model, point.threshold
    key = table.keyed("figures", table.intervals_key, place)
    return cache.part(key, lambda: _figures(table, point))


def _figures(table: PageState, point: OperatingPoint) -> tuple[Figure, ...]:
    stakeholders = {
        stakeholder.objective.id: stakeholder.objective for stakeholder in table.stakeholders
    }
    everything = [*stakeholders.values(), *table.evaluated.objectives.values()]
    unique = {o.id: o for o in everything}
    return tuple(one_figure(table, o, point) for o in unique.values())


def choices(table: PageState) -> tuple[Choice, ...]:
    """What the chosen point, each pick, each compromise and today give every stakeholder."""
    rows = [("Chosen", table.chosen)]
    rows += [
        (f"{stakeholder.title}’s pick", state.point_of(table.points, stakeholder.pick.row))
        for stakeholder in table.stakeholders
        if stakeholder.pick is not None
    ]
    rows += [
        (NAMES[found.method.name], found.point)
        for found in deciding(table).compromises
        if found.point is not None
    ]
    return tuple(_choice(table, name, point) for name, point in [*rows, ("Today", table.today)])


def _choice(table: PageState, name: str, point: OperatingPoint) -> Choice:
    texts, costs = [], []
    for stakeholder in table.stakeholders:
        o, value = stakeholder.objective, point.figures[stakeholder.objective.id]
        texts.append(f"{figure(o, value, table.scenario)} {unit_words(o, table.scenario)}".rstrip())
        known = stakeholder.pick is not None and not math.isnan(value)
        costs.append(
            cost_to_stakeholder(o, value, stakeholder.pick, table.evaluated.evaluation)
            if known
            else ""
        )
    return Choice(name, spot(table, point).words, tuple(texts), tuple(costs))


def one_figure(table: PageState, o: Objective, point: OperatingPoint) -> Figure:
    """One figure of a point, with its 95 % interval where that is known."""
    value = point.figures[o.id]
    low = high = math.nan
    if table.uncertainty is not None and not math.isnan(value):
        low, high = interval(table, table.uncertainty, o, point)
    return Figure(
        id=o.id,
        label=o.label,
        unit=unit_words(o, table.scenario),
        value=value,
        low=low,
        high=high,
        text=figure(o, value, table.scenario),
        range=span(o, value, low, high, table.scenario),
    )


def _stakeholder(
    table: PageState, stakeholder: state.Stakeholder, statement: Statement
) -> Stakeholder:
    o, evaluation = stakeholder.objective, table.evaluated.evaluation
    wish = f"{o.superlative} {o.label}"
    if stakeholder.bound is not None:
        wish += f" {bound_words(stakeholder.bound, evaluation.scenario)}"
    chosen = one_figure(table, o, table.chosen)
    picked, own, cost = None, replace(chosen, value=math.nan, low=math.nan, high=math.nan), ""
    own = replace(own, text=figure(o, math.nan, table.scenario), range="")
    if stakeholder.pick is not None:
        point = state.point_of(table.points, stakeholder.pick.row)
        picked, own = spot(table, point), one_figure(table, o, point)
        if not math.isnan(chosen.value):
            cost = cost_to_stakeholder(o, chosen.value, stakeholder.pick, evaluation)
    return Stakeholder(
        stakeholder=stakeholder.name,
        title=stakeholder.title,
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

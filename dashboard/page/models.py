"""How the candidates compare: each model at the threshold that each stakeholder would pick of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dashboard.analysis import cache, inspection
from dashboard.analysis.analysis import Analysis, Stakeholder, at_or_above, points_of_model
from dashboard.analysis.cards import has_places
from dashboard.analysis.evidence import calibrations_of
from dashboard.analysis.front import RankingView, limit_lines
from dashboard.analysis.limits import feasibility_of
from dashboard.analysis.model_gaps import gaps_of, places_of
from dashboard.analysis.optimism import best_of_each_model, chance_of_pick, ranges_of_own_best
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.session.choices import Point
from dashboard.words.limit_names import aside_words
from dashboard.words.limits import RiskRow
from dashboard.words.names import threshold_of
from dashboard.words.numbers import (
    in_per_cent,
    tied,
    unit_words,
    written_gap,
)
from dashboard.words.phrases import capital, joined, some
from metrics import OBJECTIVES, Objective, OperatingPoint, Pick, pick
from metrics.errors import counted
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison import Chance
from metrics.inference.interval_formulas import Interval
from metrics.inference.replicate_choices import Choice
from metrics.scenario.serving_cost import cost_of_serving


@dataclass(frozen=True)
class Best:
    """The best that a model can do for a stakeholder.

    Attributes
    ----------
    value : float
        NaN where the model has no threshold that the stakeholder would pick.
    ends : (float, float)
        95 % interval that allows for the choice of the model's threshold; NaN where there is none or it is
        not known.
    rank : int or None
        1 for the best model; equal figures share a rank.
    pick : Pick or None
    places : (int, int) or None
        Between which places it is in truth, all models judged at once; None where that is not known.
    """

    value: float
    ends: tuple[float, float]
    rank: int | None
    pick: Pick | None
    places: tuple[int, int] | None = None


@dataclass(frozen=True)
class ModelRow:
    """One model in the table of all.

    Attributes
    ----------
    model : str
    best : tuple of Best
        For each stakeholder.
    auc : float
        Chance that a random defect scores above a random good unit.
    slope : float
        Calibration slope, best 1; NaN for a ranking.
    serving_cost : float
        A year; NaN where it is not known.
    infinite_rows : int
        Units that the model was certain of, and wrong: its log loss is infinite.
    """

    model: str
    best: tuple[Best, ...]
    auc: float
    slope: float
    serving_cost: float
    infinite_rows: int


def rows_of(selection: Selection) -> list[ModelRow]:
    """Every visible model, those that rank best with all stakeholders together first."""
    analysis = selection.analysis
    return cache.STORE.get(
        analysis.keyed("models", analysis.intervals_key),
        lambda: _rows(selection),
    )


def _rows(selection: Selection) -> list[ModelRow]:
    analysis = selection.analysis
    models = [str(model) for model in analysis.points["model"].unique()]
    by_stakeholder = [_bests(selection, stakeholder) for stakeholder in analysis.stakeholders]
    costs = _serving_costs(analysis)
    calibrations = calibrations_of(analysis)
    rows = [
        ModelRow(
            model=model,
            best=tuple(bests[k] for bests in by_stakeholder),
            auc=analysis.evaluation.figures[analysis.evaluation.tally.index(model)].roc_auc.value,
            slope=calibrations[model].slope,
            serving_cost=costs.get(model, math.nan),
            infinite_rows=int(
                analysis.evaluation.figures[analysis.evaluation.tally.index(model)].infinite_rows
            ),
        )
        for k, model in enumerate(models)
    ]
    last = len(rows) + 1
    ranks = [[best.rank or last for best in row.best] for row in rows]
    order = sorted(range(len(rows)), key=lambda k: (ranks[k][-1], sum(ranks[k])))
    return [rows[k] for k in order]


def _bests(selection: Selection, stakeholder: Stakeholder) -> list[Best]:
    """The best of each model for one stakeholder."""
    o, picks = stakeholder.objective, best_of_each_model(selection.analysis, stakeholder)
    values = [math.nan if p is None else p.value for p in picks.values()]
    losses = o.direction.loss(np.array(values))
    places, ends = places_of(selection, stakeholder), ranges_of_own_best(selection, stakeholder)
    return [
        Best(
            value=value,
            ends=ends[model],
            rank=None if math.isnan(value) else 1 + int((losses < losses[k]).sum()),
            pick=p,
            places=None if p is None else places.get(model),
        )
        for k, ((model, p), value) in enumerate(zip(picks.items(), values, strict=True))
    ]


def models_within_limits(analysis: Analysis) -> frozenset[str]:
    """Models that have a threshold at which they keep all limits."""
    key = analysis.keyed("models within limits", analysis.picks_key, analysis.limits_in_force)
    return cache.STORE.get(key, lambda: _models_within_limits(analysis))


def _models_within_limits(analysis: Analysis) -> frozenset[str]:
    feasibility = feasibility_of(analysis)
    if feasibility is None:
        return frozenset()
    kept = analysis.points["model"][feasibility.keep & is_ordinary(analysis.points)]
    return frozenset(map(str, kept.unique()))


def _serving_costs(analysis: Analysis) -> dict[str, float]:
    serving = analysis.scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return {}
    models = [str(model) for model in analysis.points["model"].unique()]
    return {model: cost_of_serving(analysis.scenario, model).cost_a_year for model in models}


def ranking_by(
    analysis: Analysis,
    stakeholder: Stakeholder,
    k: int,
    rows: Sequence[ModelRow],
    coloured: frozenset[str],
) -> RankingView:
    """The best of each model for the k-th stakeholder, the best model first."""
    o = stakeholder.objective
    known = [row for row in rows if math.isfinite(row.best[k].value)]
    known.sort(key=lambda row: float(o.direction.loss(np.asarray(row.best[k].value))))
    low, high = (np.array([row.best[k].ends[end] for row in known]) for end in (0, 1))
    return RankingView(
        objective=o,
        models=tuple(row.model for row in known),
        rows=np.zeros(len(known), np.int32),
        values=np.array([row.best[k].value for row in known]),
        coloured=coloured,
        today=analysis.current.figures[o.id],
        undefined=len(rows) - len(known),
        ends=Interval(low, high) if np.isfinite(low).any() else None,
        without=tuple(row.model for row in rows if row not in known),
        limits=limit_lines(analysis, "x", o),
    )


def chances_of_best(selection: Selection) -> tuple[Chance, ...]:
    """Whether the best model of each stakeholder is so beyond chance, all models judged at once."""
    analysis = selection.analysis
    key = analysis.keyed("chances of the best", analysis.intervals_key)
    return cache.STORE.get(
        key, lambda: tuple(_chance_of_best(selection, s) for s in analysis.stakeholders)
    )


def _chance_of_best(selection: Selection, stakeholder: Stakeholder) -> Chance:
    o = stakeholder.objective
    if selection.analysis.uncertainty is None or not has_places(o):
        return Chance.UNKNOWN
    found = gaps_of(selection, stakeholder)
    rest = zip(found.picks[1:], found.together[1:], strict=True)
    level = any(same and not tied(p.value, found.picks[0].value) for p, same in rest)
    return Chance.POSSIBLE if level else Chance.CLEAR


def best_words(page: PageState, rows: Sequence[ModelRow]) -> str:
    """Which model is best for whom, whether one is for all, and what of it could be chance."""
    chances = chances_of_best(page.selection)
    is_all_open = set(chances) == {Chance.POSSIBLE}
    aside, no_model = f"{capital(aside_words(page.analysis))}, ", "no model"
    if not page.limits:
        aside, no_model = "", "No model"
    best: dict[tuple[str, ...], list[str]] = {}  # what each is best at, who is best at several once
    for k, stakeholder in enumerate(page.stakeholders):
        o, first = stakeholder.objective, tuple(row.model for row in rows if row.best[k].rank == 1)
        hedge = (
            f" ({chances[k].value})" if chances[k] is Chance.POSSIBLE and not is_all_open else ""
        )
        wish = f"the {o.superlative} {o.label}{hedge}"
        if first and wish not in best.get(first, ()):
            best.setdefault(first, []).append(wish)
    if not best:
        return f"{aside}{no_model} has a threshold that a stakeholder would choose"
    if len(rows) == 1:
        return f"{page.label(rows[0].model)} is the only model"
    each = [
        f"{some(list(map(page.label, first)), 'models')} {'has' if len(first) == 1 else 'tie for'} "
        f"{joined(wishes)}"
        for first, wishes in best.items()
    ]
    open_end = f"; each lead {Chance.POSSIBLE.value}" if is_all_open else ""
    if len(each) == 1:
        return f"{aside}{each[0]}{open_end}"
    unbeaten = [row.model for row in rows if all(row.model in first for first in best)]
    who = some(list(map(page.label, unbeaten)), "models", word="or") if unbeaten else ""
    lead = f"{no_model} beats {who}" if unbeaten else f"{no_model} is best for all"
    return f"{aside}{lead}: {'; '.join(each)}{open_end}"


def marked_models(selection: Selection) -> dict[str, str]:
    """Today's model and the chosen one, each with the kind of its mark."""
    analysis = selection.analysis
    today = {} if analysis.current.model is None else {analysis.current.model: "today"}
    return today | {str(selection.point.model): "chosen"}


def infinite_words(page: PageState, rows: Sequence[ModelRow]) -> str:
    """Which models' loss is infinite, where somebody wants it low; nothing where none is."""
    if not any(s.objective.is_clipped for s in page.stakeholders):
        return ""
    certain = [page.label(row.model) for row in rows if row.infinite_rows]
    if not certain:
        return ""
    one = len(certain) == 1
    return (
        f"The log loss of {some(certain, 'models')} is infinite: {'it was' if one else 'they were'} certain "
        "of some units, and wrong. Drawn is what scikit-learn reports."
    )


@dataclass(frozen=True)
class BetterThreshold:
    """Today's system at a better threshold.

    Attributes
    ----------
    point : OperatingPoint
        Today's model where it is best.
    objective : Objective
    gain, most : float
        How much better that is than today, and than today the best of all models is; both above 0.
    chance : Chance
        Of the gain.
    """

    point: OperatingPoint
    objective: Objective
    gain: float
    most: float
    chance: Chance


def better_threshold(selection: Selection) -> BetterThreshold | None:
    """What another threshold of today's own system would bring; None where that is nothing, or not known.

    In revenue where there are prices, else in the cost of errors.
    """
    analysis = selection.analysis
    priced = analysis.scenario.payoff is not None and "revenue_impact" in analysis.objectives
    o = OBJECTIVES["revenue_impact" if priced else "cost_of_errors"]
    today = analysis.current
    if today.model is None or today.model not in analysis.points["model"].unique():
        return None
    own = pick(points_of_model(analysis.points, today.model), o, analysis.evaluation)
    best = pick(analysis.points, o, analysis.evaluation)
    if own is None or best is None:
        return None
    loss = o.direction.loss(np.array([own.value, best.value]) - today.figures[o.id])
    gain, most = (float(-one) + 0.0 for one in loss)
    if not gain > 0:
        return None
    point = at_or_above(analysis.points, analysis.evaluation, Point(own.model, own.threshold))
    assert point is not None
    chance = chance_of_pick(selection, Choice(o, models=(today.model,)), o, point, today)
    return BetterThreshold(point, o, gain, most, chance)


@dataclass(frozen=True)
class BetterThresholdWords:
    """A better threshold of today's own system, in words.

    Attributes
    ----------
    place : str
        The system there: ``contrast_rule at 0.807``, or with how many units inspected.
    now : str
        Instead of what: ``instead of 0.5``.
    gain : str
        ``€57.1 m more revenue a year``, and whether that could be chance.
    share : str
        ``54 % of the best model’s gain``.
    missed : str
        What else it changes: ``265 million more missed defects than today``; mostly not empty.
    """

    place: str
    now: str
    gain: str
    share: str
    missed: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        beside = f", with {self.missed}" if self.missed else ""
        return f"Today’s {self.place} {self.now}: {self.gain}, {self.share}{beside}."


def better_threshold_row(page: PageState) -> RiskRow | None:
    """What a better threshold of the current system would bring, as a row of a target's risk."""
    better = better_threshold_words(page)
    if better is None:
        return None
    note = ", ".join(filter(None, (better.missed, better.share)))
    about = f"{better.place} {better.now}"
    return RiskRow("If only today’s threshold moved", about, better.gain, note)


def better_threshold_words(page: PageState) -> BetterThresholdWords | None:
    """What another threshold of today's own system, or a band, would bring; mostly None."""
    found = cache.STORE.get(
        page.keyed("better threshold", page.intervals_key), lambda: better_threshold(page.selection)
    )
    if found is None:
        return None
    o, model = found.objective, str(found.point.model)
    words, point = partial(threshold_of, page.figures), found.point
    then, instead = f" at {words(model, point.threshold)}", "instead of"
    below, band = page.ship_below(model, point.threshold), inspection.band_at(page.analysis, point)
    if below is not None and band is not None:
        people = page.scenario.inspectors(band.units)
        whom = "" if people is None else f" by about {counted(people, 'inspector')}"
        then = (
            f", with {in_per_cent(band.inspected)} of the units inspected{whom}, from {words(model, below)} "
            f"to {words(model, point.threshold)},"
        )
        instead = "instead of at"
    now = threshold_of(page.figures, model, page.today.threshold)
    there = written_gap(o, found.point.figures[o.id], page.today.figures[o.id], page.scenario)
    said = f"{there.measure} {'more' if there.is_more else 'less'}"
    what = o.change_of or o.label
    hedge = "" if found.chance is Chance.UNKNOWN else f" ({found.chance.value})"
    share = round(100 * found.gain / found.most)
    missed = OBJECTIVES["missed_defects"]
    ships, shipped = (one.figures.get(missed.id, math.nan) for one in (found.point, page.today))
    beside = ""
    if math.isfinite(ships - shipped):
        then_missed = written_gap(missed, ships, shipped, page.scenario)
        beside = "" if then_missed.is_same else then_missed.than("today")
    return BetterThresholdWords(
        place=f"{page.label(model)}{then}",
        now=f"{instead} {now}",
        gain=f"{said} {what} {unit_words(o, page.scenario)}{hedge}",
        share=f"{share} % of the best model’s gain",
        missed=beside,
    )

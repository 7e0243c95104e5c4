"""A point, its figures and a decision in a few sentences, made of their values alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.inspection import SHARE_INSPECTED, SHARE_REJECTED
from dashboard.analysis.resampled_figures import CHANGES
from dashboard.decisions.decision import Decision
from dashboard.words.certified import in_full, met_words, short
from dashboard.words.inspection import at_work_words, inspected_words
from dashboard.words.numbers import (
    MINUS,
    WrittenGap,
    count,
    digits,
    figure,
    in_per_cent,
    number,
    one_in,
    price_size,
    span,
    unit_words,
    worth,
    written_gap,
)
from dashboard.words.phrases import capital, every, wanted
from dashboard.words.safe_text import one_line
from metrics import OBJECTIVES, Bound, Scenario, ScoreError, scenario_from
from metrics.errors import counted
from metrics.inference.comparison import Chance
from metrics.inference.guarantee import Standing
from metrics.scenario.scenario import without_removed_keys

PAYOFFS = {
    "ship_good": "good unit shipped",
    "reject_good": "good unit held back",
    "ship_defect": "defect shipped",
    "reject_defect": "defect held back",
}


def payoffs(d: Decision) -> str:
    """What a unit earns, or what stands in for it."""
    miss, given = d.scenario.get("miss_cost", 5), d.scenario.get("payoff")
    if not given:
        return f"none given: a good unit shipped counts 1, a miss {miss:,.10g}"
    # Where nobody has said what a shipped defect costs, the price of a miss stands for it.
    every = {name: given.get(name) for name in PAYOFFS} | {"ship_defect": -miss} | dict(given)
    sentences = []
    for name, value in every.items():
        if isinstance(value, int | float):
            amount = f"{MINUS if value < 0 else ''}{abs(value):,.10g}"
            unit = d.scenario.get("currency", "")
            sentences.append(f"{PAYOFFS.get(name, name)} {amount} {unit}".rstrip())
    return ", ".join(sentences)


def price_of_misses(d: Decision) -> str:
    """What a miss costs in a record, of kinds with prices of their own each."""
    by_type: Mapping[str, float] | None = d.scenario.get("miss_cost_by_type")
    return _miss_words(float(d.scenario.get("miss_cost", 5)), by_type)


def limits_in_force(d: Decision) -> str:
    """The limits in force, as the page words them; a bare number where this version cannot word one.

    A record outlives the version that made it: an objective of somebody's own, or a scenario with keys
    that are not known here, must not keep the rest of its report from being read.
    """
    try:
        scenario = scenario_from(without_removed_keys(d.scenario))
    except ScoreError:
        scenario = None
    sentences = []
    limits = () if d.certificate is None else d.certificate.limits
    stood = {limit.objective: limit.standing for limit in limits}
    for name, value in d.scenario.get("limits", {}).items():
        o = OBJECTIVES.get(name)
        if o is None or scenario is None:
            sentences.append(f"{name} {value:,.10g}")
        else:
            sentences.append(f"{o.subject} {wanted(Bound(o, float(value)), scenario)}")
        if d.certificate is not None and name in stood:
            sentences[-1] += f" ({short(Standing(stood[name]), d.certificate.confidence)})"
    looks = None if scenario is None or d.certificate is None else scenario.looks
    if looks is not None:
        of = f"one of {counted(looks.of, 'look')}"
        sentences.append(of if looks.this is None else f"look {looks.this:,} of {looks.of:,}")
    return ", ".join(sentences) or "none"


Figures = Mapping[str, float]
"""Figures of a point by objective id."""


COULD_BE_CHANCE = Chance.POSSIBLE.value
"""Behind a change that may be chance."""


def outcome_words(point: Figures) -> str:
    """What a point flags and catches, to stand after its name."""
    share, recall = point["share_flagged"], point["recall"]
    if share == 0:
        return "flags no unit and catches no defect."
    odds = f" ({one_in(share)})" if share < 0.4 else ""
    return (
        f"flags {in_per_cent(share)} of the units{odds} and catches {in_per_cent(recall)} of the "
        "defects."
    )


def _rate_words(given: Mapping[str, Any], name: str) -> str:
    """A rate of inspectors, and within which it lies: ``95 % (92 to 98)``."""
    ends = given.get(f"{name}_range")
    between = "" if ends is None else " ({:.6g} to {:.6g})".format(*(100 * end for end in ends))
    return f"{100 * given[name]:.6g} %{between}"


def inspection_in_force(d: Decision) -> str:
    """What people do with doubtful units; nothing where nobody inspects."""
    given = d.scenario.get("inspection")
    if not given:
        return ""
    price = f"{given.get('price'):,.10g} {d.scenario.get('currency', '')}".rstrip() if (
        given.get("price") is not None
    ) else f"{given.get('false_alarms', 0):,.10g} false alarms"  # fmt: skip
    sentences = [f"costs {price} a unit"]
    if given.get("hours") is not None:
        sentences.append(f"takes {price_size(60 * given['hours'])} minutes")
    sentences.append(f"catches {_rate_words(given, 'catches')} of the defects")
    sentences.append(f"rejects {_rate_words(given, 'rejects')} of the good units")
    # Without units a year nothing is known of a day, and no capacity is kept.
    if d.scenario.get("units_per_year"):
        if given.get("units_a_day") is not None:
            sentences.append(f"at most {count(given['units_a_day'])} units a day")
        if given.get("hours") is not None:
            hours, busy = given.get("hours_a_week"), given.get("utilisation")
            sentences.append(f"inspectors are there {at_work_words(hours, busy)}")
    return ", ".join(sentences)


def _inspected(d: Decision, scenario: Scenario) -> list[str]:
    """What becomes of the units, and what inspecting costs; nothing where that was not recorded."""
    found = {f.id: f for f in d.figures}
    shares = [d.counts.get(name) for name in (SHARE_INSPECTED, SHARE_REJECTED)]
    if scenario.inspection is None or "units_inspected" not in found or None in shares:
        return []
    inspected, rejected = (float(share) for share in shares if share is not None)
    sentences = [inspected_words(inspected, rejected, found["units_inspected"].value, scenario)]
    o, cost = OBJECTIVES["inspection_cost"], found.get("inspection_cost")
    if cost is not None and scenario.inspection.price is not None:
        words = f"{figure(o, cost.shown, scenario)} {unit_words(o, scenario)}".rstrip()
        sentences.append(f"Inspecting costs {words}.")
    if "recall" in found:
        sentences.append(f"Catches {in_per_cent(found['recall'].shown)} of the defects.")
    return sentences


def against(
    point: Figures,
    today: Figures,
    scenario: Scenario,
    name: str,
    *,
    same_model: bool,
    unsettled: Collection[str] = (),
) -> str:
    """A point against today's system, in one sentence.

    Parameters
    ----------
    name : str
        Of today's system.
    same_model : bool
        Whether today's system is the point's model.
    unsettled : collection of objective ids
        Of whose changes it is known that they may be chance.
    """
    if all(point[key] == today[key] for key in ("missed_defects", "false_alarms")):
        if same_model:
            return f"This is today’s system ({name})."
        return f"Against today ({name}): the same missed defects and the same false alarms."
    parts = []
    for key in CHANGES:
        now, then = point[key], today[key]
        gap = written_gap(OBJECTIVES[key], now, then, scenario)
        if gap.is_defined:
            hedge = f" ({COULD_BE_CHANCE})" if key in unsettled and not gap.is_same else ""
            parts.append((_against_today(gap, scenario), hedge))
    if parts and scenario.units_per_year is not None:
        parts[-1] = (f"{parts[-1][0]} a\N{NO-BREAK SPACE}year", parts[-1][1])
    return f"Against today ({name}): {', '.join(map(''.join, parts))}."


@dataclass(frozen=True)
class LimitsWords:
    """Which limits a point breaks, in words, and whether that is "good" or "bad"; neither by chance."""

    text: str
    tone: str


def limits(
    point: Figures,
    bounds: Sequence[Bound],
    scenario: Scenario,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> LimitsWords:
    """Which limits a point breaks, or whether it keeps them beyond chance; no words where there are none.

    Parameters
    ----------
    ranges : mapping of objective id to (float, float), optional
        95 % intervals of the point's figures, as far as they are known. A limit inside one may well be
        broken on other rows.
    """
    broken, chance = [], []
    for bound in bounds:
        value = float(point.get(bound.objective.id, math.nan))
        if not bound.keeps(value):
            there = figure(bound.objective, value, scenario)
            broken.append(f"{bound.objective.label} is {there}, not {wanted(bound, scenario)}")
        low, high = (ranges or {}).get(bound.objective.id, (math.nan, math.nan))
        if low < bound.value < high:
            ends = span(bound.objective, value, low, high, scenario)
            chance.append(f"{bound.objective.subject} {ends}")
    count = len(bounds)
    if not count:
        return LimitsWords("", "")
    if not broken:
        kept = {1: "the limit", 2: "both limits"}.get(count, f"all {count} limits")
        if chance:
            return LimitsWords(
                f"Keeps {kept} here, but that {COULD_BE_CHANCE} ({'; '.join(chance)}).", ""
            )
        return LimitsWords(f"Keeps {kept}.", "good")
    of = f"{len(broken)} of {count} limits" if count > 1 else "the limit"
    return LimitsWords(f"Breaks {of}: {'; '.join(broken)}.", "bad")


def _met_sentence(d: Decision, bounds: Sequence[Bound], scenario: Scenario) -> str:
    """How the limits stand that are all met; else, or where that is not known, nothing."""
    certificate, standing = d.certificate, Standing.MET
    if certificate is not None:
        standing = Standing(certificate.together)
    if standing is Standing.NOT_MET or (certificate is None and d.missed is None):
        return ""
    if certificate is not None and standing is Standing.CERTIFIED:
        words = in_full(standing, certificate.confidence, certificate.models)
    else:
        words = met_words(math.nan if d.missed is None else d.missed)
        words += "" if certificate is None else ", not certified"
    names = [limit.words for limit in certificate.limits] if certificate is not None else [
        f"{bound.objective.subject} {wanted(bound, scenario)}" for bound in bounds
    ]  # fmt: skip
    if len(names) == 1:
        return f"{capital(names[0])}: {words}."
    return f"{capital(every(len(names), 'limit'))} {words}."


def of_decision(d: Decision) -> str:
    """What the chosen point of a decision does, as the page said it.

    Returns
    -------
    str
        Without what cannot be said of the figures that were recorded: all of it, where the scenario or a
        figure is not known to this version.
    """
    in_data, today = ({f.id: f.value for f in both} for both in (d.figures, d.figures_today))
    point = {f.id: f.shown for f in d.figures}
    try:
        scenario = scenario_from(without_removed_keys(d.scenario))
    except ScoreError:
        return ""
    sentences = []
    people = _inspected(d, scenario)
    if people:
        sentences += people
    elif {"share_flagged", "recall"} <= point.keys():
        sentences.append(capital(outcome_words(point)))
    if point.keys() & today.keys() >= set(CHANGES):
        same = d.chosen.model == d.today.model
        sentences.append(
            against(point, today, scenario, d.today.words, same_model=same, unsettled=d.unsettled)
        )
    if point.keys() & OBJECTIVES.keys() >= scenario.limits.keys():
        bounds = [Bound(OBJECTIVES[name], value) for name, value in scenario.limits.items()]
        ranges = {f.id: (f.low, f.high) for f in d.figures}
        kept = _met_sentence(d, bounds, scenario)
        sentences.append(kept or limits(in_data, bounds, scenario, ranges).text)
    return " ".join(filter(None, sentences))


def _against_today(gap: WrittenGap, scenario: Scenario) -> str:
    """A change as a part of the sentence that names today's system once."""
    o = gap.objective
    if gap.is_same:
        return f"the same {o.change_of}" if o.is_against_today else f"as many {o.label}"
    if o.is_against_today and math.isfinite(gap.size):
        # Nobody has said what a unit earns: then the gain is counted in good units shipped.
        unit = "" if scenario.payoff is not None else f" {worth('good unit', one=False)}"
        return f"{gap.amount}{unit} {'more' if gap.is_more else 'less'} {o.change_of}"
    return gap.words()


HELD_OUT = {
    "held-out": "held out",
    "out-of-fold": "out of fold",
    "training": "TRAINING ROWS: the figures flatter every model",
    "unknown": "not said whether held out",
}
HELD_OUT_ON_PAPER = HELD_OUT | {"held-out": "held out: no model saw these rows"}
"""In full, for who reads it on paper."""


def data_words(d: Decision) -> str:
    """What the data of a decision is, in one line."""
    return " · ".join(
        [
            f"{number(d.data.rows)} units",
            HELD_OUT_ON_PAPER.get(d.data.held_out, d.data.held_out),
            f"{number(d.data.defects)} defective",
            f"{len(d.data.models)} models",
        ]
    )


def moment_words(at: str) -> str:
    """A moment of the record as it is read: ``2026-05-04 09:30 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"


def _miss_words(each: float, by_type: Mapping[str, float] | None) -> str:
    """What a miss costs, of kinds with prices of their own each: ``5 false alarms (crack: 12)``."""
    words = f"{each:g} false alarms"
    kinds = [f"{one_line(kind) or '(empty)'}: {price:g}" for kind, price in (by_type or {}).items()]
    return f"{words} ({', '.join(kinds)})" if kinds else words


def basis(analysis: Analysis) -> str:
    """What the figures are of: this file, or a year of production at a defect rate."""
    scenario = analysis.scenario
    rows = analysis.evaluation.tally.class_mass
    observed = float(rows[1] / rows.sum())
    price = f"A miss costs {_miss_words(scenario.miss_cost, scenario.miss_cost_by_type)}."
    if scenario.is_observed:
        return f"Figures are this file’s own. {price}"
    rate = observed if scenario.defect_rate is None else scenario.defect_rate
    volume = (
        f"{count(scenario.units_per_year)} units a year"
        if scenario.units_per_year is not None
        else "as many units as the file has"
    )
    source = (
        "the file’s own rate"
        if scenario.defect_rate is None
        else f"the file has {digits(100 * observed)} %"
    )
    return f"Figures are for {volume} at {digits(100 * rate)} % defects ({source}). {price}"

"""What the page should say of a point, reckoned from the rows of the file."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from metrics import OBJECTIVES, Direction, Scenario
from metrics.narrative.formatting import figure, number, written_gap
from tests import oracles
from tests.dashboard.tables import Rows


def plain(text: str) -> str:
    return " ".join(text.split())


def in_per_cent(rows, of, model, at, scenario):
    value = rows.value(of, model, at, scenario)
    return plain(figure(OBJECTIVES["share_flagged"], value, Scenario()))


def system(scenario):
    """Today's model and threshold; without one everything is shipped."""
    today = scenario.today
    return (None, math.inf) if today is None else (today.model, today.threshold)


def places(text: str) -> int:
    return len(re.sub(r"[^0-9.]", "", text).partition(".")[2])


def gap(rows, of, model, at, scenario):
    """How far a point is above today's in an objective: as subtracted from what is written."""
    now, then = (rows.value(of, *point, scenario) for point in ((model, at), system(scenario)))
    if OBJECTIVES[of].unit.name == "MONEY":
        return now - then, None
    decimals = max(places(figure(OBJECTIVES[of], x, scenario)) for x in (now, then))
    return round(now, decimals) - round(then, decimals), decimals


def more_or_fewer(rows, of, model, at, scenario):
    amount, decimals = gap(rows, of, model, at, scenario)
    if abs(amount) < 10.0**-decimals / 2:
        return f"as many {OBJECTIVES[of].label}"
    way = "more" if amount > 0 else "fewer"
    return f"{number(abs(amount), decimals)} {way} {OBJECTIVES[of].label}"


def revenue(rows, model, at, scenario):
    amount, _ = gap(rows, "revenue_impact", model, at, scenario)
    size = plain(figure(OBJECTIVES["revenue_impact"], abs(amount), scenario)).removeprefix("+")
    if not re.search("[1-9]", size):
        return "the same revenue"
    unit = " good units’ worth" if scenario.payoff is None else ""
    return f"{size}{unit} {'more' if amount > 0 else 'less'} revenue"


def against(rows, model, at, scenario, name):
    now, then = rows.counts(model, at), rows.counts(*system(scenario))
    if all(now[key] == pytest.approx(then[key]) for key in ("fn", "fp")):
        if model == system(scenario)[0]:
            return f"This is today’s system ({name})."
        return f"Against today ({name}): the same missed defects and the same false alarms."
    counted = ("missed_defects", "false_alarms")
    changes = [more_or_fewer(rows, of, model, at, scenario) for of in counted]
    changes.append(revenue(rows, model, at, scenario))
    period = "" if scenario.units_per_year is None else " a year"
    return f"Against today ({name}): {', '.join(changes)}{period}."


def what(rows, model, at, scenario):
    share = rows.value("share_flagged", model, at, scenario)
    if share == 0:
        return "flags no unit and catches no defect."
    odds = " (1 in N)" if share < 0.4 else ""
    flagged, caught = (
        in_per_cent(rows, of, model, at, scenario) for of in ("share_flagged", "recall")
    )
    return f"flags {flagged} of the units{odds} and catches {caught} of the defects."


def aside(rows, of, model, at, scenario):
    """The second way to read a figure."""
    whole = f"of {model}, at every threshold"
    if of == "missed_defects":
        per = rows.value("missed_defects_per_1000_defects", model, at, scenario)
        return f"{per:,.0f} of every 1,000 defects"
    if of == "log_loss":
        wrong = oracles.wrong_with_certainty(
            rows.labels, oracles.probabilities(rows.scores[model], rows.scale)
        )
        units = "unit" if wrong == 1 else "units"
        infinite = f"infinite unclipped: {wrong} {units} scored exactly 0 or 1 on the wrong side"
        return infinite if wrong else whole
    if of == "revenue_impact":
        if scenario.payoff is None:
            return f"no payoffs given: a good unit shipped counts 1, a miss {scenario.miss_cost:g}"
        percent = rows.text("revenue_impact_percent", model, at, scenario)
        return None if percent == "undefined" else f"{percent} on today’s"
    return whole if OBJECTIVES[of].of_model else None


OF_EITHER = {
    "recall", "missed_defects_per_1000_defects", "roc_auc",
}  # fmt: skip
"""Objectives of one class at a time: no defect rate and no volume changes them."""


def in_file(rows, of, model, at, scenario):
    """The file's own figure, where the scenario's may be another."""
    rates = OBJECTIVES[of].unit.name not in ("COUNT", "FALSE_ALARMS", "MONEY")
    if scenario.is_observed or of in OF_EITHER or (rates and scenario.defect_rate is None):
        return []
    observed = replace(scenario, defect_rate=None, units_per_year=None)
    if math.isnan(rows.value(of, model, at, observed)):
        return []
    return [f"in the file: {rows.text(of, model, at, observed)}"]


def gaps(rows, of, pick, model, at, scenario):
    """Lines of a card that set the point against today and against the stakeholder's own pick."""
    now, then = (rows.value(of, *point, scenario) for point in ((model, at), system(scenario)))
    if math.isnan(now):
        return []
    lines = []
    if not math.isnan(then) and of not in ("revenue_impact", "revenue_impact_percent"):
        lines.append(plain(written_gap(OBJECTIVES[of], now, then, scenario).than("today")))
    best = None if pick is None else rows.value(of, *pick, scenario)
    if best is not None:
        lines.append(plain(written_gap(OBJECTIVES[of], now, best, scenario).than("its own pick")))
    return lines


def bounded(rows, bound, model, at, scenario):
    """Whether the point keeps the stakeholder's limit, where it has one."""
    if bound is None:
        return []
    limit, value = bound
    there = rows.value(limit, model, at, scenario)
    kept = there >= value if OBJECTIVES[limit].direction is Direction.MAXIMISE else there <= value
    word = "Within" if kept else "Breaks"
    said = rows.text(limit, model, at, scenario)
    return [f"{word} its limit: {OBJECTIVES[limit].label} {said}"]


def own_pick(
    rows: Rows, of: str, bound: tuple[str, float] | None, scenario: Scenario
) -> tuple[str, float] | None:
    if bound is None:
        return rows.pick(of, scenario)
    limit, value = bound
    most = OBJECTIVES[limit].direction is Direction.MINIMISE
    return rows.pick(
        of,
        scenario,
        also=limit,
        within=lambda p: p[limit] <= value if most else p[limit] >= value,
    )


def default(rows, of, scenario):
    """The limit that a stakeholder has where none was chosen, from what its objective is best at."""
    extreme = OBJECTIVES[of].extreme
    if extreme is None:
        return None
    if extreme.name == "FLAG_EVERYTHING":
        return "revenue_impact", 0.0
    model, at = system(scenario)
    caught = 0.0 if model is None else rows.value("recall", model, at, scenario)
    return "recall", caught or 0.8

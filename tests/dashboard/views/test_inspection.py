"""Tests of inspectors in the app: absent until they have a price, then included in every figure."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis.decide.tradeoff import tradeoff_with_selected
from dashboard.analysis.inspection import worth_of
from dashboard.analysis.resampled_figures import interval
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.entry import ORIGIN, Recorded
from dashboard.export import html_report
from dashboard.export.decision_to_record import decision_of
from dashboard.export.paper_charts import charts
from dashboard.session.choices import Choices, Point
from dashboard.session.inspection_numbers import numbers_of
from dashboard.words.decide.answer import NO_REASON
from dashboard.words.numbers.amounts import count
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario, Today, scenario_from
from tests.dashboard.built import built_table
from tests.dashboard.inspected import PEOPLE, YEAR
from tests.dashboard.pages import FOUR, Page, page_text, words


@pytest.mark.parametrize("known", [False, True], ids=["no checks", "a threshold of the curve"])
def test_the_current_system_has_no_inspectors(tmp_path, known) -> None:
    """Its interval is that of the same system without inspectors."""
    model = FOUR.models[0]
    system = Today(model, FOUR.thresholds(model)[9]) if known else None
    found = []
    for inspection in ((0.3, None, 0.9, 0.02, None, None, None), None):
        page = built_table(
            tmp_path,
            FOUR,
            replace(YEAR, today=system),
            Choices(inspection=inspection),
            resampled=True,
        )
        known_of = page.analysis.uncertainty
        assert known_of is not None
        ends = [
            interval(page.analysis, OBJECTIVES[name], page.analysis.current)
            for name in ("missed_defects", "false_alarms", "recall")
        ]
        found.append(ends)
    inspected, alone = found
    np.testing.assert_array_equal(inspected, alone)


def test_a_point_at_the_current_threshold_keeps_its_band(tmp_path) -> None:
    """Only the current system, which has no inspectors, is named by one threshold."""
    priced = Choices(inspection=(0.3, None, 0.9, 0.02, None, None, None))
    best = built_table(tmp_path, FOUR, YEAR, priced).selection.point
    at = Point.at(best, lower=False)
    system = replace(YEAR, today=Today(at.model, at.threshold))
    page = built_table(tmp_path, FOUR, system, replace(priced, point=at))
    decision = decision_of(page, {})
    assert page.selection.point != page.analysis.current
    assert decision.chosen.ship_below is not None
    assert " inspected from " in decision.chosen.words
    assert decision.today.ship_below is None
    assert decision.today.words == page.words(at.model, at.threshold, alone=True)
    assert " at " in decision.today.words


@pytest.mark.parametrize("units_per_year", [None, 3_650_000.0])
def test_an_insufficient_capacity_is_reported(tmp_path, units_per_year) -> None:
    choices = Choices(inspection=(None, 1.0, 0.9, 0.02, 1.0, None, None))
    page = built_table(tmp_path, FOUR, Scenario(units_per_year=units_per_year), choices)
    said_so = any("The limit of inspections, 1 a day, has no effect" in one for one in page.notices)
    assert said_so == (units_per_year is None)
    decision = decision_of(page, {})
    recorded = Recorded(1, "k", ORIGIN, "0" * 64, decision)
    report = words(html_report.render(DecisionFacts(decision, recorded), charts(page)))
    assert ("at most 1 units a day" in report) == (units_per_year is not None)


def figures_between(model: str, below: float, reject_from: float) -> dict[str, float]:
    """Misses, alarms, inspections and revenue with inspectors between two thresholds, from the rows."""
    scores, bad = FOUR.scores[model], FOUR.labels == 1
    seen, rejected = (scores >= below) & (scores < reject_from), scores >= reject_from
    found = np.where(rejected, 1.0, np.where(seen, np.where(bad, 0.9, 0.02), 0.0))
    earned = np.where(bad, -20 + 18.5 * found, 4 - 5.5 * found) - 0.3 * seen
    scale = 3_650_000 / len(scores)
    return {
        "missed_defects": scale * float((1 - found)[bad].sum()),
        "false_alarms": scale * float(found[~bad].sum()),
        "units_inspected": scale * float(seen.sum()),
        "recall": float(found[bad].mean()),
        "precision": float(found[bad].sum() / found.sum()) if found.any() else np.nan,
        "revenue": scale * float(earned.sum()),
    }


def test_two_entered_thresholds_are_in_every_figure_and_in_the_link(
    year_arguments, monkeypatch
) -> None:
    page = Page(monkeypatch, *year_arguments, link={"inspectors": "0.3,,0.9,0.02,,0.05,"})
    model, opened_at, below = page.place
    thresholds = FOUR.thresholds(model)
    at, computed = (thresholds.index(one) for one in (opened_at, float(page.facts["now"]["from"])))
    assert below is None
    lower, upper = computed + 3, at + 2
    assert lower < upper < len(thresholds) - 1
    page.say("chosen", model, thresholds[upper], below=thresholds[lower])
    facts, figures = page.facts, figures_between(model, thresholds[lower], thresholds[upper])
    assert page.place == (model, thresholds[upper], thresholds[lower])
    assert page.link["point"] == f"{thresholds[lower]!r}..{thresholds[upper]!r}@{model}"
    card = facts["now"]["cards"]["product"]
    assert card["figure"] == figure(OBJECTIVES["missed_defects"], figures["missed_defects"], YEAR)
    assert card["interval"]
    answer = facts["now"]["answer"]
    assert (
        answer["exact_point"]
        == f"{model}, inspected from {thresholds[lower]!r} to {thresholds[upper]!r}"
    )
    assert f"({count(figures['units_inspected'] / 365)} a day)" in answer["effect"]
    # The strip describes this band and the gain of the best band.
    assert re.search(r"This band (adds|loses) EUR [\d.,]+ \w a year, the best EUR", page_text(page))
    assert "Inspection adds EUR" not in page_text(page)
    none = -20 * FOUR.labels.sum() + 4 * (1 - FOUR.labels).sum()
    impact = figures["revenue"] - none * 3_650_000 / FOUR.labels.size
    revenue = OBJECTIVES["revenue_impact"]
    assert facts["now"]["cards"]["executive"]["figure"] == figure(revenue, impact, YEAR)
    for page_name in ("models", "limits", "evidence"):
        assert page.turn(page_name).sound()
    [where] = [html.unescape(m) for m in page.turn("failures").markup if "Chosen: " in m]
    assert answer["exact_point"] in where
    # Compared with another point, the pin still has both thresholds.
    page.turn("decide").say("pinned", model, thresholds[upper], 1, thresholds[lower])
    page.say("chosen", model, thresholds[at], 2)
    pinned = page.facts["pinned"]
    assert float(pinned["below"]) == thresholds[lower]
    page.press("unpin").say("chosen", model, thresholds[upper], 3, thresholds[lower])
    again = Page(monkeypatch, *year_arguments, link=page.link)
    assert again.facts["now"]["answer"] == answer
    page.turn("decide").say("chosen", model, thresholds[at], below=thresholds[computed], turn=4)
    assert page.facts["now"]["below"] is None
    assert page.facts["now"]["answer"]["reason"] != f"{NO_REASON}."


def test_a_decision_has_both_entered_thresholds(tmp_path) -> None:
    priced = Choices(inspection=(0.3, None, 0.9, 0.02, None, None, None))
    best = built_table(tmp_path, FOUR, YEAR, priced).selection.point
    own = FOUR.thresholds(str(best.model))
    low, high = own[2], own[-4]
    page = built_table(
        tmp_path,
        FOUR,
        YEAR,
        replace(priced, point=Point(str(best.model), high, low)),
        resampled=True,
    )
    decision = decision_of(page, {})
    assert (decision.chosen.ship_below, decision.chosen.threshold) == (low, high)
    of_counts = figures_between(str(best.model), low, high)
    said = {one.id: one for one in decision.figures}
    for o in ("missed_defects", "recall", "precision", "units_inspected"):
        assert said[o].value == pytest.approx(of_counts[o], rel=1e-9)
        assert said[o].low < of_counts[o] < said[o].high, o
    assert page.selection.point.lower == low
    # In exports the curve shows the cheapest bands, and the mark is next to it.
    [_, revenue] = tradeoff_with_selected(page.selection, page.choices.x).curves
    none = -20 * FOUR.labels.sum() + 4 * (1 - FOUR.labels).sum()
    impact = of_counts["revenue"] - none * 3_650_000 / FOUR.labels.size
    assert revenue.chosen == pytest.approx(impact)
    assert revenue.chosen != pytest.approx(revenue.values[own.index(high)])
    [_, curves] = charts(page)
    said_there = curves.thresholds[curves.chosen]
    assert said_there.startswith(f"{page.words(str(best.model), high, lower=low)}: ")
    assert figure(revenue.objective, impact, YEAR) in said_there
    # The interval must not be that of the cheapest band with the same upper threshold.
    there = replace(priced, point=Point(str(best.model), high))
    computed = decision_of(built_table(tmp_path, FOUR, YEAR, there, resampled=True), {})
    before = {one.id: one for one in computed.figures}["units_inspected"]
    assert (before.low, before.high) != (said["units_inspected"].low, said["units_inspected"].high)


def test_ranges_of_rates_widen_the_gain_and_change_no_figure(tmp_path) -> None:
    found = []
    for people in (PEOPLE, replace(PEOPLE, catches_range=(0.8, 0.97), rejects_range=(0.0, 0.05))):
        choices = Choices(inspection=numbers_of(people))
        page = built_table(tmp_path, FOUR, YEAR, choices, resampled=True)
        assert page.analysis.scenario.inspection == people
        worth = worth_of(page.analysis)
        assert worth is not None
        decision = decision_of(page, {})
        assert scenario_from(decision.as_dict()["scenario"]).inspection == people
        missed = {one.id: one for one in decision.figures}["missed_after_inspection"]
        found.append((page, worth, missed))
    (sure, exact, of_exact), (page, ranged, of_ranged) = found
    assert page.selection.point == sure.selection.point
    assert ranged.gain.value == exact.gain.value
    assert ranged.gain.low < exact.gain.low
    assert of_ranged.value == of_exact.value
    assert of_ranged.high - of_ranged.low > 1.5 * (of_exact.high - of_exact.low)
    assert exact.break_even.between is None
    assert ranged.break_even.between is not None
    low, high = ranged.break_even.between
    assert low < ranged.break_even.value == exact.break_even.value < high
    recorded = Recorded(1, "k", ORIGIN, "0" * 64, decision_of(page, {}))
    report = words(html_report.render(facts_of(recorded), charts(page)))
    assert "catches 90% (80 to 97) of the defects, rejects 2% (0 to 5) of the good units" in report

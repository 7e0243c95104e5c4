"""Tests of points side by side: intervals of figures and differences, against a bootstrap of the rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.analysis import optimism, resampled_figures
from dashboard.analysis.differences import difference, differences_within_chance
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.decision_to_record import decision_of
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.views import points_side_by_side
from dashboard.words.decisions import decision_summary
from metrics import Payoff, Scenario, Today
from tests.dashboard.built import built_table, card_of
from tests.dashboard.close_models import ROWS
from tests.dashboard.pages import Page, words
from tests.dashboard.resampled import interval_ends, resamples
from tests.dashboard.tables import NASTY

HERE, THERE = Point(NASTY[0], 0.167), Point(NASTY[2], 0.25)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    def build_page(*, scenario=None, resampled=True, **choices):
        chosen = replace(Choices(point=HERE, pin=THERE, compare="pin"), **choices)
        folder = tmp_path_factory.mktemp("compare")
        return built_table(folder, ROWS, scenario or Scenario(), chosen, resampled=resampled)

    return build_page


def cells_by_row(page):
    """Cells of each row by the row's head, each figure with its interval."""
    out = {}
    table = points_side_by_side._comparison_table(page)
    # A new file may have more defects than this one, so an interval may exceed them.
    assert ("below each, 95% interval on new data" in table) == page.analysis.shows_intervals
    for row in re.findall(r"<tr.*?</tr>", table, re.S):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        name = re.search(r'data-row="(.*?)"', row)
        parts = [tuple(words(part) for part in cell.split("<br>")) for cell in cells]
        out[name[1] if name else words(cells[0])] = parts[1:]
    return out


def replicates_of(point, of):
    """Count at a point in every replicate, summed over the rows."""
    weights, blocks = resamples(ROWS)
    flagged, defect = ROWS.flagged(point.model, point.threshold), ROWS.labels == 1
    part = {"fn": ~flagged & defect, "fp": flagged & ~defect, "tp": flagged & defect}[of]
    return weights[:, part].sum(axis=1), blocks


def test_a_difference_to_the_current_system_has_one_interval(build):
    """A change from the current system has the same interval as the difference of total revenue."""
    page = build(
        scenario=replace(TODAY, payoff=Payoff(4.0, -1.5, -20.0, -2.5)), compare="today", point=None
    )
    o = page.analysis.objectives["revenue_impact"]
    assert optimism.optimism_of(page.analysis, o, page.selection.point) > 0
    ends = optimism.range_of(page.analysis, o, page.selection.point)
    for of in (o, page.analysis.objectives["revenue"]):
        found = difference(page.analysis, of, page.selection.point, page.analysis.current)
        assert found is not None
        assert (found.low, found.high) == ends


def test_one_row_is_about_shipped_defects_unless_more_are_requested(build):
    """Fewer flagged good units lower the share of defects among shipped units without a further miss."""
    shipped = "shipped_defects_per_million"
    shown = cells_by_row(build(resampled=False))
    assert "missed_defects" in shown
    assert shipped not in shown
    asked = build(resampled=False, objectives=("log_loss", shipped, "revenue_impact"))
    assert shipped in cells_by_row(asked)


def test_the_page_does_not_wait_for_slow_intervals(build, monkeypatch):
    monkeypatch.setattr(resampled_figures, "QUICK", 3)
    page = build(objectives=("roc_auc", "average_precision", "revenue_impact"))
    figures = cells_by_row(page)
    assert figures["average_precision"][3] == ("see “Model against model” above",)
    assert " to " in figures["average_precision"][0][1]
    assert figures["roc_auc"][3][0].startswith(("clear: ", "may be chance: "))


def test_a_difference_of_zero_is_not_shown(build):
    page = build(pin=HERE)
    figures = cells_by_row(page)
    assert {gap for _, _, gap, *_ in list(figures.values())[1:]} == {("the same",)}
    assert {how for *_, how in list(figures.values())[1:]} == {("",)}
    # Two points with equal counts may still differ in other samples.
    same = [
        t for t in ROWS.thresholds(NASTY[0])
        if t != HERE.threshold
        and ROWS.counts(NASTY[0], t)["fn"] == ROWS.counts(HERE.model, HERE.threshold)["fn"]
    ]  # fmt: skip
    figures = cells_by_row(build(pin=Point(NASTY[0], same[0])))
    assert figures["missed_defects"][2][0] == "the same"


TODAY = Scenario(today=Today(THERE.model, THERE.threshold))


def test_a_change_that_may_be_chance_is_marked(build):
    page = build(scenario=replace(TODAY, units_per_year=1e6), compare="today")
    found = differences_within_chance(page.selection)
    for key, name in (("fn", "missed_defects"), ("fp", "false_alarms")):
        (a, blocks), (b, _) = replicates_of(HERE, key), replicates_of(THERE, key)
        low, high = interval_ends(a - b, blocks)
        assert (name in found) == (low <= 0 <= high), name
    assert (
        0
        < len(found & {o.id for o in resampled_figures.COMPARED})
        < len(resampled_figures.COMPARED)
    )

    decision = decision_of(page, {})
    marked, bare = (
        decision_summary._change_sentence(
            DecisionFacts(replace(decision, unsettled=of)), page.analysis.scenario
        )
        for of in (tuple(found), ())
    )
    assert marked.replace(" (may be chance)", "") == bare
    for part, o in zip(
        marked.partition(": ")[2].split(", "), resampled_figures.COMPARED, strict=True
    ):
        assert part.rstrip(".").endswith(" (may be chance)") == (o.id in found)
    card = card_of(page, page.analysis.stakeholder("product"), page.selection.point, at_rest=True)
    assert card.chance == ("may be chance" if "missed_defects" in found else "clear")
    beside = re.findall(r"<tr data-row.*?</tr>", points_side_by_side._comparison_table(page), re.S)
    assert {"may be chance" in row for row in beside} == {True, False}
    for row in beside:
        assert not ("may be chance" in row and ("cg-better" in row or "cg-worse" in row))
    assert decision_summary.decision_summary(DecisionFacts(decision)).count(
        "(may be chance)"
    ) == marked.count("(may be chance)")


def test_equal_figures_have_no_word_about_chance(build):
    at_current = build(scenario=TODAY, compare="today", point=THERE)
    assert differences_within_chance(at_current.selection) == frozenset()
    same_model = build(scenario=TODAY, compare="today", point=Point(THERE.model, 0.3))
    assert "log_loss" in {
        stakeholder.objective.id for stakeholder in same_model.analysis.stakeholders
    }
    assert "log_loss" not in differences_within_chance(same_model.selection)


def test_the_current_system_or_a_named_point_can_be_compared(tmp_path, monkeypatch):
    path = ROWS.write(tmp_path / "rows.csv")
    link = to_query(Choices(pin=THERE, compare="pin", intervals=False))
    shown = Page(monkeypatch, str(path), link=link, at="models")

    def beside(words: str) -> tuple[str, Point | None]:
        [option] = [
            o for o in shown.app.selectbox(key="right_point").options if o.startswith(words)
        ]
        shown.app.selectbox(key="right_point").select(option).run()
        choices = from_query(shown.sound().link)[0]
        return choices.compare, choices.pin

    assert shown.app.selectbox(key="right_point").index == 0
    assert beside("No checks") == ("today", THERE)
    compare, pin = beside("Best for the executive")
    assert compare == "pin"
    assert pin not in (None, THERE)

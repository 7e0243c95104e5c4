"""Tests of limits, compromises, cheapest models and the verdict, on the page and in the link."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from dashboard.views.assumptions import limit_inputs
from dashboard.words.decide.cards import no_percent_words
from dashboard.words.limits import limit_a_day, limit_name, no_percent_target_words
from metrics import OBJECTIVES, Bound, Payoff, Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.messages import messages
from tests.dashboard.pages import FOUR, POINT, Page, names, words
from tests.dashboard.tables import NASTY

FILE = Scenario()


@pytest.fixture
def page(tmp_path, monkeypatch):
    def start(choices: Choices | None = None, at: str = "limits", **link: str) -> Page:
        path = FOUR.write(tmp_path / "four.csv")
        return Page(monkeypatch, str(path), link=to_query(choices or Choices()) | link, at=at)

    return start


@pytest.fixture
def built(tmp_path):
    def make(choices: Choices, scenario: Scenario = FILE):
        return built_table(tmp_path, FOUR, scenario, choices)

    return make


def part(page: Page, name: str) -> list[list[str]]:
    """Texts of the cells in one of the tables."""
    [markup] = [m for m in page.markup if name in m]
    rows = re.findall(r"<tr\b.*?</tr>", markup, re.S)[1:]
    return [[words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def all_points(*objectives: str) -> list[dict[str, Any]]:
    return FOUR.points({*objectives}, FILE)


def test_the_target_in_per_cent_has_a_field_of_its_own_which_begins_empty(page):
    shown = page(Choices(point=POINT, payoff=(1.0, 0.0, -0.1, 0.0)))
    field = shown.app.number_input(key="limit_revenue_impact_percent")
    assert (field.value, field.label) == (None, "Revenue against no checks, at least, %")
    assert "limits" not in shown.link  # an empty field is no target of nothing
    assert "revenue against no checks, per cent" not in shown.app.selectbox(key="limit_add").options
    shown.set("number_input", "limit_revenue_impact_percent", 30.0)
    assert shown.link["limits"] == "revenue_impact_percent:30.0"
    shown.set("number_input", "limit_revenue_impact_percent", None)
    assert shown.link["limits"] == "none"
    assert shown.app.number_input(key="limit_revenue_impact_percent").value is None


def test_without_prices_the_field_of_the_target_is_in_false_alarms(page):
    shown = page(Choices(point=POINT))
    field = shown.app.number_input(key="limit_revenue_impact")
    unit = "false alarms’ worth in this file"
    assert (field.value, field.label) == (None, f"Savings against no checks, at least, {unit}")
    cost = FOUR.value("cost_of_errors", NASTY[0], math.inf, FILE)
    assert field.help == (
        f"The errors of no checks cost {cost:g} {unit}. A target that binds every choice."
    )
    assert "savings against no checks" not in shown.app.selectbox(key="limit_add").options
    shown.set("number_input", "limit_revenue_impact", 7.0)
    assert shown.link["limits"] == "revenue_impact:7.0"
    assert "Target +7 against no checks" in status(shown)


def status(shown: Page) -> str:
    """Sentence of the answer on whether the limits are met."""
    words: str = shown.turn("decide").facts["now"]["answer"]["limits"]
    shown.turn("limits")
    return words


def test_everybody_who_agrees_with_the_choice_is_listed(page):
    losses = {name: FOUR.value("log_loss", name, math.inf, FILE) for name in FOUR.scores}
    best = min(losses, key=losses.__getitem__)
    shown = page(Choices(point=Point(best, FOUR.thresholds(best)[40])), at="")
    [line] = [words(m) for m in shown.markup if "Best model for log loss" in m]
    assert line.endswith(", chosen")


def test_without_limits_the_page_leads_to_them(page):
    shown = page(Choices(point=POINT))
    shown.app.session_state["chip_limits"] = False
    shown.press("set_limit")
    assert shown.app.session_state["chip_limits"]


def test_a_limit_is_added_changed_and_taken_away(page):
    shown = page(Choices(point=POINT))
    assert "limits" not in shown.link
    shown.set("selectbox", "limit_add", "share_flagged")
    here = FOUR.value("share_flagged", POINT.model, POINT.threshold, Scenario())
    begins = float(shown.link["limits"].removeprefix("share_flagged:"))
    assert here <= begins < 1.1 * here
    assert shown.app.number_input(key="limit_share_flagged").value == pytest.approx(100 * begins)
    assert ": missed" not in status(shown)
    shown.set("number_input", "limit_share_flagged", 1.0)
    assert shown.link["limits"] == "share_flagged:0.01"
    assert ": missed" in status(shown)
    shown.set("number_input", "limit_share_flagged", None)
    assert shown.link["limits"] == "none"
    assert status(shown) == ""


def test_the_cheapest_point_that_keeps_the_limit_is_one_click_away(page):
    shown = page(limits="recall:0.9", point=f"{FOUR.thresholds(NASTY[0])[0]!r}@{NASTY[0]}")
    keeps = [
        p for p in all_points("recall", "cost_of_errors")
        if p["recall"] >= 0.9 and p["tp"] + p["fp"] > 0 and p["fn"] + p["tn"] > 0
    ]  # fmt: skip
    least = min(p["cost_of_errors"] for p in keeps)
    best = {(p["model"], p["threshold"]) for p in keeps if p["cost_of_errors"] == least}
    [said] = [words(m) for m in shown.markup if "Cheapest point that meets it" in m]
    shown.press("show_the cheapest that does")
    threshold, _, model = shown.link["point"].partition("@")
    assert (model, float(threshold)) in best
    assert names(said, FOUR, model, float(threshold))
    keys = [button.key for button in shown.app.button]
    assert "show_the cheapest that does" not in keys  # it is chosen


@pytest.mark.parametrize(("of", "said"), [(3, "This is look 2 of 3. "), (1, "for one look at the")])
def test_the_page_says_which_look_this_is_if_several_are_announced(tmp_path, monkeypatch, of, said):
    path, scenario = FOUR.write(tmp_path / "four.csv"), tmp_path / "looks.toml"
    this = "this = 2\n" if of > 1 else ""
    scenario.write_text(f"[limits]\nrecall = 0.1\n[looks]\nof = {of}\n{this}")
    page = Page(monkeypatch, str(path), "--scenario", str(scenario), at="limits")
    notes = " ".join(words(m) for m in page.markup)
    assert said in notes
    assert ("for all 3 looks together" in notes, "This is" in notes) == (of > 1, of > 1)


def can_keep(models: set[str], limits: str) -> str:
    if len(models) == 1:
        return f"In this file only {models.pop()} meets {limits}"
    every = len(models) == len(FOUR.models)
    many = f"{'all' if every else f'{len(models)} of'} {len(FOUR.models)} models"
    return f"In this file {many} meet {limits}"


def test_limits_that_can_be_kept_are_told_by_the_models_that_can(page):
    shown = page(limits="recall:0.9,false_alarms:12")
    points = all_points("recall", "false_alarms")
    kept = [p for p in points if p["recall"] >= 0.9 and p["false_alarms"] <= 12]
    assert all(0 < p["tp"] + p["fp"] < len(FOUR.labels) for p in kept)
    models = {p["model"] for p in kept}
    [title] = [words(m) for m in shown.markup if 'id="the-limits"' in m]
    assert title == can_keep(models, "both limits")
    rows = part(shown, "cg-limits-table")
    assert [row[0] for row in rows] == [
        "recall at least 90.0%",
        "false alarms at most 12 in this file",
    ]
    assert [len(row) for row in rows] == [4, 4]
    # Of each limit by itself: what the exact test of each threshold says, or what it would take.
    defects, among = int(FOUR.labels.sum()), len(FOUR.models)
    needed = math.ceil(math.log(0.05 / among) / math.log(0.9))
    assert defects < needed
    assert rows[0][2] == (
        f"no model. It takes {needed} defects without a miss with {among} models to choose from; "
        f"the file has {defects}."
    )
    assert rows[1][2] == f"{among} of {among} models"
    chosen = f"whichever of the {among} models and of their thresholds is chosen"
    assert any(chosen in words(m) for m in shown.markup)


def test_where_none_keeps_all_each_limit_says_how_far_it_would_have_to_give_way(page):
    shown = page(limits="recall:0.95,false_alarms:0")
    points = all_points("recall", "false_alarms")
    assert not [p for p in points if p["recall"] >= 0.95 and p["false_alarms"] <= 0]
    least = min(p["false_alarms"] for p in points if p["recall"] >= 0.95)
    most = max(p["recall"] for p in points if p["false_alarms"] <= 0)
    rows = part(shown, "cg-limits-table")
    assert rows[0][4].startswith(f"at least {100 * most:.1f}% (")
    assert rows[1][4].startswith(f"at most {least:.0f} in this file (")
    [title] = [words(m) for m in shown.markup if 'id="the-limits"' in m]
    assert title == "No point meets both limits"
    shown.press("show_the nearest point")
    point = Point.of(shown.link["point"])
    recall = FOUR.value("recall", point.model, point.threshold, FILE)
    alarms = FOUR.value("false_alarms", point.model, point.threshold, FILE)
    assert recall < 0.95 or alarms > 0


def test_each_pick_is_set_against_each_stakeholders_own(page):
    shown = page()
    rows = part(shown, "cg-costs")
    wanted = ("log_loss", "missed_defects", "revenue_impact")
    titles = ("Best model for log loss", "Best for the product manager", "Best for the executive")
    for title, own in zip(titles, wanted, strict=True):
        picked = FOUR.pick(own, FILE)
        assert picked is not None
        [row] = [
            row for row in rows if title.lower() in row[0].lower()
        ]  # a point with two names once
        assert row[1 + wanted.index(own)].startswith(FOUR.text(own, *picked, FILE))
        assert "the best" in row[1 + wanted.index(own)]
        others = [(o, cell) for o, cell in zip(wanted, row[1:], strict=True) if o != own]
        if own == "log_loss":  # which chooses no threshold that others could pay for
            assert row[0].endswith(picked[0])
            assert [cell for _, cell in others] == ["–", "–"]
            continue
        for o, cell in others:
            assert cell.startswith(FOUR.text(o, *picked, FILE)), (title, o)
            assert "the best" in cell


def test_a_line_below_the_costs_says_why_a_cell_is_empty(page):
    def said(choices: Choices) -> tuple[bool, bool]:
        shown = page(choices)
        [costs] = [words(m) for m in shown.markup if "cg-costs" in m]
        has_empty = any("–" in row[1:] for row in part(shown, "cg-costs"))
        return has_empty, costs.endswith("–: depends on the threshold, and log loss chooses none.")

    assert said(Choices()) == (True, True)
    no_ranking = ("revenue_impact", "missed_defects", "false_alarms")
    assert said(Choices(objectives=no_ranking)) == (False, False)


def test_the_chosen_point_is_marked_among_the_choices_and_stands_there_if_it_is_none_of_them(page):
    [costs] = [m for m in page().markup if "cg-costs" in m]
    assert 'aria-current="true"' in costs
    assert 'class="cg-strong">Chosen<' not in costs  # it has a name of its own
    shown = page(point=f"{FOUR.thresholds(NASTY[0])[3]!r}@{NASTY[0]}")
    [costs] = [m for m in shown.markup if "cg-costs" in m]
    assert costs.count('class="cg-strong">Chosen<') == costs.count('aria-current="true"') == 1


def test_a_weight_is_in_the_link(page):
    shown = page()
    shown.set("number_input", "weight_executive", 8.0)
    assert shown.link["weights"] == "1,1,8"


def test_the_verdict_is_at_the_top_of_the_page(page):
    shown = page(limits="recall:0.95,false_alarms:0")
    [verdict] = [m for m in shown.markup if "cg-verdict" in m]
    sentences = [words(s) for s in re.findall(r"<p.*?>(.*?)</p>", verdict, re.S)]
    assert 1 <= len(sentences) <= 3
    assert sentences[0] == "Do not ship yet: no threshold of any model meets both limits."
    assert verdict == next(m for m in shown.markup if "cg-finding" in m)


def strips(shown: Page) -> str:
    """Figures of both strips as sent to the browser."""
    return "".join(m.text for m in messages(shown.app) if m.kind == "strip")


def test_names_in_the_strips_and_tables_are_never_markup(page):
    shown = page(limits="recall:0.95,false_alarms:0")
    compared = page(at="models", limits="recall:0.95,false_alarms:0")
    for model in NASTY:
        if "<" in model:
            assert model not in "".join(shown.markup + compared.markup)
            assert model not in strips(compared)


def test_to_flag_nothing_is_no_threshold_that_keeps_a_limit(page):
    shown = page(limits="false_alarms:0")
    kept = [p for p in all_points("false_alarms") if p["fp"] == 0 and p["tp"] > 0]
    models = {p["model"] for p in kept}
    [title] = [words(m) for m in shown.markup if 'id="the-limits"' in m]
    assert title == can_keep(models, "the limit")


@pytest.mark.parametrize(
    ("of", "value", "units", "said"),
    [
        ("false_alarms", 36_500, 1e6, "That is 100 a day. "),
        ("false_alarms", 876, 1e6, "That is 2.4 a day. "),
        ("false_alarms", 36_500, None, ""),
        ("recall", 0.9, 1e6, ""),
    ],
)
def test_a_limit_of_a_year_is_told_by_the_day(of, value, units, said):
    bound = Bound(OBJECTIVES[of], value)
    assert limit_a_day(bound, Scenario(units_per_year=units)) == said


@pytest.mark.parametrize(
    ("of", "reached", "begins"),
    [
        ("recall", 0.7749, 0.77),
        ("missed_defects", 90.0, 90.0),
        ("missed_defects", 45_300.0, 46_000.0),
        ("revenue_impact", 7_490_000.0, 7_400_000.0),
        ("revenue_impact", -1_234_567.0, -1_300_000.0),
        ("revenue_impact", 0.0, 0.0),
        ("precision", math.nan, 0.0),
    ],
)
def test_a_new_limit_begins_at_what_the_choice_reaches(of, reached, begins):
    assert limit_inputs.beginning(OBJECTIVES[of], reached) == begins
    assert math.isnan(reached) or Bound(OBJECTIVES[of], begins).is_met(reached)


def test_a_target_of_nothing_is_todays_revenue(built):
    scenario = Scenario(payoff=Payoff(1.0, 0.0, -1e4, 0.0), today=Today(NASTY[0], 0.5))
    zero, more = (Bound(OBJECTIVES["revenue_impact"], value) for value in (0.0, 1e3))
    assert limit_name(zero, scenario) == "No less revenue than today"
    assert limit_name(zero, replace(scenario, today=None)) == "No less revenue than with no checks"
    assert limit_name(more, scenario).startswith("Target +EUR")
    assert limit_name(zero, Scenario()) == "Errors cost no more than with no checks"
    losing = built(Choices(), scenario)
    o = OBJECTIVES["revenue_impact"]
    assert no_percent_words(losing.analysis, o)
    for of in ("revenue", "revenue_impact"):
        assert not no_percent_words(built(Choices(limits=((of, -1e9),)), scenario).analysis, o)


def test_why_revenue_has_no_limit_in_per_cent_is_said(built):
    # All is shipped today, and a miss costs more than the good units earn.
    poor = built(Choices(), Scenario(miss_cost=1e4))
    assert "revenue_impact_percent" not in poor.analysis.objectives
    assert no_percent_target_words(poor.analysis) == ""  # without prices the target is no per cent
    losing = built(
        Choices(), Scenario(payoff=Payoff(1.0, 0.0, -1e4, 0.0), today=Today(NASTY[0], 0.5))
    )
    assert "revenue_impact_percent" not in losing.analysis.objectives
    said = no_percent_target_words(losing.analysis)
    assert said.startswith("Today loses EUR")
    assert said.endswith(", so +30% means nothing: set a target in EUR.")
    unsaid, none = (
        built(Choices(today=today), Scenario(payoff=Payoff(1.0, 0.0, -1e4, 0.0)))
        for today in (None, "none")
    )
    said = no_percent_target_words(unsaid.analysis)
    assert said.startswith(
        "A target in per cent needs today’s revenue. With no checks you lose EUR"
    )
    assert said.endswith(": enter today’s system, or set a target in EUR.")
    assert no_percent_target_words(none.analysis).startswith("No checks lose")
    rich = built(Choices(), Scenario(payoff=Payoff(1.0, 0.0, -0.1, 0.0)))
    assert "revenue_impact_percent" in rich.analysis.objectives
    assert no_percent_target_words(rich.analysis) == ""


@pytest.mark.parametrize(
    ("link", "said"), [({"miss": "500.0"}, "now 500"), ({"rate": "0.9999"}, "now 99.99%")]
)
def test_a_scenario_beyond_a_strip_is_told_as_it_is(page, link, said):
    assert said in strips(page(at="models", **link)).replace(r"\u00a0", " ")


def test_a_limit_has_its_unit(page):
    shown = page(limits="shipped_defects_per_million:500.0,revenue_impact:100.0")
    label = shown.app.number_input(key="limit_shipped_defects_per_million").label
    assert label == "Defects among shipped units, at most, per million"
    rows = part(shown, "cg-limits-table")
    assert rows[0][0] == "defects among shipped units at most 500 per million"
    assert rows[1][0] == "savings against no checks at least +100 false alarms’ worth in this file"

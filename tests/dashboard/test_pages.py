"""Tests of whole pages on small files: every figure equals the one computed from the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dashboard.analysis import cache
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.words.decide.verdict import DO_NOT_SHIP
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario
from tests.dashboard.pages import (
    FILES,
    FOUR,
    POINT,
    STAKEHOLDERS,
    Page,
    assert_in_component,
    assert_selected,
    names_point,
)
from tests.dashboard.tables import NASTY


@pytest.mark.parametrize("name", FILES)
def test_a_file_opens_at_its_cheapest_point(open_without_intervals, name):
    page, rows = open_without_intervals(name), FILES[name]
    found = rows.pick("cost_of_errors", Scenario())
    assert found is not None
    assert_selected(page, rows, Scenario(), *found)
    assert page.link["data"].startswith("sha256:")
    assert ("undefined" in page.notices) == (name == "rank")
    assert (f"Only {rows.labels.sum()} defects" in page.notices) == (rows.labels.sum() < 100)


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_each_stakeholder_can_choose_every_objective(open_without_intervals, every):
    """Compare a stakeholder's figure and pick for all objectives, or for every n-th one."""
    rows, scenario = FILES["rank"], Scenario()
    model = rows.models[2]
    at = rows.thresholds(model)[12]
    page = open_without_intervals("rank", Choices(point=Point(model, at)))
    offered = {o for o in OBJECTIVES if not math.isnan(rows.value(o, model, at, scenario))}
    assert names_point(page.chosen, rows, model, at)
    for k, o in enumerate(sorted(offered)[::every]):
        stakeholder = STAKEHOLDERS[k % 3]
        page.set("selectbox", f"objective_{stakeholder}", o)
        assert page.link["want"].split(",")[k % 3] == o
        if not page.asks(stakeholder):
            assert page.figure(stakeholder) == rows.text(o, model, at, scenario), o
        best = rows.pick(o, scenario)
        if best is None:
            assert "no choice left" in page.card(stakeholder)
            continue
        if not page.asks(stakeholder):
            assert f"best {rows.text(o, *best, scenario)}" in page.card(stakeholder), o
        if OBJECTIVES[o].of_model:  # it does not depend on the threshold
            assert page.best(stakeholder) == best[0], o
        else:
            assert names_point(page.best(stakeholder), rows, *best), o
    labels = page.app.selectbox(key="objective_data").options
    assert len(labels) == len(offered)


def test_a_page_does_not_depend_on_earlier_pages(open_without_intervals):
    """Curves and charts are cached for prices of a miss that do not change them."""
    page = open_without_intervals(
        choices=Choices(payoff=(4.0, -1.5, -20.0, -2.5), limits=(("recall", 0.5),))
    )
    for price in (40.0, 7.0):
        page.set("number_input", "miss_cost", price)
    cache.forget(page.link["data"])
    assert open_without_intervals(**page.link).everything == page.everything


def test_the_condition_of_a_stakeholder_changes_its_pick(open_without_intervals):
    page = open_without_intervals()
    page.set("selectbox", "bound_on_product", "share_flagged")
    page.set("number_input", "bound_value_product", 10.0)  # per cent
    best = FOUR.pick(
        "missed_defects", Scenario(), also="share_flagged",
        within=lambda p: p["share_flagged"] <= 0.1,
    )  # fmt: skip
    assert best is not None
    assert names_point(page.best("product"), FOUR, *best)
    page.press("show_product")
    assert_selected(page, FOUR, Scenario(), *best)
    page.press("bound_reset_product")
    best = FOUR.pick("missed_defects", Scenario())
    assert best is not None
    assert names_point(page.best("product"), FOUR, *best)


def test_hiding_models_changes_no_figure_of_another(open_without_intervals):
    page = open_without_intervals(choices=Choices(point=POINT))
    figures = [page.figure(stakeholder) for stakeholder in STAKEHOLDERS]
    page.set("multiselect", "shown", [NASTY[1], NASTY[3]])
    assert [page.figure(stakeholder) for stakeholder in STAKEHOLDERS] == figures
    assert page.models == [NASTY[1], NASTY[3]]
    assert_in_component(page, FOUR, POINT.model, POINT.threshold)
    left = replace(FOUR, scores={m: FOUR.scores[m] for m in (NASTY[1], NASTY[3])})
    best = left.pick("revenue_impact", Scenario())
    assert best is not None
    assert names_point(page.best("executive"), FOUR, *best)


def test_names_are_text_on_the_page(open_without_intervals):
    page = open_without_intervals(
        choices=Choices(point=Point(NASTY[3], FOUR.thresholds(NASTY[3])[20]))
    )
    assert "<b>rule</b>, threshold " in page.chosen
    assert [m for m in page.markup if "<b>rule" in m] == []


OWN = """
from metrics import Direction, Unit, objective

@objective("hours at the bench", unit=Unit.COUNT, direction=Direction.MINIMISE, superlative="fewest")
def bench_hours(counts, context):
    '''Hours.'''
    return (counts.tp + counts.fp) * 0.25
"""


def test_a_user_defined_objective_can_be_chosen(folder, tmp_path, monkeypatch):
    module = tmp_path / "own.py"
    module.write_text(OWN)
    # Streamlit's cache for this file has only the objectives of other tests.
    path = replace(FOUR, labels=1 - FOUR.labels).write(tmp_path / "other.csv")
    link = to_query(Choices(point=POINT))
    try:
        page = Page(monkeypatch, path, "--objectives", str(module), link=link)
        page.set("selectbox", "objective_product", "bench_hours")
        flagged = int(FOUR.flagged(POINT.model, POINT.threshold).sum())
        assert float(page.figure("product")) == pytest.approx(flagged / 4, abs=0.05)
        assert page.link["want"] == "log_loss,bench_hours,revenue_impact"
        again = Page(monkeypatch, path, "--objectives", str(module), link=page.link)
        assert again.everything == page.everything
    finally:
        OBJECTIVES.pop("bench_hours", None)


def test_a_refused_file_and_a_wrong_command_line_have_a_message(tmp_path, monkeypatch):
    path = tmp_path / "percent.csv"
    path.write_text("id,label,a\nu1,1,93.1\nu2,0,4\nu3,1,50\n")
    page = Page(monkeypatch, str(path))
    said = page.refusals
    assert "93.1" in said
    assert "column a" in said
    assert "--scale percent" in said
    assert page.messages == []
    assert "none.csv" in Page(monkeypatch, str(tmp_path / "none.csv")).refusals
    scenario = tmp_path / "s.toml"
    scenario.write_text("miss_cost = 0\n")
    page = Page(monkeypatch, "--scenario", str(scenario))
    assert "miss_cost" in page.refusals
    page = Page(monkeypatch, "--no-such-option")
    assert "--no-such-option" in page.app.code[0].value


def test_the_best_model_can_be_selected_though_it_misses_the_limits(open_without_intervals):
    losses = {m: FOUR.value("log_loss", m, 0.5, Scenario()) for m in FOUR.models}
    lowest = min(losses, key=losses.__getitem__)
    least = max(
        p["recall"]
        for p in FOUR.points({"recall", "share_flagged"}, Scenario())
        if p["model"] != lowest and p["share_flagged"] < 0.5
    )
    page = open_without_intervals(
        choices=Choices(limits=(("share_flagged", 0.5), ("recall", least)))
    )
    button = page.app.button(key="show_data_beyond")
    value = figure(OBJECTIVES["log_loss"], losses[lowest], Scenario())
    assert button.label.startswith("Best for the data scientist: ")
    assert button.label.endswith(f", log loss {value}, misses a limit in this file")
    button.click().run()
    point = from_query(page.sound().link)[0].point
    assert point is not None
    assert point.model == lowest


def test_a_point_that_is_not_to_ship_has_the_warning_and_the_certified_point(
    open_without_intervals,
):
    page = open_without_intervals(
        choices=Choices(limits=(("share_flagged", 0.03),)), rows="held-out"
    )
    page.with_intervals()
    answer = page.facts["now"]["answer"]
    assert answer["warning"] == f"{DO_NOT_SHIP}: it meets the limit in under half of simulations."
    assert answer["reason"].startswith("Lowest ")
    page.press("show_certified").run()
    answer = page.facts["now"]["answer"]
    assert answer["limits"].endswith(": certified at 95%")
    assert not answer["warning"]
    assert not [button for button in page.app.button if button.key == "show_certified"]


def test_answers_are_computed_only_on_request(open_without_intervals, monkeypatch):
    def fail(*_):
        raise AssertionError("nobody asked")

    for name in ("evidence_of", "halving", "target_risk"):
        monkeypatch.setattr(f"dashboard.views.decide.stakeholder_cards.{name}", fail)
    page = open_without_intervals(choices=Choices(point=POINT, payoff=(4.0, -1.5, -20.0, -2.5)))
    assert page.figure("executive")


def test_the_sample_opens_without_a_file(monkeypatch):
    page = Page(monkeypatch)
    assert "held out" in " ".join(page.markup)
    assert page.notices == ""

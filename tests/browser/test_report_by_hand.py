"""Tests of a report in a browser: dragging its threshold, and its content without scripts."""

from __future__ import annotations

import json

import pytest

from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.charts import charts
from dashboard.export.decision_to_record import decision_of
from dashboard.export.html_report import render
from dashboard.session.choices import Choices
from dashboard.words.phrases import figure_with_unit
from metrics import Scenario
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    page = built_table(folder, FOUR, Scenario(miss_cost=3), Choices(point=POINT))
    path = folder / "report.html"
    path.write_text(render(DecisionFacts(decision_of(page, {})), charts(page)), encoding="utf-8")
    return path.as_uri(), page


def test_the_threshold_of_a_report_can_be_dragged(browser, report):
    url, state = report
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text))
    page.goto(url)
    hand, said = page.locator(".hand input"), page.locator(".hand output")
    words = json.loads(page.locator(".hand").get_attribute("data-words"))
    # The figures at each threshold equal those of some threshold of the rows.
    asked = [state.analysis.objectives[name] for name in ("missed_defects", "revenue_impact")]
    scenario = Scenario(miss_cost=3)
    found = {
        tuple(
            f"{o.label} {figure_with_unit(o, FOUR.value(o.id, POINT.model, t, scenario), scenario)}"
            for o in asked
        )
        for t in FOUR.thresholds(POINT.model)
    }
    for one in words:
        said_here = one.removesuffix(" This is the chosen one.").removesuffix(".")
        assert tuple(said_here.split(": ", 1)[1].split("; ")) in found
    own = state.selection.model_points.set_index("threshold")
    assert state.words(POINT.model, POINT.threshold) in said.inner_text()
    assert "This is the chosen one." in said.inner_text()
    assert page.locator(".hand-mark:visible").count() == 0
    hand.press("Home")
    assert said.inner_text() == words[0]
    assert page.locator("circle.hand-mark:visible").count() >= 1
    hand.press("End")
    assert said.inner_text() == words[-1] != words[0]
    hand.press("ArrowLeft")
    place = page.evaluate(
        "() => [...document.querySelectorAll('figure[data-dots]')].map(one => {"
        "const dot = one.querySelector('circle.hand-mark');"
        "return [dot.getAttribute('cx'), dot.getAttribute('cy')]; })"
    )
    assert place[0] != place[1]
    page.get_by_role("button", name="Back to the chosen one").click()
    assert "This is the chosen one." in said.inner_text()
    assert page.locator(".hand-mark:visible").count() == 0
    assert len(own) >= len(words)
    page.emulate_media(media="print")
    assert page.locator(".hand").is_hidden()
    page.close()
    assert wrong == []


def test_a_report_is_complete_without_scripts(browser, report):
    url, _ = report
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert page.locator(".hand").is_hidden()
    assert page.locator("figure svg").count() >= 2
    assert page.get_by_text("What each choice costs each stakeholder").is_visible()
    context.close()

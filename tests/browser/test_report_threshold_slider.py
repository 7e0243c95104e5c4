"""Tests of a report in a browser: the slider along its thresholds, and its content without scripts."""

from __future__ import annotations

import json

import pytest

from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.decision_to_record import decision_of
from dashboard.export.html_report import render
from dashboard.export.paper_charts import charts
from dashboard.session.choices import Choices
from dashboard.words.phrases import figure_with_unit
from metrics import Scenario
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT

CHOSEN = " This is the chosen one."


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Address of a report, and the page that it was made from."""
    folder = tmp_path_factory.mktemp("report")
    page = built_table(folder, FOUR, Scenario(miss_cost=3), Choices(point=POINT))
    path = folder / "report.html"
    path.write_text(render(DecisionFacts(decision_of(page, {})), charts(page)), encoding="utf-8")
    return path.as_uri(), page


@pytest.fixture
def report_page(browser, report):
    """Report in a browser, in which no script may fail or write to the console."""
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(report[0])
    yield page
    page.close()
    assert complaints == []


def sentences(page):
    """Sentence about each threshold of the slider."""
    return json.loads(page.locator(".hand").get_attribute("data-words"))


def dots(page):
    """Places of the slider's dots, by figure."""
    return page.evaluate(
        "() => [...document.querySelectorAll('figure[data-dots]')].map((figure) =>"
        " [...figure.querySelectorAll('circle.hand-mark')].map((dot) =>"
        " [dot.getAttribute('cx'), dot.getAttribute('cy')]))"
    )


def test_each_sentence_has_the_figures_of_a_threshold_of_the_rows(report_page, report):
    _, state = report
    objectives = [state.analysis.objectives[name] for name in ("missed_defects", "revenue_impact")]
    scenario = Scenario(miss_cost=3)
    by_hand = {
        "; ".join(
            f"{o.label} {figure_with_unit(o, FOUR.value(o.id, POINT.model, t, scenario), scenario)}"
            for o in objectives
        )
        for t in FOUR.thresholds(POINT.model)
    }
    figures = [
        sentence.removesuffix(CHOSEN).removesuffix(".").split(": ", 1)[1]
        for sentence in sentences(report_page)
    ]
    assert by_hand.issuperset(figures)
    assert len(figures) <= len(state.selection.model_points)


def test_a_report_opens_at_the_chosen_threshold_and_returns_to_it(report_page, report):
    _, state = report
    output = report_page.locator(".hand output")
    at_chosen = output.inner_text()
    assert state.words(POINT.model, POINT.threshold) in at_chosen
    assert at_chosen.endswith(CHOSEN)
    assert report_page.locator(".hand-mark:visible").count() == 0
    report_page.locator(".hand input").press("Home")
    assert report_page.locator("circle.hand-mark:visible").count() >= 1
    report_page.get_by_role("button", name="Back to the chosen one").click()
    assert output.inner_text() == at_chosen
    assert report_page.locator(".hand-mark:visible").count() == 0


def test_the_slider_ends_at_the_first_and_the_last_threshold(report_page):
    slider, output = report_page.locator(".hand input"), report_page.locator(".hand output")
    first, *_, last = sentences(report_page)
    slider.press("Home")
    assert output.inner_text() == first
    slider.press("End")
    assert output.inner_text() == last != first


def test_a_key_moves_the_sentence_and_the_dots_of_every_figure(report_page):
    slider, output = report_page.locator(".hand input"), report_page.locator(".hand output")
    slider.press("ArrowLeft")
    sentence, places = output.inner_text(), dots(report_page)
    slider.press("ArrowLeft")
    assert output.inner_text() != sentence
    assert len(places) == 2
    for earlier, later in zip(places, dots(report_page), strict=True):
        assert earlier != later


def test_the_slider_is_not_printed(report_page):
    report_page.emulate_media(media="print")
    assert report_page.locator(".hand").is_hidden()


def test_a_report_is_complete_without_scripts(browser, report):
    url, _ = report
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert page.locator(".hand").is_hidden()
    assert page.locator("figure svg").count() >= 2
    assert page.get_by_text("What each choice costs each stakeholder").is_visible()
    context.close()

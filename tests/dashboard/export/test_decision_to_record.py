"""Tests that exports also have the original name of a renamed model."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from dashboard import page_view
from dashboard.decisions.decision import Certificate, Decision, LimitRecord
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export import html_report, pptx_deck
from dashboard.export.decision_to_record import decision_of
from dashboard.export.paper_charts import charts
from dashboard.session.choices import Choices
from dashboard.session.url import from_query
from dashboard.words.decision import limits_in_force
from dashboard.words.decisions.record_texts import IF_TRAINED, PICKED
from metrics import Scenario
from metrics.scenario.scenario import Looks
from tests.dashboard import slides
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT, words
from tests.dashboard.tables import Rows

FULL = f"Camera v2 (own name {POINT.model})"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    choices = Choices(point=POINT, names=((POINT.model, "Camera v2"),))
    return built_table(tmp_path_factory.mktemp("named"), FOUR, Scenario(), choices)


def test_a_report_and_slides_name_renamed_models_with_their_own_name(page):
    facts = DecisionFacts(decision_of(page, {}))
    deck = slides.open_deck(pptx_deck.render(facts, charts(page)))
    said = [slides.texts(slide) + slides.notes(slide) for slide in deck.slides]
    said += [one.name for slide in deck.slides for c in slides.charts_in(slide) for one in c.series]
    for text in (words(html_report.render(facts, charts(page))), " ".join(said)):
        assert text.count("Camera v2") == text.count(FULL) > 3


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (None, "not said whether held out"),
        ("held-out", "held out: no model saw these rows"),
        ("training", "the models were trained on these units"),
    ],
)
def test_a_statement_about_the_rows_is_recorded_and_opened_again(page, rows, told):
    said = page_view.build(replace(page.choices, rows=rows), page.analysis.dataset, "light")
    decision = decision_of(said, {})
    assert decision.data.held_out == (rows or "unknown")
    assert decision.data.fingerprint == page.analysis.dataset.fingerprint
    assert told in words(html_report.render(DecisionFacts(decision), charts(said)))
    again, refused = from_query(dict(parse_qsl(decision.query)))
    assert (again.rows, refused) == (rows, ())
    # A reader's statement about the rows is not shown to other readers of the data.
    assert any("trained on these units" in text for text in decision.verdict) == (
        rows != "held-out"
    )
    assert "flatters" not in " ".join(decision_of(page, {}).verdict)


def test_exports_warn_of_few_defects(tmp_path):
    labels = np.repeat([1, 0], [40, 160])
    rows = Rows(labels, {"a": np.linspace(0.9, 0.1, 200)})
    few = built_table(tmp_path, rows, Scenario(), Choices(), resampled=True)
    decision = decision_of(few, {})
    scarcity = "Only 40 defects: these intervals may be too narrow, and “clear” too sure."
    wrong = "a overestimates: predicts 50% defects, 20% are (clear)."
    assert decision.basis.endswith(f"{PICKED} {IF_TRAINED} {scarcity} {wrong}")
    # If it is known whether the rows were held out, no condition is shown.
    held_out = decision_of(few.analysed(held_out="held-out"), {})
    assert held_out.basis.endswith(f"{PICKED} {scarcity} {wrong}")
    assert scarcity in words(html_report.render(DecisionFacts(decision), charts(few)))
    deck = slides.open_deck(pptx_deck.render(DecisionFacts(decision), charts(few)))
    assert any(scarcity in slides.texts(slide) for slide in deck.slides)


def test_a_decision_names_the_look_of_its_certificates(tmp_path):
    scenario = Scenario(limits={"recall": 0.5}, looks=Looks(of=10, this=2))
    decision = decision_of(built_table(tmp_path, FOUR, scenario, Choices(point=POINT)), {})
    assert decision.scenario["looks"] == {"of": 10, "this": 2}
    assert Decision.read(decision.as_dict()).as_dict() == decision.as_dict()
    assert "look" not in limits_in_force(DecisionFacts(replace(decision, certificate=None)))
    recall = LimitRecord("recall", "recall at least 50%", "certified")
    certified = replace(decision, certificate=Certificate(0.95, 4, (recall,), "certified"))
    assert limits_in_force(DecisionFacts(certified)).endswith("%), look 2 of 10")

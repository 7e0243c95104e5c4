"""Tests of the report: a whole decision in one file that fetches nothing and executes no name."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import plotly.graph_objects as go
from hypothesis import given
from hypothesis import strategies as st

from dashboard.decisions.decision import UnitNote
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.entry import ORIGIN, Recorded
from dashboard.decisions.read_export import expected_of
from dashboard.export.html_report import SCRIPT, render
from dashboard.export.paper_charts import PaperChart
from dashboard.export.worst_misses import ReportedUnit, WorstMisses
from dashboard.safe_text import harmless
from tests.dashboard.decided import ANY_TEXT, DECISION, decision_with_texts
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.pages import words

RECORDED = Recorded(7, "key", ORIGIN, "ab" * 32, DECISION)
FACTS = DecisionFacts(DECISION, RECORDED)
LIVE = PaperChart(
    "The trade-off",
    "Cheapest at 0.3",
    (),
    go.Figure(),
    dots=(((1.2, 2.0), None, (3.0, 4.0)),),
    upright=(0.0, 9.0),
    thresholds=("a at 0.2: recall 50%.", "a at 0.3: recall 40%.", "a at 0.4: recall 30%."),
    chosen=1,
)
PICTURE = PaperChart(
    "The front",
    "Two are on it",
    ("A note",),
    go.Figure(),
    models=(("#111", "bowtie", "boosting"),),
)


class Elements(HTMLParser):
    """Names and attributes of all elements that a browser would create from a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_the_verdict_has_what_to_do_and_the_details_of_earlier_records():
    made = render(DecisionFacts(replace(DECISION, details=("Best is <a>.",))))
    assert '<p class="ship">All three pick boosting.</p>' in made
    assert '<li class="detail">Best is &lt;a&gt;.</li>' in made


def test_a_report_has_the_notes_on_units():
    noted = replace(DECISION, unit_notes=(UnitNote("<i>7", "mislabelled?"),))
    assert "Notes on single units <i>7 mislabelled?" in words(render(DecisionFacts(noted)))
    assert "Notes on single units" not in words(render(DecisionFacts(DECISION)))


def test_a_view_without_a_record_says_so_and_has_no_hash(tmp_path):
    text = render(DecisionFacts(DECISION), [PICTURE])
    assert "was not recorded" in words(text)
    assert "common-ground:hash" not in text
    assert "was not recorded" not in words(render(FACTS, [PICTURE]))


def test_without_the_data_the_report_has_no_charts_and_says_so():
    text = render(FACTS)
    assert "<svg" not in text
    assert "charts are left out" in words(text)


def test_a_scenario_of_another_version_can_be_reported():
    name = "revenue_impact"
    made = replace(
        DECISION, scenario={"limits": {name: 0.5, "theirs": 2}, "payoff": {name: 1.0}, "new": 1}
    )
    text = words(render(DecisionFacts(made, RECORDED), [PICTURE]))
    assert f"{name} 0.5, theirs 2" in text
    assert f"{name.replace('_', ' ')} 1" in text
    assert "New" in text


def test_verify_finds_the_decision_of_a_report(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(FACTS, [PICTURE]), encoding="utf-8")
    found = expected_of(path)
    assert (found.hash, found.number) == (RECORDED.hash, 7)


@given(ANY_TEXT | st.sampled_from(HOSTILE))
def test_names_are_never_markup(name):
    usual = Elements(render(DecisionFacts(decision_with_texts("plain"), RECORDED), [PICTURE]))
    met = Elements(render(DecisionFacts(decision_with_texts(name), RECORDED), [PICTURE]))
    if not name.strip():  # empty values have no line
        return
    assert met.tags == usual.tags
    assert [key for key, _ in met.attributes] == [key for key, _ in usual.attributes]
    assert "script" not in met.tags


def test_the_policy_allows_only_the_reports_own_style():
    text = render(FACTS, [PICTURE])
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]  # type: ignore[index]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    made = Elements(text)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(made.tags)
    assert not {"src", "href", "style", "xlink:href"} & {key for key, _ in made.attributes}
    assert "url(" not in style
    assert "@import" not in style


def test_the_worst_misses_are_shown_on_request():
    """Their pictures are data URLs, which the report's security policy only allows in this case."""
    picture = "data:image/jpeg;base64,/9j/"
    units = (ReportedUnit("u1", ("score 0.1",), picture), ReportedUnit("u2", ("dent",), ""))
    misses = WorstMisses("Catches 2", ("Fewest of dent",), units)
    text = render(FACTS, [PICTURE], misses=misses)
    assert [value for key, value in Elements(text).attributes if key == "src"] == [picture]
    for said in ("Catches 2", "Fewest of dent.", "u1 score 0.1", "no picture", "u2 dent"):
        assert said in " ".join(words(text).split())
    assert "; img-src data:" in text
    alone = render(FACTS, [PICTURE], misses=replace(misses, units=units[1:]))
    assert "img-src" not in alone
    for name in HOSTILE:
        hostile = (ReportedUnit(name, (name, name), picture), replace(units[1], id=name))
        met = Elements(render(FACTS, [], misses=WorstMisses(name, (name,), hostile)))
        assert met.tags.count("img") == 1
        assert not {"script", "svg", "a"} & set(met.tags)
        assert not {key for key, _ in met.attributes if key.startswith("on")}


def test_the_policy_names_the_only_script():
    text = render(FACTS, [PICTURE, LIVE])
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    own = SCRIPT.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    assert policy.split("; ")[-1] == f"script-src 'sha256-{digest}'"
    made = Elements(text)
    assert made.tags.count("script") == 1
    assert f"<script>{own}</script>" in text
    assert "</" not in own
    assert not {"src", "href", "xlink:href"} & {key for key, _ in made.attributes}
    carried = dict(made.attributes)
    assert json.loads(carried["data-words"]) == list(LIVE.thresholds)
    assert json.loads(carried["data-dots"]) == {
        "dots": [[[1.2, 2.0], None, [3.0, 4.0]]],
        "upright": [0.0, 9.0],
    }
    assert (carried["max"], carried["value"]) == ("2", "1")


@given(ANY_TEXT | st.sampled_from(HOSTILE))
def test_texts_that_follow_a_drag_are_never_markup(name):
    live = replace(LIVE, thresholds=(name, name))
    usual, met = (
        Elements(render(FACTS, [one])) for one in (replace(LIVE, thresholds=("a",)), live)
    )
    assert met.tags == usual.tags
    assert json.loads(dict(met.attributes)["data-words"]) == [harmless(name)] * 2


def test_the_link_has_the_address_of_the_app():
    text = words(render(FACTS, address="http://line3:8501/ground/"))
    assert f"http://line3:8501/ground/?{DECISION.query}" in text

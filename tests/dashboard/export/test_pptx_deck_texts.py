"""Tests of the texts on slides: the assumptions are included, and nothing overlaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.util import Inches

from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.export.pptx_deck import render
from dashboard.export.pptx_text import count_lines
from dashboard.words.decisions.decision_summary import decision_summary
from tests.dashboard.decided import DECISION
from tests.dashboard.slides import RECORDED, assert_apart, notes, open_deck, texts


@pytest.mark.parametrize("scenario", [{"currency": "?"}, {"limits": {"somebody's own": 3.0}}, {}])
def test_unknown_figures_are_left_out(scenario):
    assert decision_summary(DecisionFacts(replace(DECISION, scenario=scenario))) == ""


def test_missing_stakeholders_are_named_with_the_others():
    stakeholders = (
        DECISION.stakeholders[0],
        *(replace(s, verdict="", name="") for s in DECISION.stakeholders[1:]),
    )
    last = open_deck(
        render(DecisionFacts(replace(DECISION, stakeholders=stakeholders), RECORDED))
    ).slides[-1]
    assert "Ada" in texts(last)
    assert texts(last).count("has not been asked") == 2


@pytest.mark.parametrize("title", ["trial", "a long name of a file " * 20])
def test_every_slide_states_the_basis_of_its_figures(title):
    basis = (
        "Figures are for 2,400,000 units a year at 3.0% defects (the file has 12.5%). A miss costs 5 false "
        "alarms."
    )
    decision = replace(DECISION, basis=basis, data=replace(DECISION.data, title=title))
    for slide in open_deck(render(DecisionFacts(decision, RECORDED))).slides:
        foot = [
            s.text_frame.text
            for s in slide.shapes
            if s.has_text_frame and basis in s.text_frame.text
        ]
        assert len(foot) == 1
        assert foot[0].startswith(title[:20])
        assert count_lines(foot[0], 7.4, 10) <= 2


@pytest.mark.slow  # long reasons are tested in every run
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 60), st.integers(0, 400), st.integers(1, 8))
def test_long_texts_do_not_overlap(short, long, count):
    name, said = "model_" * short, "two words " * long
    spot = replace(DECISION.chosen, words=f"{name} at 0.31")
    stakeholders = tuple(
        replace(s, pick=spot, words=said, wish=said[:80]) for s in DECISION.stakeholders
    )
    decision = replace(
        DECISION,
        chosen=spot,
        today=spot,
        stakeholders=stakeholders,
        verdict=(said,) * count,
        why=said,
    )
    deck = open_deck(render(DecisionFacts(decision, replace(RECORDED, decision=decision))))
    for slide in deck.slides:
        assert_apart(slide)


def test_long_reasons_are_cut_on_the_slide_and_complete_in_the_notes():
    long = " ".join(f"reason {k}" for k in range(200))
    stakeholders = tuple(
        replace(stakeholder, words=f"{stakeholder.title} {long}")
        for stakeholder in DECISION.stakeholders
    )
    decision = replace(
        DECISION, why=long, objections=long, stakeholders=stakeholders, verdict=(long,) * 6
    )
    deck = open_deck(render(DecisionFacts(decision, replace(RECORDED, decision=decision))))
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.top + shape.height <= Inches(7.5)
    assert notes(deck.slides[-1]).count(long) == 5
    assert notes(deck.slides[0]).count(long) == 6

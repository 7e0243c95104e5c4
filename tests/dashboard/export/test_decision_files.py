"""Tests of exported files: same figures and names, and nothing that a reader's program would execute."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from dashboard.decisions.decision import Decision, Spot
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.entry import ORIGIN, Recorded
from dashboard.decisions.read_export import expected_of
from dashboard.export.decision_files import decision_json, decision_toml
from tests.dashboard.decided import DECISION, DECISIONS, decision_with_texts, record_decisions
from tests.dashboard.hostile import HOSTILE


def facts_about(decision: Decision) -> DecisionFacts:
    return facts_of(Recorded(7, "key", ORIGIN, "ab" * 32, decision))


@given(DECISIONS)
def test_json_has_every_field_of_a_decision(decision):
    given = json.loads(decision_json(facts_about(decision)))
    assert given["decision"] == decision.as_dict()
    assert (given["number"], given["hash"]) == (7, "ab" * 32)


def test_an_exported_decision_can_be_found_in_its_register(tmp_path):
    [one] = record_decisions(tmp_path / "r.sqlite", 1).all()
    path = tmp_path / "decision.json"
    path.write_text(decision_json(facts_of(one)))
    found = expected_of(path)
    assert (found.hash, found.number) == (one.hash, 1)


@given(DECISIONS)
def test_toml_is_read_back_with_the_same_values(decision):
    given = tomllib.loads(decision_toml(facts_about(decision)))
    assert given["ship"].get("model") == decision.chosen.model
    assert given["ship"]["threshold"] == decision.chosen.threshold
    assert given["decision"]["why"] == decision.why
    assert [stakeholder["name"] for stakeholder in given.get("seat", [])] == [
        s.name for s in decision.stakeholders
    ]
    assert given["data"]["files"] == list(decision.data.files)


@pytest.mark.parametrize("name", HOSTILE)
def test_toml_and_json_escape_deceptive_characters(name):
    decision = facts_about(decision_with_texts(name))
    for text in (decision_toml(decision), decision_json(decision)):
        assert not any(sign in text for sign in "\u202e\u2066\u2028\x00")
    assert tomllib.loads(decision_toml(decision))["ship"]["model"] == name


def test_toml_without_a_model_names_none():
    everything = replace(DECISION, chosen=Spot(None, np.inf, "ship everything"))
    assert "model" not in tomllib.loads(decision_toml(facts_about(everything)))["ship"]

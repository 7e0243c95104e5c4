"""What leaves the app: the same figures and names, and nothing that a reader's program would obey."""

from __future__ import annotations

import ast
import csv
import io
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from dashboard.decisions.decision import ORIGIN, Decision, Recorded, Spot
from dashboard.decisions.facts import DecisionFacts, facts_of
from dashboard.decisions.verify_register import expected_of
from dashboard.export.decision_files import (
    decision_json,
    decision_toml,
    points_csv,
    points_parquet,
    snippet,
)
from tests.dashboard.decided import ANY_TEXT, DECISION, DECISIONS, recorded
from tests.dashboard.hostile import HOSTILE


def of(decision: Decision) -> DecisionFacts:
    return facts_of(Recorded(7, "key", ORIGIN, "ab" * 32, decision))


def named(name: str) -> Decision:
    """A decision in which everything is called alike."""
    return replace(
        DECISION,
        why=name,
        objections=name,
        chosen=Spot(name, 0.31, name),
        today=Spot(name, 0.4, name),
        data=replace(DECISION.data, title=name, files=(name,), models=(name,)),
        stakeholders=tuple(
            replace(stakeholder, name=name, words=name, wish=name)
            for stakeholder in DECISION.stakeholders
        ),
    )


@given(DECISIONS)
def test_json_holds_all_of_a_decision(decision):
    given = json.loads(decision_json(of(decision)))
    assert given["decision"] == decision.as_dict()
    assert (given["number"], given["hash"]) == (7, "ab" * 32)


def test_an_exported_decision_can_be_looked_for(tmp_path):
    [one] = recorded(tmp_path / "r.sqlite", 1).all()
    path = tmp_path / "decision.json"
    path.write_text(decision_json(facts_of(one)))
    found = expected_of(path)
    assert (found.hash, found.number) == (one.hash, 1)


@given(DECISIONS)
def test_toml_is_read_back_as_it_was_meant(decision):
    given = tomllib.loads(decision_toml(of(decision)))
    assert given["ship"].get("model") == decision.chosen.model
    assert given["ship"]["threshold"] == decision.chosen.threshold
    assert given["decision"]["why"] == decision.why
    assert [stakeholder["name"] for stakeholder in given.get("seat", [])] == [
        s.name for s in decision.stakeholders
    ]
    assert given["data"]["files"] == list(decision.data.files)


@pytest.mark.parametrize("name", HOSTILE)
def test_toml_and_json_show_every_sign_as_what_it_is(name):
    decision = of(named(name))
    for text in (decision_toml(decision), decision_json(decision)):
        assert not any(sign in text for sign in "\u202e\u2066\u2028\x00")
    assert tomllib.loads(decision_toml(decision))["ship"]["model"] == name


@given(
    ANY_TEXT | st.sampled_from(HOSTILE),
    st.sampled_from(["probability", "percent", "logit", "rank"]),
)
def test_no_name_ends_the_snippets_own_text(name, scale):
    decision = named(name)
    decision = replace(decision, at=name, data=replace(decision.data, scale=scale))
    tree = ast.parse(snippet(of(decision)))
    kinds = [type(node) for node in tree.body]
    assert kinds == [ast.Expr, ast.ImportFrom, ast.Assign, ast.Assign, ast.FunctionDef]
    assert ast.literal_eval(tree.body[2].value) == name  # type: ignore[attr-defined]


@pytest.mark.parametrize("threshold", ["observed", "inf"])
def test_the_snippet_ships_what_was_decided(threshold):
    """Scikit-learn's classifier flags the units whose score is at or above the threshold, and no other."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(300, 2)), rng.integers(0, 2, 300)
    fitted = LogisticRegression().fit(x, y)
    scores = fitted.predict_proba(x)[:, 1]
    at = float(np.sort(scores)[150]) if threshold == "observed" else np.inf
    room: dict[str, Any] = {}
    exec(snippet(of(replace(DECISION, chosen=Spot("m", at, "m")))), room)
    flags = room["shipped"](FrozenEstimator(fitted)).fit(x, y).predict(x)
    np.testing.assert_array_equal(flags == 1, scores >= at)
    assert (flags == 1).sum() == (150 if threshold == "observed" else 0)


FORMULAS = "=+-@\t\r"
FRAMES = st.lists(st.tuples(ANY_TEXT, st.floats(allow_infinity=True)), min_size=1, max_size=5)


@given(FRAMES, st.sampled_from(["threshold", "=cmd", "\tx", "@SUM(A1)"]))
def test_no_cell_of_a_csv_is_a_formula(rows, heading):
    frame = pd.DataFrame(rows, columns=["model", heading])
    frame[heading] = frame[heading].astype(float)
    lines = list(csv.reader(io.StringIO(points_csv(frame).decode(), newline="")))
    assert not any(name.startswith(tuple(FORMULAS)) for name in lines[0])
    for (model, value), (cell, number) in zip(rows, lines[1:], strict=True):
        assert not cell.startswith(tuple(FORMULAS))
        assert cell == model or cell == f"'{model}"
        assert (np.isnan(value) and number == "") or float(number) == value


@pytest.mark.parametrize("sign", [*FORMULAS, " =", '"=', "＝", "＠"])
def test_what_a_spreadsheet_would_reckon_is_text(sign):
    frame = pd.DataFrame({"model": [f"{sign}1+1"], "revenue": [-3.5]})
    [_, [model, revenue]] = csv.reader(io.StringIO(points_csv(frame).decode(), newline=""))
    assert model == f"'{sign}1+1"
    assert revenue == "-3.5"  # a number stays one


@given(FRAMES)
def test_parquet_holds_names_and_figures_as_they_are(rows):
    assume(all("\x00" not in model for model, _ in rows))
    frame = pd.DataFrame(rows, columns=["model", "threshold"])
    frame["threshold"] = frame["threshold"].astype(float)
    table = pq.read_table(io.BytesIO(points_parquet(frame, DECISION)))
    assert table.column("model").to_pylist() == [model for model, _ in rows]
    np.testing.assert_array_equal(table.column("threshold").to_numpy(), frame["threshold"])
    assert table.schema.metadata[b"fingerprint"].decode() == DECISION.data.fingerprint


def test_nothing_to_set_a_threshold_on_is_said(tmp_path: Path):
    everything = replace(DECISION, chosen=Spot(None, np.inf, "ship everything"))
    compile(snippet(of(everything)), "snippet", "exec")
    assert "model" not in tomllib.loads(decision_toml(of(everything)))["ship"]

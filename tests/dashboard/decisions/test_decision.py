"""Tests of reading and writing a recorded decision, and of the errors about invalid fields."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from dashboard.decisions.canonical_json import canonical
from dashboard.decisions.decision import Decision
from dashboard.decisions.decision_facts import DecisionFacts
from metrics import ScoreError
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from tests.dashboard.decided import DECISION, DECISIONS
from tests.metrics.opening import error_of


@given(DECISIONS)
def test_a_decision_is_read_back_unchanged(decision):
    assert Decision.read(decision.as_dict()) == decision


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"figures": (replace(DECISION.figures[0], expected=80.5), *DECISION.figures[1:])},
        {"chosen": replace(DECISION.chosen, ship_below=0.25)},
    ],
)
def test_unknown_values_are_not_written(changes: dict[str, Any]) -> None:
    record = replace(DECISION, **changes).as_dict()
    assert Decision.read(json.loads(json.dumps(record))).as_dict() == record
    assert ("expected" in record["figures"][0]) == ("figures" in changes)
    assert ("ship_below" in record["chosen"]) == ("chosen" in changes)


@pytest.mark.parametrize("form", [0, 1, 7, 9, "8", 8.0, None])
def test_an_unknown_version_is_refused(form: object) -> None:
    with pytest.raises(ScoreError, match="a decision must be written in form 8, got"):
        Decision.read(DECISION.as_dict() | {"form": form})


def with_value(record, path, value):
    """Serialised decision with another value at one path; the ellipsis removes the field."""
    step, *rest = path
    changed = list(record) if isinstance(record, list) else dict(record)
    if isinstance(changed, dict) and not rest and value is ...:
        del changed[step]
    else:
        changed[step] = with_value(changed[step], rest, value) if rest else value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "column", "shown"),
    [
        (["data", "rows"], "many", "data.rows", "many"),
        (["data", "rows"], True, "data.rows", "True"),
        (["data", "rows"], 40.5, "data.rows", "40.5"),
        (["data", "models"], "boosting", "data.models", "boosting"),
        (["data", "colour"], "red", "data.colour", "red"),
        (["verdict"], "All three pick boosting.", "verdict", "All three pick boosting."),
        (["verdict", 0], 7, "verdict.0", "7"),
        (["seed"], "0", "seed", "0"),
        (["why"], None, "why", None),
        (["why"], ..., "why", None),
        (["scenario"], [], "scenario", "[]"),
        (["counts", "tp"], "31", "counts.tp", "31"),
        (["chosen", "threshold"], "0.31", "chosen.threshold", "0.31"),
        (["chosen", "threshold"], True, "chosen.threshold", "True"),
        (["seats", 1, "verdict"], "perhaps", "seats.1.verdict", "perhaps"),
        (["seats", 1, "own", "low"], "less", "seats.1.own.low", "less"),
        (["seats", 1, "seat"], ..., "seats.1.seat", None),
        (["seats", 1, "stakeholder"], "data", "seats.1.stakeholder", "data"),
        (["stakeholders"], [], "stakeholders", "[]"),
        (["form"], True, None, "True"),
        (["unsettled"], "recall", "unsettled", "recall"),
        (["unsettled"], [3], "unsettled.0", "3"),
        (["unit_notes"], [{"unit": "a"}], "unit_notes.0.words", None),
        (["certificate"], "certified", "certificate", "certified"),
        (["missed"], "often", "missed", "often"),
    ],
)
def test_an_invalid_field_is_refused_with_its_place(path, value, column, shown):
    error = error_of(lambda: Decision.read(with_value(DECISION.as_dict(), path, value)))
    [problem] = error.problems
    assert (problem.code, problem.column, problem.value) == ("E_DECISION", column, shown)


@pytest.mark.parametrize("written", [None, [], "a decision", {}])
def test_a_decision_must_be_a_mapping(written):
    assert error_of(Decision.read, written).code == "E_DECISION"


@pytest.mark.parametrize(
    ("written", "missed"),
    [
        ({"missed": None}, NOT_KNOWN),
        ({"missed": 0.3}, LimitsMissed(0.3)),
        # Older records may have no count, or an estimate instead.
        ({"missed": None, "missed_uncounted": True}, NOT_KNOWN),
        ({"missed": 0.2, "missed_uncounted": True}, LimitsMissed(0.2)),
        # In still older records the largest number below a half means that there is no count.
        ({"missed": math.nextafter(0.5, 0)}, NOT_KNOWN),
    ],
)
def test_risks_are_read_back_unchanged(written: dict[str, Any], missed: LimitsMissed) -> None:
    record = DECISION.as_dict() | written
    decision = Decision.read(record)
    assert canonical(decision.as_dict()) == canonical(record)
    assert DecisionFacts(decision).missed == missed


def test_infinite_and_whole_figures_are_read_back_unchanged():
    record = with_value(DECISION.as_dict(), ["chosen", "threshold"], "inf")
    decision = Decision.read(record)
    assert decision.chosen.threshold == float("inf")
    assert canonical(decision.as_dict()) == canonical(record)
    assert str(decision.counts["tp"]) == "31"

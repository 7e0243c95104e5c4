from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import Problem, ScoreError, shown, warning

texts = st.none() | st.text(max_size=20)
problems = st.builds(
    Problem,
    code=st.text(min_size=1, max_size=10),
    severity=st.sampled_from(["error", "warning"]),
    message=st.text(max_size=30),
    file=texts,
    row=st.none() | st.integers(1, 10**9),
    column=texts,
    value=texts,
    hint=texts,
)


def test_the_sentence_names_rule_place_and_next_act():
    error = ScoreError(
        "E_RANGE",
        "a score must be at most 1, got 2",
        file="s.csv",
        row=3,
        column="a",
        hint="Say so.",
    )
    assert str(error) == "a score must be at most 1, got 2 (s.csv, row 3, column a). Say so."
    assert (error.code, error.row, error.column, error.value) == ("E_RANGE", 3, "a", None)
    assert str(ScoreError("E_X", "it must be so")) == "it must be so."


@given(st.lists(problems, min_size=1, max_size=6))
def test_errors_come_first_and_survive_pickling(found):
    if all(p.severity == "warning" for p in found):
        with pytest.raises(TypeError):
            ScoreError.of(found)
        return
    error = ScoreError.of(found)
    errors = [p for p in found if p.severity == "error"]
    warnings = [p for p in found if p.severity == "warning"]
    assert error.problems == (*errors, *warnings)
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == str(error)
    assert all(str(p) in str(error) for p in errors)


@given(problems)
def test_a_problem_as_a_dict_has_the_contracts_keys(problem):
    assert list(problem.as_dict()) == [
        "code", "severity", "message", "file", "row", "column", "value", "hint",
    ]  # fmt: skip
    assert Problem(**problem.as_dict()) == problem


def test_a_warning_refuses_nothing():
    assert warning("W_X", "note", file="f").severity == "warning"


@given(st.text(max_size=200), st.integers(2, 80))
def test_shown_text_fits(text, limit):
    cut = shown(text, limit)
    assert len(cut) <= limit
    assert cut == text if len(text) <= limit else text.startswith(cut[:-1])

"""Tests of errors and warnings: their sentence, their parts, and their form as data."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import (
    FileName,
    Got,
    OneOf,
    Option,
    Problem,
    Quantity,
    ScoreError,
    Wording,
    counted,
    either,
    parts_of,
    shown,
    with_option,
)
from metrics.strict_mapping import StructureError

short = st.text(max_size=8)
options = st.builds(
    Option,
    st.sampled_from(["label", "models", "segments", "model_key", "common_ids"]),
    st.lists(short, max_size=3).map(tuple),
    st.sampled_from(["object", "means", "end"]),
)
parts = (
    short
    | options
    | short.map(FileName)
    | short.map(Got)
    | st.builds(Quantity, st.integers(0, 10**9), short, short)
    | st.lists(short, min_size=1, max_size=3).map(lambda values: OneOf(tuple(values)))
)
wordings = st.lists(parts, max_size=4).map(lambda made: Wording(*made))
texts = st.none() | st.text(max_size=20)
problems = st.builds(
    Problem,
    code=st.text(min_size=1, max_size=10),
    severity=st.sampled_from(["error", "warning"]),
    message=st.text(max_size=30) | wordings,
    file=texts,
    row=st.none() | st.integers(1, 10**9),
    column=texts,
    value=texts,
    hint=texts | wordings,
)


def values_of(problem):
    return [part for part in problem.parts if not isinstance(part, str)]


def test_an_error_names_the_rule_the_place_and_what_to_do_next():
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
def test_a_problem_as_a_dict_has_the_documented_keys(problem):
    assert list(problem.as_dict()) == [
        "code", "severity", "message", "file", "row", "column", "value", "hint",
    ]  # fmt: skip
    assert Problem(**problem.as_dict()) == problem
    assert all(type(text) is not Wording for text in problem.as_dict().values())


@given(problems)
def test_a_problem_keeps_its_parts_when_it_is_packed_pickled_or_copied(problem):
    packed = Problem.read(json.loads(json.dumps(problem.packed())))
    for again in (packed, pickle.loads(pickle.dumps(problem)), copy.deepcopy(problem)):
        assert again == problem
        assert values_of(again) == values_of(problem)
    plain = Problem.read(json.loads(json.dumps(problem.as_dict())))
    assert (plain, str(plain)) == (problem, str(problem))


@pytest.mark.parametrize(
    "message",
    [
        [{"option": {"keyword": "nothing"}}],
        [{"option": {"keyword": "id"}, "got": {"got": "1"}}],
        [{"option": {"keyword": "id", "more": 1}}],
        [{"code": {"code": "1"}}],
        [{}],
        [1],
        ["a", ["b"]],
        {"got": {"got": "1"}},
    ],
    ids=str,
)
def test_parts_of_an_unknown_form_are_refused(message):
    with pytest.raises(StructureError, match="message must be a text"):
        Problem.read({"code": "E_X", "severity": "error", "message": message})


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Option("models"), "--model"),
        (Option("segments"), "--segment"),
        (Option("model_key"), "--model-key"),
        (with_option("id"), "with --id"),
        (with_option("scale", "percent", "logit", "rank"), "with --scale percent, logit or rank"),
        (Option("decimal", (",",)), '--decimal ","'),
        (Option("models", ("p 1",), "end"), "it: --model 'p 1'"),
        (FileName("a/b.csv"), "a/b.csv"),
        (Got("'x'"), ", got 'x'"),
        (Quantity(1, "score is", "scores are"), "1 score is"),
        (Quantity(1200, "score is", "scores are"), "1,200 scores are"),
        (OneOf(("0", "1")), "0 or 1"),
    ],
)
def test_a_part_reads_as_on_the_command_line(part, text):
    wording = Wording("Say ", part, ".")
    assert wording == f"Say {text}."
    assert Wording("Now: ", wording).parts == ("Now: ", "Say ", part, ".")
    assert (parts_of(wording), parts_of("Say.")) == (("Say ", part, "."), ("Say.",))


@pytest.mark.parametrize(
    ("values", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), ("abc", "a, b or c")]
)
def test_a_list_of_choices_has_or_before_the_last(values, text):
    assert either(values) == text


def test_renaming_files_changes_every_mention_in_a_problem():
    given = Problem(
        "E_X",
        "error",
        Wording(
            "not in ", FileName("/d/a.csv"), ", got: /d/a.csv.gz", Got("/d/a.csv"), Option("id")
        ),
        file="/d/a.csv.gz",
        hint="Write /d/a.csv again.",
    )
    renamed = given.renamed({"/d/a.csv": "first", "/d/a.csv.gz": "second"})
    assert str(renamed) == "not in first, got: second, got first--id (second). Write first again."
    assert FileName("first") in renamed.parts
    assert Option("id") in renamed.parts


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 defects"), (1, "1 defect"), (1220, "1,220 defects")]
)
def test_a_count_has_its_noun(count, text):
    assert counted(count, "defect") == text
    assert counted(count, "loss", "losses").endswith("loss") == (count == 1)


@given(st.text(max_size=200), st.integers(2, 80))
def test_a_shown_text_is_cut_to_the_limit(text, limit):
    cut = shown(text, limit)
    assert len(cut) <= limit
    assert cut == text if len(text) <= limit else text.startswith(cut[:-1])

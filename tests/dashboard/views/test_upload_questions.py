"""Tests that questions are foreseen from the first rows, before a file is read."""

from __future__ import annotations

import pytest

from dashboard.views.data.previewed_files import FirstRows
from dashboard.views.data.upload_questions import questions_to_expect
from tests.dashboard.previews import COLUMNS, column, first_rows


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ([column("y", "text", ["0", "1"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["Yes", "no"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["good", "bad"]), column("a", "number", (), 0.0, 1.0)], {"positive"}),
        ([column("y", "text", "abc"), column("a", "number", (), 0.0, 1.0)], {"positive"}),
        ([column("y", "text", ["0", "1", "x"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["0", "1", "NA"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["ok", "nok", "NA"]), column("a", "number")], {"positive"}),
        ([column("y", "text", ["0", "1"]), column("a", "number", (), 0.2, 97.5)], {"scale"}),
        ([column("y", "text", ["0", "1"]), column("a", "number", (), -3.0, 0.5)], {"scale"}),
        ([column("y", "text", ["0", "1"]), column("a", "empty")], set()),
        ([column("y", "text", ["x", "y"]), column("a", "decimal-comma")], {"positive", "decimal"}),
    ],
)
def test_questions_of_the_next_attempt_are_foreseen(columns, wanted):
    first = FirstRows([first_rows(columns, label=["y"], models=["a"])])
    assert set(questions_to_expect(first, {})) == wanted


def test_a_column_beside_probabilities_asks_for_no_scale_unless_it_is_named():
    columns = [
        column("y", "text", ["0", "1"]),
        column("a", "number", (), 0.0, 1.0),
        column("mm", "number", (), 3.0, 9.0),
    ]
    first = FirstRows([first_rows(columns, label=["y"], models=["a", "mm"])])
    assert questions_to_expect(first, {}) == {}
    assert set(questions_to_expect(first, {"models": ["a", "mm"]})) == {"scale"}
    assert questions_to_expect(first, {"models": ["a"]}) == {}


def test_the_question_about_a_label_lists_its_own_values():
    columns = [
        column("y", "text", ["0", "1"]),
        column("grade", "text", ["fine", "scrap"]),
        COLUMNS[2],
    ]
    first = FirstRows([first_rows(columns, label=["y"], models=["a"])])
    assert questions_to_expect(first, {}) == {}
    assert set(questions_to_expect(first, {"label": "grade"})) == {"positive"}

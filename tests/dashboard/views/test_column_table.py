"""Tests that a select box in the table of columns sets the role of a column."""

from __future__ import annotations

import pytest

from dashboard.views.data.column_table import with_options, with_use
from metrics.io.column_uses import ColumnUse

OWN = [
    ColumnUse("id", "id"),
    ColumnUse("y", "label"),
    ColumnUse("a", "models"),
    ColumnUse("b", "models"),
    ColumnUse("w", "weight"),
    ColumnUse("p", "decision"),
    ColumnUse("x", "ignore", "it is text"),
]


@pytest.mark.parametrize(
    ("name", "use", "before", "said", "seen"),
    [
        ("x", "models", {}, {"models": ["a", "b", "x"]}, {"x": "models", "b": "models"}),
        ("b", "ignore", {}, {"ignore": ["b"]}, {"a": "models", "b": "ignore"}),
        ("w", "ignore", {"ignore": ["b"]}, {"ignore": ["b", "w"]}, {"w": "ignore", "b": "ignore"}),
        ("x", "label", {}, {"label": "x"}, {"x": "label", "y": None}),
        ("x", "id", {}, {"id": ["id", "x"]}, {"x": "id", "id": "id"}),
        ("x", "decision", {}, {"decision": "x"}, {"x": "decision", "p": "decision"}),
        ("b", "segments", {"models": ["a", "b"]}, {"models": ["a"], "segments": ["b"]}, {"b": "segments"}),
        ("x", None, {"label": "x"}, {}, {"y": "label", "x": "ignore"}),
        ("y", "value", {"label": "y", "scale": "rank"}, {"value": "y", "scale": "rank"}, {"y": "value"}),
    ],
)  # fmt: skip
def test_a_select_box_in_the_table_sets_the_role_of_a_column(name, use, before, said, seen):
    options = with_use(with_options(OWN, before), name, use, before)
    assert options == said
    uses = {column.name: column.use for column in with_options(OWN, options)}
    assert {column: uses[column] for column in seen} == seen

"""Tests that every figure equals its golden value to 1e-12."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from tests.golden import tables
from tests.golden.__main__ import values_of
from tests.golden.app_values import APP_TABLES, DECISION_TABLES
from tests.golden.library_values import TABLES
from tests.golden.scenarios_by_file import FILES

SHOWN = 30
"""Number of differences of a file that a failure prints."""


@cache
def golden(file: str) -> dict[str, dict[str, dict[str, list[Any]]]]:
    return tables.read(tables.VALUES, file)


@pytest.mark.parametrize("file", FILES)
def test_every_value_equals_its_golden_value(file: str) -> None:
    found = tables.all_differences(golden(file), values_of(file), file)
    shown = "\n".join(found[:SHOWN])
    assert not found, f"{len(found):,} values differ\n{shown}"


def test_every_quantity_is_in_the_values() -> None:
    written = Counter(
        table for file in FILES for tables_of in golden(file).values() for table in tables_of
    )
    of_decisions = {"command", *(f"app_{name}" for name in DECISION_TABLES)}
    assert written.keys() == TABLES.keys() | APP_TABLES.keys() | of_decisions
    # A quantity needs several cells, because one cell would reveal few errors.
    assert {name for name, cells in written.items() if cells < 2} == set()


@pytest.mark.parametrize("changed", ["number", "name", "row", "column", "table"])
def test_a_change_is_reported_with_its_place(changed: str) -> None:
    old = golden("governors")
    new = deepcopy(old)
    picks = new["plain"]["picks"]
    row = picks["objective"].index("cost_of_errors")
    if changed == "number":
        picks["value"][row] *= 1 + 3e-12
    elif changed == "name":
        picks["model"][row] = "another"
    elif changed == "row":
        picks["value"].pop()
    elif changed == "column":
        del picks["value"]
    else:
        del new["plain"]["picks"]
    [difference] = tables.all_differences(old, new, "governors")
    assert difference.startswith("file governors, scenario plain, picks")
    if changed == "number":
        assert f"column value, row {row}" in difference
        assert repr(old["plain"]["picks"]["value"][row]) in difference
        assert repr(picks["value"][row]) in difference


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (1.0, 1.0 + 5e-13, True),
        (1.0, 1.0 + 5e-12, False),
        (1e9, 1e9 + 5e-4, True),
        (0.0, 5e-13, True),
        (float("nan"), float("nan"), True),
        (float("nan"), 0.0, False),
        (float("inf"), float("inf"), True),
        (float("inf"), float("-inf"), False),
        (3, 3, True),
        (3, 3.0, False),
        (True, 1, False),
        ("a", "b", False),
    ],
)
def test_values_within_the_tolerance_are_the_same(old: Any, new: Any, same: bool) -> None:
    assert tables.is_same(old, new) is same


def test_values_are_read_back_unchanged(tmp_path: Any) -> None:
    value: tables.Tables = {
        "points": {"model": ["a", "b"], "threshold": [0.1 + 0.2, float("inf")]},
        "picks": {
            "n": [1, -1],
            "x": [float("nan"), 1e-300],
            "name": ["é", ""],
            "ok": [True, False],
        },
    }
    tables.write(tmp_path, "made", {"plain": value})
    back = tables.read(tmp_path, "made")
    assert tables.all_differences({"plain": value}, back, "made") == []
    assert [*back["plain"]["picks"]["ok"]] == [True, False]

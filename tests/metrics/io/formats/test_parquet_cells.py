"""Tests that a huge cell compressed to a few bytes is refused before its text is processed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import ScoreError, open_scores
from metrics.io.formats import parquet
from metrics.io.formats.parquet import MAX_CELL

ROWS = 3_000


def write(path, column, cell, row):
    """File with another value of `column` in one row, counted from 1."""
    columns: dict[str, list[Any]] = {
        "id": [f"u{k}" for k in range(ROWS)],
        "label": [k % 2 for k in range(ROWS)],
        "m": [k % 997 / 1000 for k in range(ROWS)],
        "shift": ["early"] * ROWS,
    }
    columns[column][row - 1] = cell
    table = pa.table(columns)
    pq.write_table(table, path, compression="zstd")
    return path


def refusal(path):
    with pytest.raises(ScoreError) as refused:
        open_scores(path, segments=["shift"]).check()
    [problem] = refused.value.problems
    return problem


@pytest.mark.parametrize("row", [1, 2_900])
@pytest.mark.parametrize("column", ["id", "shift"])
def test_a_cell_longer_than_the_limit_is_refused(tmp_path, column, row):
    """Also behind the rows that are looked at first."""
    assert open_scores(write(tmp_path / "s.parquet", column, "x" * MAX_CELL, row)).check()
    problem = refusal(write(tmp_path / "s.parquet", column, "x" * (MAX_CELL + 1), row))
    assert (problem.code, problem.column, problem.row) == ("E_SIZE", column, row)
    assert problem.message == "a cell must have at most 1,048,576 bytes, got 1,048,577"


def test_the_limit_counts_bytes_and_not_characters(tmp_path):
    assert (
        refusal(write(tmp_path / "s.parquet", "id", "ü" * (MAX_CELL // 2 + 1), 1)).code == "E_SIZE"
    )


@pytest.mark.parametrize("kind", ["dictionary", "binary", "large"])
def test_the_limit_holds_for_every_text_type(tmp_path, kind):
    path = write(tmp_path / "s.parquet", "shift", "x" * (MAX_CELL + 1), 7)
    table = pq.read_table(path)
    shift = table["shift"].combine_chunks()
    as_kind = {"dictionary": None, "binary": pa.binary(), "large": pa.large_string()}[kind]
    shift = shift.dictionary_encode() if as_kind is None else shift.cast(as_kind)
    pq.write_table(table.set_column(3, "shift", shift), path)
    problem = refusal(path)
    assert (problem.code, problem.column) == ("E_SIZE", "shift")
    assert problem.row == 7


def test_cells_too_long_by_the_footer_are_not_unpacked(tmp_path, monkeypatch):
    """Cells that must be too long by their mean are not unpacked at all."""
    rows = {"id": ["x" * 3_000_000, "y"], "label": [0, 1], "m": [0.1, 0.2]}
    pq.write_table(pa.table(rows), tmp_path / "s.parquet", compression="zstd")
    monkeypatch.setattr(parquet.ParquetSource, "_read", None)
    problem = refusal(tmp_path / "s.parquet")
    assert (problem.code, problem.column, problem.row) == ("E_SIZE", None, None)

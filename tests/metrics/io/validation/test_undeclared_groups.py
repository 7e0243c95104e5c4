"""Tests of related rows: found by a column, by the start of an id or by the order, never falsely."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import open_scores
from metrics.errors import Problem
from metrics.io.validation.group_relation import LARGE, relation
from tests.metrics.grouped_files import grouped, independent


def warnings_about_groups(frame: pd.DataFrame, **options: str) -> list[Problem]:
    scores = open_scores(frame, **options).check()  # type: ignore[arg-type]
    return [problem for problem in scores.problems if problem.code == "W_GROUPED"]


def day(number: int) -> str:
    return str(date(2024, 2, 27) + timedelta(days=number))


@pytest.mark.parametrize(
    ("column", "form"),
    [
        ("Batch_No", int),
        ("wafer", "W{}".format),
        ("panel", int),
        ("patient_id", "P{:04d}".format),
        ("tray", int),
        ("run", int),
        ("date", day),
        ("charge_x", "K{}".format),
    ],
)
def test_a_column_with_similar_rows_in_each_group_is_named(column, form):
    (problem,) = warnings_about_groups(grouped(column, form).sample(frac=1, random_state=3))
    assert problem.column == column
    assert "design effect" in problem.message
    assert f"--group {column}" in str(problem.hint)
    effect, width = map(float, re.findall(r"(?:effect|up to) ([\d.]+)", problem.message))
    assert width == pytest.approx(effect**0.5, abs=0.1)


def test_a_declared_group_is_not_reported():
    assert warnings_about_groups(grouped("wafer"), group="wafer") == []


def test_groups_of_errors_are_reported_even_without_groups_of_defects():
    (problem,) = warnings_about_groups(grouped("wafer", spread=0.0, errors=1.0))
    assert problem.column == "wafer"


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_ids_with_a_common_start_are_reported(is_shuffled):
    frame = grouped()
    frame["id"] = [f"B{k // 40:03d}-{k % 40:04d}" for k in range(len(frame))]
    if is_shuffled:
        frame = frame.sample(frac=1, random_state=3)
    (problem,) = warnings_about_groups(frame)
    assert problem.column == "id"
    assert str(problem.value).startswith("B")
    assert len(str(problem.value)) == 4


def test_consecutive_rows_are_reported_unless_they_are_sorted():
    frame = grouped()
    (problem,) = warnings_about_groups(frame)
    assert problem.column is None
    assert "follow each other" in problem.message
    assert warnings_about_groups(frame.sample(frac=1, random_state=3)) == []
    assert warnings_about_groups(frame.sort_values("label")) == []
    assert warnings_about_groups(frame.sort_values("a")) == []


@pytest.mark.parametrize("seed", range(20))
def test_independent_rows_are_not_reported(seed):
    assert warnings_about_groups(independent(seed)) == []


def test_an_unused_column_that_cannot_be_read_refuses_nothing(tmp_path):
    frame = grouped(spread=0.0).sample(frac=1, random_state=1)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    notes = [b"fine"] * 2000 + [
        b"\xff\xfe"
    ] * 400  # past the first rows, by which columns are known
    text = pa.array(notes, pa.binary()).view(pa.string())
    pq.write_table(table.append_column("note", text), tmp_path / "scores.parquet")
    assert open_scores(tmp_path / "scores.parquet").check().rows == 2400


def test_the_design_effect_equals_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    codes = np.repeat(np.arange(80), 30)
    happens = rng.random(2400) < rng.beta(1, 5, 80)[codes]
    found = relation(codes, happens)
    assert found is not None
    table = happens.reshape(80, 30)
    between = 30 * table.mean(axis=1).var(ddof=1)
    within = ((table - table.mean(axis=1, keepdims=True)) ** 2).sum() / (2400 - 80)
    correlation = (between - within) / (between + 29 * within)
    assert found.effect == pytest.approx(1 + 29 * correlation, rel=0.03)
    assert found.chance < 1e-6
    grown = relation(codes, happens, grows=3.0)
    assert grown is not None
    assert grown.effect == pytest.approx(1 + 89 * correlation, rel=0.03)
    assert relation(codes, rng.permutation(happens)) is None


def test_the_p_value_equals_that_of_shuffled_rows():
    """A weak effect: its p-value against 4,000 shuffles counted outright."""
    rng = np.random.default_rng(12)
    codes = np.repeat(np.arange(30), 20)
    happens = rng.random(600) < rng.beta(6, 24, 30)[codes]
    found = relation(codes, happens)
    assert found is not None
    assert found.effect > LARGE

    def squares(drawn):
        return (np.bincount(codes[drawn], minlength=30) ** 2).sum()

    shuffled = np.array([squares(rng.permutation(happens)) for _ in range(4000)])
    assert found.chance == pytest.approx(np.mean(shuffled >= squares(happens)), abs=0.0015)

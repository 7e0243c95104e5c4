"""Rows that belong together: found by any column, by the beginning of an id, by the order; never made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores
from metrics.errors import Problem
from metrics.io.validation.related_rows import LARGE, relation


def logistic(x):
    return 1 / (1 + np.exp(-x))


def grouped(
    column: str | None = None,
    form: Callable[[int], str | int] = int,
    *,
    rows: int = 2400,
    size: int = 40,
    spread: float = 1.0,
    errors: float = 0.0,
    seed: int = 1,
) -> pd.DataFrame:
    """Two models on units whose groups differ in the log odds of a defect, and in those of an error."""
    rng = np.random.default_rng(seed)
    group = np.arange(rows) // size
    lean = spread * rng.standard_normal(group[-1] + 1)[group]
    labels = (rng.random(rows) < logistic(lean - 2)).astype(int)
    fault = errors * rng.standard_normal(group[-1] + 1)[group]
    frame = pd.DataFrame({"id": [f"u{k:05d}" for k in range(rows)], "label": labels})
    if column is not None:
        frame[column] = [form(int(one)) for one in group]
    for name, skill in (("a", 1.8), ("b", 2.4)):
        frame[name] = logistic(skill * labels - 2 + fault + rng.standard_normal(rows))
    return frame


def told(frame: pd.DataFrame, **options: str) -> list[Problem]:
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
def test_a_column_whose_groups_are_alike_is_named(column, form):
    (problem,) = told(grouped(column, form).sample(frac=1, random_state=3))
    assert problem.column == column
    assert "design effect" in problem.message
    assert "--group" in str(problem.hint)


def test_a_column_that_is_named_is_not_told_of():
    assert told(grouped("wafer"), group="wafer") == []


def test_errors_that_come_in_groups_are_told_where_defects_do_not():
    (problem,) = told(grouped("wafer", spread=0.0, errors=1.0))
    assert problem.column == "wafer"


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_ids_that_begin_alike_are_told(is_shuffled):
    frame = grouped()
    frame["id"] = [f"B{k // 40:03d}-{k % 40:04d}" for k in range(len(frame))]
    if is_shuffled:
        frame = frame.sample(frac=1, random_state=3)
    (problem,) = told(frame)
    assert problem.column == "id"
    assert str(problem.value).startswith("B")
    assert len(str(problem.value)) == 4


def test_rows_in_a_row_are_told_unless_the_labels_put_them_in_order():
    frame = grouped()
    (problem,) = told(frame)
    assert problem.column is None
    assert "follow each other" in problem.message
    assert told(frame.sample(frac=1, random_state=3)) == []
    assert told(frame.sort_values("label")) == []
    assert told(frame.sort_values("a")) == []


def independent(seed: int) -> pd.DataFrame:
    """Units of their own: features that say much of the label, groups that say nothing, in some order."""
    rng = np.random.default_rng(seed)
    rows = [600, 1500, 3000][seed % 3]
    country = rng.choice(40, rows, p=rng.dirichlet(np.full(40, 0.5)))
    age, step = rng.integers(18, 80, rows), rng.integers(0, 40, rows)
    temperature = rng.normal(60, 10, rows).round(1)
    features = {
        "age": age,
        "step": step,
        "temperature": temperature,
        "country": [f"c{k}" for k in country],
        "production_line": rng.choice(["L1", "L2", "L3"], rows),
        "hour": rng.integers(0, 24, rows),
    }
    lean = 0.03 * (age + step + temperature) + rng.standard_normal(40)[country] / 2
    noisy = lean + rng.logistic(size=rows)
    labels = (noisy > np.quantile(noisy, [0.9, 0.95, 0.7, 0.97][seed % 4])).astype(int)
    groups = {
        "wafer": np.arange(rows) // 25,
        "Batch_No": rng.permutation(np.arange(rows) // 60),
        "time": pd.date_range("2024-01-01", periods=rows, freq="7min").astype(str),
    }
    scores = {
        name: logistic(lean - lean.mean() + 1.5 * labels + rng.standard_normal(rows))
        for name in ("a", "b")
    }
    frame = pd.DataFrame({"id": np.arange(rows), "label": labels} | features | groups | scores)
    order = [None, "label", "a", "age", "production_line"][seed % 5]
    return frame if order is None else frame.sort_values(order)


@pytest.mark.parametrize("seed", range(20))
def test_of_independent_rows_nothing_is_told(seed):
    assert told(independent(seed)) == []


def test_the_design_effect_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    codes = np.repeat(np.arange(80), 30)
    happens = rng.random(2400) < rng.beta(1, 5, 80)[codes]
    found = relation(codes, happens)
    assert found is not None
    table = happens.reshape(80, 30)
    between = 30 * table.mean(axis=1).var(ddof=1)
    within = ((table - table.mean(axis=1, keepdims=True)) ** 2).sum() / (2400 - 80)
    correlation = (between - within) / (between + 29 * within)
    assert found.correlation == pytest.approx(correlation, abs=0.005)
    assert found.effect == pytest.approx(1 + 29 * correlation, rel=0.03)
    assert found.chance < 1e-6
    grown = relation(codes, happens, grows=3.0)
    assert grown is not None
    assert grown.effect == pytest.approx(1 + 89 * correlation, rel=0.03)
    assert relation(codes, rng.permutation(happens)) is None


def test_the_p_value_is_that_of_shuffled_rows():
    """A weak effect: its p-value against 4,000 shuffles counted outright."""
    rng = np.random.default_rng(12)
    codes = np.repeat(np.arange(30), 20)
    happens = rng.random(600) < rng.beta(6, 24, 30)[codes]
    found = relation(codes, happens)
    assert found is not None
    assert found.effect > LARGE

    def squares(own):
        return (np.bincount(codes[own], minlength=30) ** 2).sum()

    shuffled = np.array([squares(rng.permutation(happens)) for _ in range(4000)])
    assert found.chance == pytest.approx(np.mean(shuffled >= squares(happens)), abs=0.0015)

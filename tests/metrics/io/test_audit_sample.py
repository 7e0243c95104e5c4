"""Tests of labels known for flagged units and for a sample of the others, which represents them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores, tally_scores
from metrics.io.audit_sample import WEIGHT, read_audit_sample
from tests.metrics.opening import error_of, refusal


@pytest.fixture
def units() -> pd.DataFrame:
    """Labels of all units, and which of them were audited."""
    rng = np.random.default_rng(3)
    label = (rng.random(4000) < 0.1).astype(int)
    height = {m: skill * label + rng.standard_normal(4000) for m, skill in (("a", 2.0), ("b", 1.5))}
    frame = pd.DataFrame({"id": np.arange(4000), "label": label} | height)
    frame[["a", "b"]] = 1 / (1 + np.exp(2 - frame[["a", "b"]]))
    return frame.assign(sample=(rng.random(4000) < 0.2).astype(int))


def write_checked_labels(frame: pd.DataFrame, folder, **columns) -> str:
    """File without labels for units that are neither flagged nor in the sample."""
    known = (frame["b"] >= 0.3) | (frame["sample"] == 1)
    frame = frame.assign(label=frame["label"].astype(str).where(known, ""), **columns)
    frame.to_csv(folder / "scores.csv", index=False)
    return str(folder / "scores.csv")


@pytest.mark.parametrize("by_chance", [False, True])
def test_each_sampled_unit_represents_the_units_it_was_drawn_from(units, tmp_path, by_chance):
    flagged = units["b"] >= 0.3
    share = units["sample"][~flagged].mean()
    chance = np.where(flagged, 1.0, np.where(units["sample"] == 1, share, 0.0))
    file = write_checked_labels(units, tmp_path, chance=chance)
    source = read_audit_sample(
        file, "chance" if by_chance else "sample", today=None if by_chance else ("b", 0.3)
    )
    scores = open_scores(source, models=["a", "b"], weight=WEIGHT)
    tally = tally_scores(scores, also=[0.4])
    kept = units[chance > 0].assign(weight=1 / chance[chance > 0])
    assert scores.rows == len(kept)
    defects = kept[kept["label"] == 1]
    assert tally.class_mass[1] == pytest.approx(defects["weight"].sum())
    assert tally.class_mass.sum() == pytest.approx(len(units))
    assert [p.code for p in scores.problems].count("W_AUDIT") == 1


def test_another_audit_column_or_threshold_changes_the_fingerprint(units, tmp_path):
    file = write_checked_labels(
        units, tmp_path, more=units["sample"], chance=units["sample"] / 5 + 0.5
    )
    asked = ("sample", 0.3), ("more", 0.3), ("sample", 0.4)
    sources = [read_audit_sample(file, column, today=("b", at)) for column, at in asked]
    found = [open_scores(source, models=["a"], weight=WEIGHT).fingerprint for source in sources]
    assert len({*found}) == 3


def test_errors_in_an_audit_are_located_in_the_file(units, tmp_path):
    file = write_checked_labels(units, tmp_path)
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    row = next(k for k, line in enumerate(lines[1:], 1) if line.split(",")[1] == "1")
    cells = lines[row].split(",")
    cells[2] = "7"
    lines[row] = ",".join(cells)
    (tmp_path / "scores.csv").write_text("\n".join(lines) + "\n")
    source = read_audit_sample(file, "sample", today=("b", 0.3))
    error = refusal(source, models=["a", "b"], weight=WEIGHT)
    (problem,) = error.problems
    assert (problem.code, problem.row, problem.column) == ("E_RANGE", row, "a")


@pytest.mark.parametrize(
    ("column", "today", "code"),
    [
        ("sample", None, "E_AUDIT"),
        ("gone", ("b", 0.3), "E_COLUMN"),
        ("sample", ("gone", 0.3), "E_COLUMN"),
        ("sample", ("b", -1.0), "E_AUDIT"),  # everything is flagged: nothing was sampled
        ("id", ("b", 0.3), "E_AUDIT"),
    ],
)
def test_an_audit_without_a_sampling_probability_is_refused(units, tmp_path, column, today, code):
    error = error_of(
        lambda: read_audit_sample(write_checked_labels(units, tmp_path), column, today=today)
    )
    assert error.problems[0].code == code

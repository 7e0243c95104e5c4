"""Tests of the simulation of coverage: its true figures, its reports, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from tests.repository import ROOT
from tests.soak.coverage import (
    CELLS,
    OF_A_MODEL,
    OF_A_POINT,
    coverage_by_kind,
    heading,
    kinds_off,
    table_row,
)
from tests.soak.generated_scores import Cell, generate_rows, truths


def test_intervals_hold_the_truth() -> None:
    """Short form of the table that ``make soak`` prints: about 57 of 60 intervals hold the truth."""
    held = coverage_by_kind(Cell(4000, 0.3, True), 60, seed=1, replicates=200)
    # 3.5 standard errors of a share of 60; the mean of all kinds is within 2.5 per cent.
    assert min(held.values()) > 85, held
    assert np.mean(list(held.values())) == pytest.approx(95, abs=2.5), held


def test_generated_data_has_the_stated_truth() -> None:
    """Compare with figures by definition on a sample of a million."""
    cell = Cell(1_000_000, 0.3, True)
    labels, scores, _, _ = generate_rows(cell, np.random.default_rng(5))
    n, defects = cell.rows, labels.sum()
    flagged = [of_model >= cell.cut(m) for m, of_model in enumerate(scores)]
    missed = [((labels == 1) & ~flag).sum() for flag in flagged]
    alarms = [((labels == 0) & flag).sum() for flag in flagged]
    costs = [5 * fn + fp for fn, fp in zip(missed, alarms, strict=True)]
    losses = [np.logaddexp(0, np.where(labels == 1, -s, s)).mean() for s in scores]
    p = expit(scores[0])
    hit, false = 1 - missed[0] / defects, alarms[0] / (n - defects)
    wanted = {
        "missed_defects": missed[0],
        "recall": hit,
        "share_flagged": flagged[0].mean(),
        "precision": labels[flagged[0]].mean(),
        "cost_of_errors": costs[0],
        "revenue_impact": 5 * (defects - missed[0]) - alarms[0],
        "f1": f1_score(labels, flagged[0]),
        "log_loss": losses[0],
        "brier": ((p - labels) ** 2).mean(),
        "roc_auc": roc_auc_score(labels, scores[0]),
        "average_precision": average_precision_score(labels, scores[0]),
        "precision at 10%": 0.1 * hit / (0.1 * hit + 0.9 * false),
        "shipped_defects_per_million at 10%": (
            1e6 * 0.1 * (1 - hit) / (0.1 * (1 - hit) + 0.9 * (1 - false))
        ),
        "cost_of_errors at 10%": n * (0.5 * (1 - hit) + 0.9 * false),
    }
    true = truths(cell)
    assert {kind: true[kind] for kind in wanted} == pytest.approx(wanted, rel=0.02)
    gaps = {"cost_of_errors": costs[0] - costs[1], "log_loss": losses[0] - losses[1]}
    for name, slack in (("cost_of_errors", 0.01 * n), ("log_loss", 0.003)):
        assert true[f"{name} difference"] == pytest.approx(gaps[name], abs=slack)


def test_coverage_outside_its_range_is_reported() -> None:
    """The range is 92 to 97 plus two standard errors, for 100 defects or more and no groups."""
    cell, error = Cell(4000, 0.3), 100 * np.sqrt(0.95 * 0.05 / 400)
    held = {"low": 92 - 2.1 * error, "high": 97 + 2.1 * error, "good": 92 - 1.9 * error}
    assert [report.split(" of ")[0] for report in kinds_off(cell, held, 400)] == ["low", "high"]
    assert kinds_off(Cell(4000, 0.02), held, 400) == []
    assert kinds_off(Cell(4000, 0.3, True), held, 400) == []


@pytest.mark.parametrize("kinds", [OF_A_POINT, OF_A_MODEL])
def test_the_guides_table_has_the_rows_of_the_simulation(kinds) -> None:
    text = (ROOT / "dashboard" / "guide" / "simulations.md").read_text(encoding="utf-8")
    table = text[text.index(heading(kinds)) :].split("\n\n")[0].splitlines()[2:]
    labels = [table_row(cell, {}, kinds).rsplit(" |", len(kinds) + 1)[0] for cell in CELLS]
    assert [row.rsplit(" |", len(kinds) + 1)[0] for row in table] == labels

"""Tests of the form of the current system: the threshold that it begins at, and exact counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.session.choices import Point
from tests.dashboard.pages import (
    FOUR,
    Page,
)
from tests.dashboard.tables import NASTY


def test_a_useless_model_can_be_the_current_system(tmp_path, monkeypatch):
    """Its cheapest threshold flags no unit, so it begins at the cheapest one that flags a unit."""
    rows = replace(FOUR, scores={m: 1 - s for m, s in FOUR.scores.items()})
    page = Page(monkeypatch, rows.write(tmp_path / "useless.csv"))
    page.enter_current(NASTY[2])
    today = Point.of(page.link["today"])
    costs = [
        5 * c["fn"] + c["fp"] for c in (rows.counts(NASTY[2], t) for t in rows.thresholds(NASTY[2]))
    ]
    counts = rows.counts(today.model, today.threshold)
    assert 5 * counts["fn"] + counts["fp"] == min(costs[:-1]) > costs[-1]
    assert page.counts()[1] == {key: counts[key] for key in ("fn", "fp")}


def test_the_current_threshold_is_exact_with_few_thresholds(tmp_path, monkeypatch):
    rows = replace(FOUR, labels=np.roll(FOUR.labels, 1))
    path = rows.write(tmp_path / "few.csv")
    page = Page(monkeypatch, path, "--max-thresholds", "5")
    page.enter_current(NASTY[0], 0.335)
    counts = rows.counts(NASTY[0], 0.335)
    assert page.counts()[1] == {key: counts[key] for key in ("fn", "fp")}

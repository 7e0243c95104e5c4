"""Tests of sentences about the candidate models."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.models.table import chances_of_best, rows_of
from dashboard.session.choices import Choices
from dashboard.words.models.table import best_models_sentence
from metrics import Scenario
from metrics.inference.comparison.paired_difference import Chance
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR


def _best(page, rows, *chances):
    return best_models_sentence(
        page.analysis, page.names, rows, chances or chances_of_best(page.analysis)
    )


def test_each_best_model_is_named_once_with_all_its_objectives(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices())
    rows = rows_of(page.analysis)

    def ranked(*ranks):
        """Rows whose models have these ranks, a tuple for each."""
        return [
            replace(row, best=tuple(replace(b, rank=r) for b, r in zip(row.best, of, strict=True)))
            for row, of in zip(rows, ranks, strict=False)
        ]

    a, b = (page.label(row.model) for row in rows[:2])
    wishes = [
        f"the {s.objective.superlative} {s.objective.label}" for s in page.analysis.stakeholders
    ]
    assert _best(page, ranked((1, 1, 1), (2, 2, 2))) == (
        f"{a} has {wishes[0]}, {wishes[1]} and {wishes[2]}"
    )
    assert _best(page, ranked((1, 1, 1), (2, 1, 1))) == (
        f"No model beats {a}: {a} has {wishes[0]}; {a} and {b} tie for {wishes[1]} and {wishes[2]}"
    )
    assert _best(page, ranked((1, 1, 1), (1, 1, 1))).startswith(f"{a} and {b} tie for ")
    assert _best(page, ranked((1, 2, 2), (2, 1, 1))) == (
        f"No model is best for all: {a} has {wishes[0]}; {b} has {wishes[1]} and {wishes[2]}"
    )
    assert _best(page, ranked((1, 1, 1))) == f"{a} is the only model"

    open_lead = Chance.CLEAR, Chance.POSSIBLE, Chance.CLEAR
    assert _best(page, ranked((1, 2, 2), (2, 1, 1)), *open_lead) == (
        f"No model is best for all: {a} has {wishes[0]}; "
        f"{b} has {wishes[1]} (may be chance) and {wishes[2]}"
    )
    assert _best(page, ranked((1, 1, 1), (2, 2, 2)), *[Chance.POSSIBLE] * 3) == (
        f"{a} has {wishes[0]}, {wishes[1]} and {wishes[2]}; each lead may be chance"
    )
    assert _best(page, ranked((None,) * 3, (None,) * 3)).startswith("No model has a threshold")

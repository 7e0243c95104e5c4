"""Simulation of certified limits: how often a guarantee is broken in samples of the sample file.

``python -m tests.soak.guarantee [DRAWS A CELL]`` prints the table of the guide's simulations.md: the share of
draws in which a point with a guarantee breaks a limit on all rows, and the share without any guarantee.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from metrics.inference.certificates.guarantee import guaranteed
from metrics.io.open import open_scores
from metrics.selection.limits import parse_limit
from metrics.tally.kernel import Floats
from sample_data import SCORES
from tests.metrics.strategies import Rows
from tests.metrics.tallied import evaluation_of

DRAWS = 200
MOST = 6.5
"""Per cent of the draws that may break a guarantee of 95%: what is left out, and its chance over 1,000."""


@dataclass(frozen=True)
class Cell:
    """Number of rows, share of defects, and the limits to guarantee.

    A limit on the cost applies to this number of rows. Groups are lots of ten rows with correlated scores.
    In a share of the lots of defects, no model gives a score to any unit.
    """

    rows: int
    prevalence: float
    limits: tuple[str, ...]
    grouped: bool = False
    failing: float = 0.0


RECALL, BOTH = ("recall >= 0.8",), ("recall >= 0.7", "share_flagged <= 0.25")
CELLS = [
    *(Cell(rows, rate, RECALL) for rate in (0.03, 0.1) for rows in (1000, 4000)),
    Cell(4000, 0.1, BOTH),
    Cell(4000, 0.1, ("precision >= 0.5",)),
    Cell(4000, 0.1, ("cost_of_errors <= 1200",)),
    Cell(4000, 0.1, ("revenue_impact >= 800",)),
    Cell(4000, 0.1, RECALL, grouped=True),
    Cell(4000, 0.1, ("precision >= 0.5",), grouped=True),
    Cell(4000, 0.1, ("cost_of_errors <= 1200",), grouped=True),
    Cell(4000, 0.15, ("recall >= 0.6",), grouped=True, failing=0.03),
    Cell(4000, 0.15, ("cost_of_errors <= 1800",), grouped=True, failing=0.03),
]


class Population:
    """Rows of the sample, weighted to a defect rate."""

    def __init__(self, cell: Cell) -> None:
        batches = list(open_scores(SCORES).batches())
        self._labels = np.concatenate([batch.column("label").to_numpy() for batch in batches])
        self.models = open_scores(SCORES).models
        self._scores = {
            model: np.concatenate([batch.column(model).to_numpy() for batch in batches])
            for model in self.models
        }
        self._cell = cell
        weights = np.where(
            self._labels == 1,
            cell.prevalence / (self._labels == 1).sum(),
            (1 - cell.prevalence) / (self._labels == 0).sum(),
        )
        self._weights = weights * cell.rows
        self._below = {model: self._masses_below(own) for model, own in self._scores.items()}

    def _masses_below(self, scores: Floats) -> tuple[Floats, Floats, Floats]:
        """Sorted scores of a model, and the numbers of defects and good units below each and in total."""
        order = np.argsort(scores, kind="stable")
        mass, defects = self._weights[order], self._labels[order] == 1
        missed, passed = (np.append(0.0, np.cumsum(mass * own)) for own in (defects, ~defects))
        return scores[order], missed, passed

    def draw(self, rng: np.random.Generator) -> Rows:
        """Draw the rows of a cell. In lots, each row comes with its nine nearest by the first model."""
        lots = 10 if self._cell.grouped else 1
        count = self._cell.rows // lots
        chance = self._weights / self._weights.sum()
        if lots == 1:
            rows = rng.choice(self._labels.size, count, p=chance)
            return Rows(self._labels[rows], {m: own[rows] for m, own in self._scores.items()})
        # Each class is sorted by a model's scores: neighbours are alike, and each is drawn equally often.
        order = np.argsort(next(iter(self._scores.values())), kind="stable")
        picked = []
        for label in (0, 1):
            own = order[self._labels[order] == label]
            share = self._cell.prevalence if label else 1 - self._cell.prevalence
            starts = rng.integers(0, own.size, rng.binomial(count, share))
            picked.append(own[(starts[:, None] + np.arange(lots)) % own.size])
        rows = np.concatenate(picked).ravel()
        groups = tuple(np.repeat(np.arange(rows.size // lots), lots).astype(str).tolist())
        fails = np.repeat(rng.random(rows.size // lots) < self._cell.failing, lots)
        fails &= self._labels[rows] == 1
        scores = {m: np.where(fails, 0.0, own[rows]) for m, own in self._scores.items()}
        return Rows(self._labels[rows], scores, groups=groups)

    def truth(self, points: pd.DataFrame, limits: Sequence[str]) -> bool:
        """Whether all of the points meet all of the limits on the population."""
        for model, of_model in points.groupby("model"):
            scores, missed, passed = self._below[str(model)]
            at = np.searchsorted(scores, of_model["threshold"], side="left")
            tp = (missed[-1] - missed[at]) * (1 - self._cell.failing * (of_model["threshold"] > 0))
            fn = missed[-1] - tp
            tn, fp = passed[at], passed[-1] - passed[at]
            with np.errstate(invalid="ignore"):
                figures = {
                    "recall": tp / (tp + fn),
                    "precision": tp / (tp + fp),
                    "share_flagged": (tp + fp) / (tp + fp + fn + tn),
                    "cost_of_errors": 5 * fn + fp,
                    "revenue_impact": 5 * tp - fp,
                }
            for text in limits:
                limit = parse_limit(text)
                # A figure equal to a limit meets it.
                slack = 1e-9 * (1 if limit.is_ceiling else -1)
                if not all(limit.holds(v - slack) for v in figures[limit.objective.id]):
                    return False
        return True


def broken(cells: Sequence[Cell], draws: int, seed: int = 0) -> list[tuple[float, float]]:
    """Per cent of draws in which a guarantee is broken, and in which none is given, for each cell.

    The cells may only differ in their limits, because each draw is counted once.
    """
    population, one = Population(cells[0]), cells[0]
    wrong, none = np.zeros((2, len(cells)))
    for k in range(draws):
        rng = np.random.default_rng([seed, k, one.rows, int(1000 * one.prevalence)])
        evaluation = evaluation_of(population.draw(rng))
        for i, cell in enumerate(cells):
            points = guaranteed(evaluation, cell.limits)
            none[i] += points.empty
            wrong[i] += not points.empty and not population.truth(points, cell.limits)
    return [(100 * w / draws, 100 * n / draws) for w, n in zip(wrong, none, strict=True)]


def main(draws: int = DRAWS) -> None:
    """Print the table."""
    print("| rows | defects | limits | in groups | draws | broken, % | none found, % |")
    print("|---|---|---|---|---|---|---|")
    bad = []
    for _, alike in groupby(
        CELLS, lambda cell: (cell.rows, cell.prevalence, cell.grouped, cell.failing)
    ):
        cells = list(alike)
        for cell, (wrong, none) in zip(cells, broken(cells, draws), strict=True):
            limits, groups = " and ".join(cell.limits), "yes" if cell.grouped else ""
            groups += f", {cell.failing:.0%} fail whole" if cell.failing else ""
            print(
                f"| {cell.rows:,} | {cell.prevalence:.0%} | {limits} | {groups} | {draws:,} "
                f"| {wrong:.1f} | {none:.0f} |",
                flush=True,
            )
            # Three standard errors of a share in this number of draws.
            if wrong > MOST + 300 * (0.05 * 0.95 / draws) ** 0.5 * (draws < 1000):
                bad.append(cell)
    if bad:
        sys.exit(f"broken too often: {bad}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Simulation of certified limits: how often a guarantee is broken in samples of the sample file.

``python -m tests.soak.guarantee [DRAWS A CASE]`` prints the table of the guide's simulations.md: the share of
draws in which a point with a guarantee breaks a limit on all rows, and the share without any guarantee.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from metrics.inference.certificates.guarantee import guaranteed
from metrics.tally.kernel import Floats
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of
from tests.soak.known_population import Counts, Population, read_rows, standard_errors

DRAWS = 200
MOST = 6.5
"""Largest per cent of the draws that break a 95% guarantee: 5, and chance over 1,000 draws."""


@dataclass(frozen=True)
class Case:
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
CASES = [
    *(Case(rows, rate, RECALL) for rate in (0.03, 0.1) for rows in (1000, 4000)),
    Case(4000, 0.1, BOTH),
    Case(4000, 0.1, ("precision >= 0.5",)),
    Case(4000, 0.1, ("cost_of_errors <= 1200",)),
    Case(4000, 0.1, ("revenue_impact >= 800",)),
    Case(4000, 0.1, RECALL, grouped=True),
    Case(4000, 0.1, ("precision >= 0.5",), grouped=True),
    Case(4000, 0.1, ("cost_of_errors <= 1200",), grouped=True),
    Case(4000, 0.15, ("recall >= 0.6",), grouped=True, failing=0.03),
    Case(4000, 0.15, ("cost_of_errors <= 1800",), grouped=True, failing=0.03),
]


@dataclass(frozen=True, eq=False)
class Lots(Population):
    """Rows of the sample file, drawn in lots of ten; in a share of the lots each model misses all defects."""

    failing: float = 0.0

    def draw(self, rng: np.random.Generator) -> Rows:
        """Draw lots: a row with its nine nearest of the same class by the first model."""
        lot, labels = 10, self.units.labels
        order = np.argsort(next(iter(self.units.scores.values())), kind="stable")
        picked = []
        for label in (0, 1):
            alike = order[labels[order] == label]
            share = self.chances[labels == label].sum()
            starts = rng.integers(0, alike.size, rng.binomial(self.rows // lot, share))
            picked.append(alike[(starts[:, None] + np.arange(lot)) % alike.size])
        rows = self.take(np.concatenate(picked).ravel())
        lots = rows.labels.size // lot
        fails = np.repeat(rng.random(lots) < self.failing, lot) & (rows.labels == 1)
        return replace(
            rows,
            scores={model: np.where(fails, 0.0, scores) for model, scores in rows.scores.items()},
            groups=tuple(np.repeat(np.arange(lots), lot).astype(str).tolist()),
        )

    def counts(self, model: str, thresholds: Floats) -> Counts:
        """Expected counts; a threshold of 0 flags the defects of failing lots too."""
        counts = super().counts(model, thresholds)
        lost = counts.tp * self.failing * (thresholds > 0)
        return counts._replace(tp=counts.tp - lost, fn=counts.fn + lost)


def population(case: Case) -> Population:
    """Rows of the sample file with the defect rate of a case."""
    arguments = ("sample", read_rows(), case.rows, case.prevalence)
    return Lots(*arguments, failing=case.failing) if case.grouped else Population(*arguments)


def broken(cases: Sequence[Case], draws: int, seed: int = 0) -> list[tuple[float, float]]:
    """Per cent of draws in which a guarantee is broken, and in which none is given, for each case.

    The cases may only differ in their limits, because each draw is counted once.
    """
    first = cases[0]
    rows_to_draw = population(first)
    wrong, none = np.zeros((2, len(cases)))
    for k in range(draws):
        rng = np.random.default_rng([seed, k, first.rows, int(1000 * first.prevalence)])
        evaluation = evaluation_of(rows_to_draw.draw(rng))
        for i, case in enumerate(cases):
            points = guaranteed(evaluation, case.limits)
            none[i] += points.empty
            wrong[i] += rows_to_draw.breaks(points, case.limits)
    return [(100 * w / draws, 100 * n / draws) for w, n in zip(wrong, none, strict=True)]


def main(draws: int = DRAWS) -> None:
    """Print the table."""
    print("| rows | defects | limits | in groups | draws | broken, % | none found, % |")
    print("|---|---|---|---|---|---|---|")
    bad = []
    for _, alike in groupby(
        CASES, lambda case: (case.rows, case.prevalence, case.grouped, case.failing)
    ):
        cases = list(alike)
        for case, (wrong, none) in zip(cases, broken(cases, draws), strict=True):
            limits, groups = " and ".join(case.limits), "yes" if case.grouped else ""
            groups += f", {case.failing:.0%} fail whole" if case.failing else ""
            print(
                f"| {case.rows:,} | {case.prevalence:.0%} | {limits} | {groups} | {draws:,} "
                f"| {wrong:.1f} | {none:.0f} |",
                flush=True,
            )
            if wrong > MOST + standard_errors(3, draws) * (draws < 1000):
                bad.append(case)
    if bad:
        sys.exit(f"broken too often: {bad}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""How often 95 % intervals hold the truth: made data whose truth is known, many times over.

``python -m tests.soak.coverage [DATA SETS A CELL]`` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

import metrics.objectives  # noqa: F401  (registers them)
from metrics.intervals import Interval, difference, intervals
from metrics.kernel import count_batch, empty, lookup
from metrics.objective import OBJECTIVES
from metrics.points import Evaluation, evaluate
from metrics.resample import Resampled, draw
from metrics.scenario import Scenario
from metrics.tally import Tally, empty_tally

Floats = NDArray[np.float64]
BUCKETS = 100
GROUP = 25
SHIFTS = (2.0, 1.7)
"""How far the defects' log odds lie above the good units', for each of two models."""
SHARED, GROUPED = 0.7, 0.5
"""Correlation of the two models' scores; share of their variance that a group has in common."""
SCENARIO = Scenario(miss_cost=5.0)
KINDS = (
    "missed_defects", "recall", "share_flagged", "precision", "cost_of_errors", "revenue_impact",
    "log_loss", "roc_auc", "cost difference", "log loss difference",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One column of the table."""

    rows: int
    prevalence: float
    grouped: bool

    @property
    def promised(self) -> bool:
        """Whether there are enough defects, and no groups, for intervals to be what they say."""
        return not self.grouped and self.rows * self.prevalence >= 100

    @property
    def middle(self) -> float:
        """Added to the log odds, so that scores are of the size of the prevalence."""
        return float(np.log(self.prevalence / (1 - self.prevalence)) - 0.3)

    def cut(self, model: int) -> float:
        """Threshold on the log odds: it flags about the share of units that are defective."""
        return self.middle + (1.6, 1.2)[model]


def made(cell: Cell, rng: np.random.Generator) -> tuple[NDArray[np.int8], list[Floats], Any]:
    """Labels, log odds of two models, and the bucket of each row.

    Log odds are normal with a standard deviation of 1. In groups a part of their deviation is common,
    and groups differ in how many defects they hold.
    """
    n = cell.rows
    group = np.arange(n) // GROUP
    if cell.grouped:
        common = rng.standard_normal((3, group[-1] + 1))[:, group]
        lean = np.sqrt(0.2) * common[0] + np.sqrt(0.8) * rng.standard_normal(n)
        labels = (lean < ndtri(cell.prevalence)).astype(np.int8)
        buckets = rng.integers(0, BUCKETS, group[-1] + 1)[group]
    else:
        labels = (rng.random(n) < cell.prevalence).astype(np.int8)
        common = np.zeros((3, n))
        buckets = rng.integers(0, BUCKETS, n)
    share = GROUPED if cell.grouped else 0.0
    noise = rng.standard_normal((3, n))
    scores = []
    for m, shift in enumerate(SHIFTS):
        own = np.sqrt(share) * common[1] + np.sqrt(1 - share) * (
            np.sqrt(SHARED) * noise[0] + np.sqrt(1 - SHARED) * noise[1 + m]
        )
        scores.append(cell.middle + shift * labels + own)
    return labels, scores, buckets.astype(np.uint16)


def tallied(cell: Cell, labels: Any, scores: list[Floats], buckets: Any) -> Tally:
    """Tally of the rows; with many of them the area under the curve is that of 400 quantiles."""
    thresholds = [
        np.union1d(np.quantile(s, np.linspace(0, 1, 400)), [cell.cut(m)])
        if s.size > 1000
        else np.union1d(s, [cell.cut(m)])
        for m, s in enumerate(scores)
    ]
    tally = empty_tally(["a", "b"], thresholds, scale="logit", buckets=BUCKETS)
    for m, own in enumerate(scores):
        starts, low, width = lookup(thresholds[m])
        count_batch(
            own, labels, buckets, empty(), empty(), thresholds[m], starts, low, width, 2,
            tally.counts[:, m], np.empty((0, 0, 0)), np.empty((0, 0, 0)), tally.losses[:, m],
            tally.infinite[:, m], tally.between[m], tally.calibration[:, m],
        )  # fmt: skip
    return tally


def log_loss_of(cell: Cell, shift: float) -> float:
    """Expected log loss of a model, by Gauss-Hermite quadrature over its normal log odds."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    good = np.logaddexp(0, cell.middle + nodes) @ weights
    defect = np.logaddexp(0, -(cell.middle + shift + nodes)) @ weights
    return float((1 - cell.prevalence) * good + cell.prevalence * defect)


def truths(cell: Cell) -> dict[str, float]:
    """What each figure would be on average over all samples, in closed form."""
    n, rate = cell.rows, cell.prevalence
    defects, goods = n * rate, n * (1 - rate)
    missed = [float(ndtr(cell.cut(m) - cell.middle - s)) for m, s in enumerate(SHIFTS)]
    alarms = [float(ndtr(cell.middle - cell.cut(m))) for m in range(2)]
    costs = [5 * defects * missed[m] + goods * alarms[m] for m in range(2)]
    caught = defects * (1 - missed[0])
    losses = [log_loss_of(cell, s) for s in SHIFTS]
    return {
        "missed_defects": defects * missed[0],
        "recall": 1 - missed[0],
        "share_flagged": (caught + goods * alarms[0]) / n,
        "precision": caught / (caught + goods * alarms[0]),
        "cost_of_errors": costs[0],
        # Against shipping everything: 5 for each defect caught, minus 1 for each false alarm.
        "revenue_impact": 5 * caught - goods * alarms[0],
        "log_loss": losses[0],
        "roc_auc": float(ndtr(SHIFTS[0] / np.sqrt(2))),
        "cost difference": costs[0] - costs[1],
        "log loss difference": losses[0] - losses[1],
    }


def found(
    cell: Cell, evaluation: Evaluation, resampled: Resampled
) -> Iterator[tuple[str, Interval]]:
    """Interval of each kind on one data set."""
    at = [
        np.array([np.searchsorted(evaluation.curves[m].thresholds, cell.cut(m))]) for m in range(2)
    ]
    for kind in KINDS[:8]:
        yield kind, intervals(resampled, OBJECTIVES[kind], 0, at[0], grouped=cell.grouped)
    for kind, name in (("cost difference", "cost_of_errors"), ("log loss difference", "log_loss")):
        first, second = (resampled.values(OBJECTIVES[name], m, at[m])[:, 0] for m in range(2))
        gap = difference(OBJECTIVES[name], first, second, 0.0, blocks=resampled.draws.blocks)
        yield kind, Interval(np.array([gap.low]), np.array([gap.high]))


def covered(cell: Cell, sets: int, *, seed: int = 0, replicates: int = 1000) -> dict[str, float]:
    """Share of made data sets, in per cent, in which the interval of each kind holds the truth.

    A set without both classes has no interval and counts as one that does not hold it.
    """
    true, held = truths(cell), dict.fromkeys(KINDS, 0)
    for k in range(sets):
        rng = np.random.default_rng([seed, k, cell.rows, int(1000 * cell.prevalence), cell.grouped])
        labels, scores, buckets = made(cell, rng)
        if np.unique(labels).size < 2:
            continue
        evaluation = evaluate(tallied(cell, labels, scores, buckets), SCENARIO)
        resampled = Resampled(evaluation, draw(evaluation.tally, replicates=replicates, seed=k))
        for kind, ends in found(cell, evaluation, resampled):
            held[kind] += bool(ends.low[0] <= true[kind] <= ends.high[0])
    return {kind: 100 * count / sets for kind, count in held.items()}


CELLS = [
    Cell(rows, prevalence, grouped)
    for grouped in (False, True)
    for prevalence in (0.03, 0.3)
    for rows in (500, 4000, 40_000)
]


def heading() -> str:
    """First two lines of the table, in Markdown."""
    names = " | ".join(kind.replace("_", " ") for kind in KINDS)
    return f"| units | defective | groups | {names} |\n" + "|---" * (3 + len(KINDS)) + "|"


def line(cell: Cell, held: dict[str, float]) -> str:
    """One line of the table."""
    said = " | ".join(f"{held[kind]:.1f}" for kind in KINDS)
    groups = f"of {GROUP}" if cell.grouped else "–"
    return f"| {cell.rows:,} | {cell.prevalence:.0%} | {groups} | {said} |"


def main(arguments: list[str]) -> int:
    """Print the table; 1 where an interval with enough defects and no groups does not hold what it says."""
    sets = int(arguments[0]) if arguments else 600
    error = 100 * np.sqrt(0.95 * 0.05 / sets)
    print(heading(), flush=True)
    off = []
    for cell in CELLS:
        held = covered(cell, sets)
        print(line(cell, held), flush=True)
        if cell.promised:
            off += [
                f"{kind} of {cell.rows:,} units, {cell.prevalence:.0%} defective: {share:.1f}"
                for kind, share in held.items()
                if not 92 - 4 * error <= share <= 97 + 4 * error
            ]
    print(f"\n{sets:,} data sets a cell; Monte Carlo error of a share of 95 %: {error:.1f}")
    for one in off:
        print(f"outside 92 to 97: {one}")
    return int(bool(off))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

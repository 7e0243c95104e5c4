"""Generated data sets of two models, and the expected values of their figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from metrics.io.ids import Ids
from metrics.io.validation.read_batches import Batch
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import empty
from metrics.tally.row_order import order_rows
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.tally_scores import count

Floats = NDArray[np.float64]
BUCKETS, MOST = 100, 200
"""Buckets of a tally; thresholds of a model with more than a thousand rows."""
GROUP = 25
SHIFTS = (2.0, 1.7)
"""Difference of the mean log odds of defects and good units, by model."""
SHARED, GROUPED = 0.7, 0.5
"""Correlation of the two models' scores; share of their variance that a group has in common."""
WEIGHTS = np.array([0.25, 1.75])
FAILS = 0.01
"""Share of the groups whose defects are all missed, in data sets of groups that fail."""
RATE = 0.1
OBSERVED, GIVEN = Scenario(miss_cost=5.0), Scenario(miss_cost=5.0, defect_rate=RATE)
POINTS = (
    "missed_defects", "recall", "share_flagged", "precision", "cost_of_errors", "revenue_impact", "f1",
)  # fmt: skip
AT_RATE = ("precision", "shipped_defects_per_million", "cost_of_errors")
WHOLE = ("log_loss", "brier", "roc_auc", "average_precision")
GAPS = ("cost_of_errors", "log_loss", "roc_auc")
KINDS = (
    *POINTS,
    *(f"{name} at {RATE:.0%}" for name in AT_RATE),
    *WHOLE,
    *(f"{name} difference" for name in GAPS),
)


@dataclass(frozen=True)
class Cell:
    """One line of the table.

    Attributes
    ----------
    rows : int
    prevalence : float
    grouped, weighted : bool
        Whether rows come in groups, or have a weight, which is independent of all else.
    failing : bool
        Whether a defect is missed with its whole group. One of five data sets has no such group.
    """

    rows: int
    prevalence: float
    grouped: bool = False
    weighted: bool = False
    failing: bool = False

    @property
    def row_words(self) -> str:
        """Kind of the rows, as in the table."""
        words = "weighted" if self.weighted else f"groups of {GROUP}" if self.grouped else "–"
        return words + " that fail whole" * self.failing

    @property
    def promised(self) -> bool:
        """Whether intervals should have 95% coverage: enough defects and no groups."""
        alike = 1 / (WEIGHTS**2).mean() if self.weighted else 1.0
        return not self.grouped and self.rows * self.prevalence * alike >= 100

    @property
    def middle(self) -> float:
        """Shift of the log odds that brings scores to the size of the prevalence."""
        return float(np.log(self.prevalence / (1 - self.prevalence)) - 0.3)

    @property
    def shifts(self) -> tuple[float, ...]:
        """Shift of the defects' log odds by model."""
        return tuple(s + 4 * self.failing for s in SHIFTS)

    def cut(self, model: int) -> float:
        """Threshold on the log odds that flags about as many units as are defective."""
        return self.middle + ((2.0, 1.8) if self.failing else (1.6, 1.2))[model]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Figures of the table that have a closed form."""
        return tuple(k for k in KINDS if not self.failing or k.split(" ")[0] not in WHOLE)


def generate_rows(
    cell: Cell, rng: np.random.Generator
) -> tuple[NDArray[np.int8], list[Floats], Any, Floats]:
    """Labels, log odds of two models, and the bucket and weight of each row of a generated data set.

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
    for m, shift in enumerate(cell.shifts):
        noise_of_model = np.sqrt(share) * common[1] + np.sqrt(1 - share) * (
            np.sqrt(SHARED) * noise[0] + np.sqrt(1 - SHARED) * noise[1 + m]
        )
        scores.append(cell.middle + shift * labels + noise_of_model)
    if cell.failing:
        lost = (rng.random(group[-1] + 1) < FAILS)[group] & (labels == 1)
        scores = [np.where(lost, of_model - 20, of_model) for of_model in scores]
    weights = rng.choice(WEIGHTS, n) if cell.weighted else empty()
    return labels, scores, buckets.astype(np.uint16), weights


def tally_of_rows(
    cell: Cell, labels: Any, scores: list[Floats], buckets: Any, weights: Floats
) -> Tally:
    """Tally of the rows. Many rows have thresholds at quantiles, dense at the top for average precision."""
    thresholds = [
        np.union1d(np.quantile(s, 1 - np.linspace(0, 1, MOST) ** 2), [cell.cut(m)])
        if s.size > 1000
        else np.union1d(s, [cell.cut(m)])
        for m, s in enumerate(scores)
    ]
    tally = empty_tally(
        ["a", "b"],
        thresholds,
        scale="logit",
        weighted=cell.weighted,
        grouped=cell.grouped,
        buckets=BUCKETS,
    )
    mass = weights if cell.weighted else None
    ids = Ids(pa.array([], pa.string()))
    ids.hashes = buckets.astype(np.uint64)
    rows = Batch(ids, labels, mass, None, None, {}, tuple(scores))
    return count(tally, [order_rows(rows, BUCKETS)])


NODES, MASSES = np.polynomial.hermite_e.hermegauss(120)
MASSES = MASSES / MASSES.sum()


def model_figures(cell: Cell, shift: float) -> dict[str, float]:
    """Expected figures of a model, by Gauss-Hermite quadrature over its normal log odds."""
    good, defect, rate = cell.middle + NODES, cell.middle + shift + NODES, cell.prevalence
    caught, alarms = rate * ndtr(-NODES), (1 - rate) * ndtr(-shift - NODES)

    def mean(of_good: Floats, of_defect: Floats) -> float:
        return float((1 - rate) * (of_good @ MASSES) + rate * (of_defect @ MASSES))

    return {
        "log_loss": mean(np.logaddexp(0, good), np.logaddexp(0, -defect)),
        "brier": mean((1 + np.exp(-good)) ** -2, (1 + np.exp(defect)) ** -2),
        "roc_auc": float(ndtr(shift / np.sqrt(2))),
        "average_precision": float(caught / (caught + alarms) @ MASSES),
    }


def truths(cell: Cell) -> dict[str, float]:
    """Expected value of each figure over all samples, in closed form."""
    n, rate, lost = cell.rows, cell.prevalence, FAILS * cell.failing
    missed = [
        lost + (1 - lost) * float(ndtr(cell.cut(m) - cell.middle - s))
        for m, s in enumerate(cell.shifts)
    ]
    alarms = [float(ndtr(cell.middle - cell.cut(m))) for m in range(2)]

    def cost(of: float, m: int = 0) -> float:
        return n * (5 * of * missed[m] + (1 - of) * alarms[m])

    def precision(of: float) -> float:
        return of * (1 - missed[0]) / (of * (1 - missed[0]) + (1 - of) * alarms[0])

    shipped = RATE * missed[0] + (1 - RATE) * (1 - alarms[0])
    caught, wrong = n * rate * (1 - missed[0]), n * (1 - rate) * alarms[0]
    whole = [model_figures(cell, s) for s in cell.shifts]
    every = {
        "missed_defects": n * rate * missed[0],
        "recall": 1 - missed[0],
        "share_flagged": (caught + wrong) / n,
        "precision": precision(rate),
        "cost_of_errors": cost(rate),
        # Compared with shipping everything: 5 for each caught defect, minus 1 for each false alarm.
        "revenue_impact": 5 * caught - wrong,
        "f1": 2 * caught / (caught + wrong + n * rate),
        f"precision at {RATE:.0%}": precision(RATE),
        f"shipped_defects_per_million at {RATE:.0%}": 1e6 * RATE * missed[0] / shipped,
        f"cost_of_errors at {RATE:.0%}": cost(RATE),
        **whole[0],
        "cost_of_errors difference": cost(rate) - cost(rate, 1),
        "log_loss difference": whole[0]["log_loss"] - whole[1]["log_loss"],
        "roc_auc difference": whole[0]["roc_auc"] - whole[1]["roc_auc"],
    }
    return {kind: every[kind] for kind in cell.kinds}

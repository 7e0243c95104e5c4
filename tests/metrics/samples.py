"""Generated samples with normal scores, and their resamples."""

from __future__ import annotations

import numpy as np

from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison.paired_difference import PairedDifference
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of


def units(n: int, rate: float, seed: int, *, shift: float = 1.5, models: int = 1) -> Rows:
    """Units with normal scores, which are higher for defects."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < rate).astype(np.int8)
    labels[:2] = 0, 1
    return Rows(
        labels,
        {f"m{k}": 1 / (1 + np.exp(-rng.normal(labels * shift - 1, 1))) for k in range(models)},
    )


def tenths(scores: list[int], defects: int, *, weighted: bool) -> Rows:
    """One model with scores in tenths. After one unit of each class, the bits of `defects` are the labels."""
    positions = np.arange(len(scores))
    labels = (defects >> positions & 1).astype(np.int8)
    labels[:2] = 0, 1
    weights = np.asarray(1 + positions % 3, np.float64) if weighted else None
    return Rows(labels, {"a": np.array(scores) / 10}, weights=weights)


def gap_between(o: Objective, low: float, high: float) -> PairedDifference:
    """Difference with the given interval; its other fields are not used."""
    return PairedDifference((low + high) / 2, o.unit, o.direction, low, high)


def resample(data: Rows, scenario: Scenario | None = None, **options: int) -> Bootstrap:
    """Bootstrap of the rows under a scenario."""
    return Bootstrap.draw(evaluation_of(data, scenario), **options)

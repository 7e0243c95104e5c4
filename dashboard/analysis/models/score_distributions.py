"""Score distributions: histograms of each model's scores for good units and for defects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts import dataset_counts
from dashboard.data.dataset import Dataset
from metrics import Tally
from metrics.evaluation.confusion import confusion_curve
from metrics.evaluation.model_metrics import Bounded, roc_auc
from metrics.tally.kernel import Floats

BINS = 24
"""Number of bins of a histogram."""


@dataclass(frozen=True)
class ScoreDistribution:
    """Histogram of a model's scores.

    Attributes
    ----------
    edges : ndarray, shape (BINS + 1,)
        Edges of bins of equal width from the lowest to the highest score.
    shares : ndarray, shape (BINS, 2)
        Share of the good units, and of the defects, in each bin.
    auc : Bounded
        ROC AUC of the model.
    """

    model: str
    edges: Floats
    shares: Floats
    auc: Bounded


def score_distribution(tally: Tally, m: int) -> ScoreDistribution:
    """Histogram of the model at position ``m``. All rows of a threshold are in the bin of the threshold."""
    at = tally.finite_thresholds(m)
    rows_by_threshold = tally.counts[:, m, : at.size + 1].sum(axis=0, dtype=np.float64)
    # Rows below the first threshold count as rows at the first one.
    rows_by_threshold[1] += rows_by_threshold[0]
    low, high = float(at[0]), float(at[-1])
    if tally.scale == "probability":
        low, high = 0.0, 1.0
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    place = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, BINS - 1)
    counts = np.zeros((BINS, 2))
    np.add.at(counts, place, rows_by_threshold[1:])
    ranking = roc_auc(confusion_curve(tally, m))
    return ScoreDistribution(tally.models[m], edges, counts / counts.sum(axis=0), ranking)


@part(reads=lambda dataset: None, kind=Kind.PART)
def score_distributions(dataset: Dataset) -> list[ScoreDistribution]:
    """Histogram of each model's scores."""
    tally = dataset_counts.tally(dataset)
    return [score_distribution(tally, m) for m in range(len(tally.models))]

"""How each model's scores are spread over good units and defects, as a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics import Tally
from metrics.evaluation.confusion import curve
from metrics.evaluation.model_metrics import Bounded, roc_auc

BINS = 24
CLASSES = ("good units", "defects")


@dataclass(frozen=True)
class Distribution:
    """One model's histogram.

    Attributes
    ----------
    model : str
    edges : ndarray, shape (BINS + 1,)
        Equally wide bins from the lowest to the highest score.
    shares : ndarray, shape (BINS, 2)
        Share of the good units, and of the defects, in each bin.
    auc : Bounded
        Chance that a random defect scores above a random good unit.
    """

    model: str
    edges: NDArray[np.float64]
    shares: NDArray[np.float64]
    auc: Bounded


def distribution_view(tally: Tally, m: int) -> Distribution:
    """Histogram of the model at position ``m``: each threshold's rows fall into the bin of that threshold."""
    at = tally.finite_thresholds(m)
    rows = tally.counts[:, m, : at.size + 1].sum(axis=0, dtype=np.float64)
    rows[1] += rows[0]  # below the first threshold: as good as at it
    low, high = float(at[0]), float(at[-1])
    if tally.scale == "probability":
        low, high = 0.0, 1.0
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    place = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, BINS - 1)
    counts = np.zeros((BINS, 2))
    np.add.at(counts, place, rows[1:])
    ranking = roc_auc(curve(tally, m))
    return Distribution(tally.models[m], edges, counts / counts.sum(axis=0), ranking)

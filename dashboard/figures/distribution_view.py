"""How each model's scores are spread over good units and defects, as a value and in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def decimals(view: Sequence[Distribution]) -> int:
    """Digits behind the point that tell the best ROC AUC from the next: two, or three."""
    best = sorted((f"{one.auc.value:.2f}" for one in view), reverse=True)[:2]
    return 3 if len(set(best)) < len(best) or best[0] == "1.00" else 2


def auc_text(value: float, digits: int) -> str:
    """A ROC AUC; only what is perfect is written as 1."""
    text = f"{value:.{digits}f}"
    if float(text) == 1:
        return "1" if value == 1 else f"above {1 - 10**-digits:.{digits}f}"
    return text


def finding(view: Sequence[Distribution], names: Mapping[str, str]) -> str:
    """Which model tells the classes apart best, in one sentence."""
    best = max(view, key=lambda one: one.auc.value)
    digits = decimals(view)
    said = f"ROC AUC {auc_text(best.auc.value, digits)}"
    # Where thresholds are too few for an exact figure, the order of two models may be open.
    level = [
        one
        for one in view
        if auc_text(one.auc.value, digits) == auc_text(best.auc.value, digits)
        or one.auc.value + one.auc.bound >= best.auc.value - best.auc.bound
    ]
    labels = [names.get(one.model) or one.model for one in level]
    if best.auc.value <= 0.5:
        who = "The model does not tell" if len(view) == 1 else "No model tells"
        return f"{who} defects from good units ({said} or less)"
    if len(view) == 1:
        return f"{labels[0]} tells defects from good units with {said}"
    if len(level) == len(view):
        both = "Both models tell" if len(view) == 2 else f"All {len(view)} models tell"
        return f"{both} defects from good units equally well ({said})"
    if len(level) == 1:
        return f"{labels[0]} tells defects from good units best ({said})"
    who = " and ".join(labels) if len(level) == 2 else f"{len(level)} models"
    return f"{who} tell defects from good units best ({said})"

"""How every model spreads the scores of good units and of defects, and which tells them apart best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.analysis import cache, counts
from dashboard.analysis.cache import Key
from dashboard.data.library import Dataset
from dashboard.figures.score_histogram_figure import Distribution, distribution_view


def auc_text(value: float) -> str:
    """A ROC AUC as on all pages; only what is perfect is written as 1."""
    text = f"{value:.3f}"
    if float(text) == 1:
        return "1" if value == 1 else "above 0.999"
    return text


def finding(view: Sequence[Distribution], names: Mapping[str, str]) -> str:
    """Which model tells the classes apart best, in one sentence."""
    best = max(view, key=lambda one: one.auc.value)
    text = f"ROC AUC {auc_text(best.auc.value)}"
    # Where thresholds are too few for an exact figure, the order of two models may be open.
    level = [
        distribution
        for distribution in view
        if auc_text(distribution.auc.value) == auc_text(best.auc.value)
        or distribution.auc.value + distribution.auc.bound >= best.auc.value - best.auc.bound
    ]
    labels = [names.get(distribution.model) or distribution.model for distribution in level]
    if best.auc.value <= 0.5:
        who = "The model does not tell" if len(view) == 1 else "No model tells"
        return f"{who} defects from good units ({text} or less)"
    if len(view) == 1:
        return f"{labels[0]} tells defects from good units with {text}"
    if len(level) == len(view):
        both = "Both models tell" if len(view) == 2 else f"All {len(view)} models tell"
        return f"{both} defects from good units equally well ({text})"
    if len(level) == 1:
        return f"{labels[0]} tells defects from good units best ({text})"
    who = " and ".join(labels) if len(level) == 2 else f"{len(level)} models"
    return f"{who} tell defects from good units best ({text})"


def distributions_of(dataset: Dataset) -> list[Distribution]:
    """Histograms of all models, made once."""
    counted = counts.tally(dataset)
    return cache.STORE.get(
        Key((dataset.fingerprint,), "distributions"),
        lambda: [distribution_view(counted, m) for m in range(len(counted.models))],
    )

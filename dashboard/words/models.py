"""Sentences about the candidate models: how well they separate the classes, and how they compare."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.score_distributions import ScoreDistribution
from dashboard.words.names import Names


def auc_text(auc: float) -> str:
    """ROC AUC in three digits; only a perfect one is written as 1."""
    text = f"{auc:.3f}"
    if float(text) == 1:
        return "1" if auc == 1 else "above 0.999"
    return text


def separation_sentence(distributions: Sequence[ScoreDistribution], names: Names) -> str:
    """Sentence about the model that separates good units and defects best."""
    count = len(distributions)
    best = max((one.auc for one in distributions), key=lambda auc: auc.value)
    text = f"ROC AUC {auc_text(best.value)}"
    # Few thresholds leave the ROC AUC inexact, so the order of two models may be unknown.
    ties = [
        names.model(one.model)
        for one in distributions
        if auc_text(one.auc.value) == auc_text(best.value)
        or one.auc.value + one.auc.bound >= best.value - best.bound
    ]
    if best.value <= 0.5:
        subject = "The model does not tell" if count == 1 else "No model tells"
        return f"{subject} defects from good units ({text} or less)"
    if count == 1:
        return f"{ties[0]} tells defects from good units with {text}"
    if len(ties) == count:
        subject = "Both models tell" if count == 2 else f"All {count} models tell"
        return f"{subject} defects from good units equally well ({text})"
    if len(ties) == 1:
        return f"{ties[0]} tells defects from good units best ({text})"
    subject = " and ".join(ties) if len(ties) == 2 else f"{len(ties)} models"
    return f"{subject} tell defects from good units best ({text})"

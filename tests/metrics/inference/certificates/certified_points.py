"""Operating points that are certified to meet limits, as a set."""

from __future__ import annotations

from metrics.evaluation.evaluation import Evaluation
from metrics.inference.certificates.guarantee import guaranteed
from metrics.tally.tally import Tally


def certified_points(
    tally: Tally | Evaluation, *limits: str, confidence: float = 0.95
) -> set[tuple[str, float]]:
    points = guaranteed(tally, limits, confidence=confidence)
    return set(zip(points["model"], points["threshold"], strict=True))

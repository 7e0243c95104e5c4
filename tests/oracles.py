"""Oracles: slow computations of the figures from their definitions, without the library's code."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

Floats = NDArray[np.float64]
NAN = float("nan")


def bucket(text: str, buckets: int = 100) -> int:
    """Bucket of a text: FNV-1a over UTF-8 and MurmurHash3's finaliser, in unbounded integers."""
    mask = 2**64 - 1
    h = 14695981039346656037
    for byte in text.encode():
        h = (h ^ byte) * 1099511628211 & mask
    for factor in (18397679294719823053, 14181476777654086739):
        h = (h ^ h >> 33) * factor & mask
    return (h ^ h >> 33) % buckets


def confusion(
    labels: Any, scores: Any, threshold: float, weights: Any = None
) -> tuple[float, float, float, float]:
    """True positives, false positives, false negatives and true negatives; flagged is ``>= threshold``."""
    mass = [1] * len(labels) if weights is None else [float(w) for w in weights]
    cells: dict[tuple[bool, bool], list[float]] = {}
    for label, score, weight in zip(labels, scores, mass, strict=True):
        cells.setdefault((bool(score >= threshold), bool(label == 1)), []).append(weight)
    total = sum if weights is None else math.fsum
    tp, fp, fn, tn = (
        total(cells.get((flagged, defect), []))
        for flagged, defect in ((True, True), (True, False), (False, True), (False, False))
    )
    return tp, fp, fn, tn


def probabilities(scores: Any, scale: str) -> Floats:
    """Scores on a scale as probabilities."""
    reading = {"percent": lambda x: x / 100, "logit": _logistic}.get(scale, float)
    return np.array([reading(x) for x in np.asarray(scores).tolist()], np.float64)


def _logistic(x: float) -> float:
    try:
        return 1 / (1 + math.exp(-x))
    except OverflowError:
        return math.exp(x)


def wrong_with_certainty(labels: Any, p: Any) -> int:
    """Number of rows with a probability of exactly 1 for the wrong class."""
    return sum(float(q) == 1 - float(y) for y, q in zip(labels, p, strict=True))


def unclipped_log_loss(labels: Any, scores: Any, weights: Any, scale: str) -> float:
    """Mean of ``-log`` of the predicted probability of the true class."""
    if scale == "logit":  # float64 has log odds of 69, but no probability of 1 - 1e-30
        each = np.logaddexp(0, np.where(labels == 1, -scores, scores)).tolist()
    else:
        p = probabilities(scores, scale)
        of_true_class = np.where(labels == 1, p, 1 - p).tolist()
        each = [-math.log(q) if q > 0 else math.inf for q in of_true_class]
    return math.fsum(w * x for w, x in zip(weights.tolist(), each, strict=True)) / math.fsum(
        weights
    )


def calibration_error(labels: Any, p: Any, weights: Any, bins: int = 15) -> float:
    """Weighted gap between mean probability and share of defects, over bins of equal width."""
    error = 0.0
    bin_of_row = [min(math.floor(q * bins), bins - 1) for q in p.tolist()]
    for b in set(bin_of_row):
        inside = np.array([k == b for k in bin_of_row])
        w, y, q = weights[inside], labels[inside], p[inside]
        error += w.sum() * abs(np.average(q, weights=w) - np.average(y, weights=w))
    return float(error / weights.sum())


def front(values: Any, maximise: Sequence[bool]) -> list[bool]:
    """Mask of the points that no other point dominates, by comparing each pair."""
    losses = [
        [-x if up else x for x, up in zip(point, maximise, strict=True)]
        for point in np.asarray(values).tolist()
    ]
    defined = [not any(math.isnan(x) for x in point) for point in losses]

    def beats(a: list[float], b: list[float]) -> bool:
        pairs = list(zip(a, b, strict=True))
        return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)

    return [
        ok
        and not any(other_ok and beats(q, p) for q, other_ok in zip(losses, defined, strict=True))
        for p, ok in zip(losses, defined, strict=True)
    ]


@dataclass(frozen=True)
class Served:
    """Serving load of a model and of the current system; times in seconds."""

    seconds: float
    price: float
    requests: float
    utilisation: float
    today: float = 0.0
    """Yearly cost of the current system."""

    @property
    def workers(self) -> float:
        """Smallest number of workers that can handle an hour's requests, found by trying 1, 2, 3, ..."""
        if math.isnan(self.requests + self.seconds):
            return NAN
        workers = 1
        while workers * 3600 * self.utilisation < self.requests * self.seconds * (1 - 1e-12):
            workers += 1
        return float(workers)

    @property
    def cost(self) -> float:
        return self.workers * 365 * 24 * self.price


@dataclass(frozen=True)
class Case:
    """One model at one threshold, on rows whose weights are those of production."""

    labels: NDArray[np.int8]
    scores: Floats
    scale: str
    weights: Floats
    values: Floats | None
    flagged: NDArray[np.bool_]
    today: NDArray[np.bool_]
    miss_cost: float
    payoffs: tuple[float, float, float, float]
    """Payoffs: good unit shipped, good unit rejected, defect shipped, defect rejected."""
    yearly: bool = False
    """True if production's file covers a year."""
    priced: bool = False
    """True if the payoffs are money."""
    serving: Served | None = None
    """Yearly serving cost of the model minus that of the current system; `None` if unknown."""

    @property
    def p(self) -> Floats:
        return probabilities(self.scores, self.scale)

    def total(self, mask: Any) -> float:
        """Weight of the rows of a mask."""
        return math.fsum(self.weights[mask])

    @property
    def missed(self) -> Any:
        return (self.labels == 1) & ~self.flagged

    @property
    def alarms(self) -> Any:
        return (self.labels == 0) & self.flagged

    def share(self, part: Any, whole: Any) -> float:
        """Weight of a part over the weight of the whole."""
        return self.total(part) / self.total(whole) if whole.any() else NAN

    def payoff(self, flagged: NDArray[np.bool_]) -> float:
        """Sum of the rows' payoffs, each by its class and its treatment."""
        ship_good, reject_good, ship_defect, reject_defect = self.payoffs
        each = [
            (reject_defect if flag else ship_defect) if y else (reject_good if flag else ship_good)
            for y, flag in zip(self.labels, flagged, strict=True)
        ]
        return math.fsum(w * x for w, x in zip(self.weights.tolist(), each, strict=True))


def weighted_rows(labels: Any, weights: Floats, rate: float | None, units: float | None) -> Floats:
    """Weights that scale the rows to ``units`` units with a defect rate of ``rate``."""
    whole, defects = math.fsum(weights), math.fsum(weights[labels == 1])
    rate = defects / whole if rate is None else rate
    units = whole if units is None else units
    factor = np.where(labels == 1, rate * units / defects, (1 - rate) * units / (whole - defects))
    return weights * factor


def _of_probabilities(figure: Callable[[Case], float]) -> Callable[[Case], float]:
    return lambda c: NAN if c.scale == "rank" else float(figure(c))


def _mcc(c: Case) -> float:
    exact = [Fraction(w) for w in c.weights.tolist()]
    cells = [Fraction(0)] * 4
    for y, flag, w in zip(c.labels, c.flagged, exact, strict=True):
        cells[2 * int(y) + int(flag)] += w
    tn, fp, fn, tp = cells
    whole = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return float(tp * tn - fp * fn) / math.sqrt(float(whole)) if whole else NAN


def _percent(c: Case) -> float:
    base = c.payoff(c.today)
    return 100 * (c.payoff(c.flagged) - base) / base if base > 0 else NAN


def _net(c: Case) -> float:
    if c.serving is None or not (c.yearly and c.priced):
        return NAN
    return c.payoff(c.flagged) - c.payoff(c.today) - (c.serving.cost - c.serving.today)


def _sample(measure: Callable[..., float]) -> Callable[[Case], float]:
    return lambda c: float(measure(c.labels, c.flagged, sample_weight=c.weights, zero_division=NAN))


OBJECTIVES: dict[str, Callable[[Case], float]] = {
    "log_loss": _of_probabilities(
        lambda c: sk.log_loss(c.labels, c.p, sample_weight=c.weights, labels=[0, 1])
    ),
    "brier": _of_probabilities(lambda c: np.average((c.p - c.labels) ** 2, weights=c.weights)),
    "roc_auc": lambda c: float(sk.roc_auc_score(c.labels, c.scores, sample_weight=c.weights)),
    "average_precision": lambda c: float(
        sk.average_precision_score(c.labels, c.scores, sample_weight=c.weights)
    ),
    "calibration_error": _of_probabilities(lambda c: calibration_error(c.labels, c.p, c.weights)),
    "missed_defects": lambda c: c.total(c.missed),
    "missed_defects_per_1000_defects": lambda c: 1000 * c.share(c.missed, c.labels == 1),
    "missed_defects_per_1000_units": lambda c: 1000 * c.share(c.missed, c.labels >= 0),
    "shipped_defects_per_million": lambda c: 1e6 * c.share(c.missed, ~c.flagged),
    "missed_value": lambda c: (
        NAN if c.values is None else math.fsum((c.weights * c.values)[c.missed])
    ),
    "false_alarms": lambda c: c.total(c.alarms),
    "misclassified_units": lambda c: c.total(c.flagged != (c.labels == 1)),
    "cost_of_errors": lambda c: c.miss_cost * c.total(c.missed) + c.total(c.alarms),
    "recall": _sample(sk.recall_score),
    "precision": _sample(sk.precision_score),
    "f1": _sample(sk.f1_score),
    "mcc": _mcc,
    "share_flagged": lambda c: c.share(c.flagged, c.labels >= 0),
    "flagged_per_day": lambda c: c.total(c.flagged) / 365 if c.yearly else NAN,
    "revenue": lambda c: c.payoff(c.flagged) if c.priced else NAN,
    "revenue_impact": lambda c: c.payoff(c.flagged) - c.payoff(c.today),
    "revenue_impact_percent": _percent,
    "scoring_time": lambda c: NAN if c.serving is None else 1e6 * c.serving.seconds,
    "workers_at_peak": lambda c: NAN if c.serving is None else c.serving.workers,
    # A case has no kinds and segments: see tests/dashboard/analysis/test_worst_parts.py.
    "worst_kind_recall": lambda c: NAN,
    "worst_segment_recall": lambda c: NAN,
    # A case has no inspectors: see tests/metrics/evaluation/test_inspection_band_counts.py.
    "units_inspected": lambda c: NAN,
    "inspection_cost": lambda c: NAN,
    "missed_after_inspection": lambda c: NAN,
    "serving_cost": lambda c: NAN if c.serving is None else c.serving.cost,
    "revenue_impact_net": _net,
}
"""Figure of each objective by its id; NaN if it is undefined."""


def implied_threshold(miss_cost: float, rate_in_file: float, rate: float | None) -> float:
    """Score above which flagging is expected to pay, by Bayes' rule, in exact fractions."""
    r, seen = Fraction(miss_cost), Fraction(rate_in_file)
    actual = seen if rate is None else Fraction(rate)
    # At a score p there are p * actual / seen defects to (1 - p) * (1 - actual) / (1 - seen) good units.
    per_defect, per_good = actual / seen, (1 - actual) / (1 - seen)
    return float(per_good / (per_good + r * per_defect))


def pick(
    points: Sequence[dict[str, Any]],
    objective: str,
    *,
    maximise: bool,
    of_model: bool,
    within: Callable[[dict[str, Any]], bool],
    mark: float,
) -> int | None:
    """Position of a stakeholder's pick, by applying the rules one after another to each point."""
    eligible = [
        k
        for k, p in enumerate(points)
        if p["tp"] + p["fp"] > 0
        and p["fn"] + p["tn"] > 0
        and not math.isnan(p[objective])
        and within(p)
    ]
    if not eligible:
        return None
    values = [points[k][objective] for k in eligible]
    best = max(values) if maximise else min(values)
    ties_for_best = [k for k in eligible if math.isclose(points[k][objective], best, rel_tol=1e-12)]
    ties = ("cost_of_errors", "fn") if of_model else ("fn", "cost_of_errors")
    for name in (*ties, "model", "threshold"):
        least = min(points[k][name] for k in ties_for_best)
        ties_for_best = [k for k in ties_for_best if points[k][name] == least]
    if not of_model:
        return ties_for_best[0]
    same_model = [k for k in eligible if points[k]["model"] == points[ties_for_best[0]]["model"]]
    if math.isnan(mark):
        return min(same_model, key=lambda k: (points[k]["cost_of_errors"], points[k]["fn"]))
    return next((k for k in same_model if points[k]["threshold"] >= mark), same_model[-1])


def unbeaten(losses: Any, model: Any) -> list[bool]:
    """Mask of the points that no point of another model dominates, by comparing each pair; less is better."""
    points = [tuple(point) for point in np.asarray(losses).T.tolist()]
    owners = np.asarray(model).tolist()

    def beats(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
        return all(x <= y for x, y in zip(a, b, strict=True)) and a != b

    def known(point: tuple[float, ...]) -> bool:
        return not any(math.isnan(x) for x in point)

    return [
        known(p)
        and not any(
            known(q) and beats(q, p)
            for q, other in zip(points, owners, strict=True)
            if other != own
        )
        for p, own in zip(points, owners, strict=True)
    ]

"""Why the figures are to be believed: what the charts of evidence show, and each in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.selection import Selection
from dashboard.figures.evidence_figures import Line, ModelEvidence
from dashboard.words.numbers import SPACE, figure
from dashboard.words.phrases import capital, in_100, per_100, place_words
from metrics import OBJECTIVES, OperatingPoint
from metrics.evaluation.calibration import LogisticCalibration, logistic_calibration, reliability
from metrics.evaluation.calibration import probabilities as probabilities_of
from metrics.evaluation.confusion import Confusion, false_alarm_rate, precision, recall
from metrics.evaluation.decision_curve import decision_curve, net_benefit
from metrics.inference.calibration_intervals import (
    LogisticCalibrationInterval,
    calibration_in_the_large,
    logistic_calibration_interval,
    recalibrated_log_loss,
    reliability_interval,
)
from metrics.inference.comparison import rank_ranges
from metrics.inference.curve_bands import net_benefit_band, precision_recall_band, roc_band
from metrics.inference.intervals import intervals
from metrics.selection.cost_curve import LEAST_RATIO
from metrics.tally.kernel import Floats

MOST_POINTS = 240
"""Points of a curve that are drawn, spread evenly over its own."""
RATES = np.unique(np.concatenate([np.geomspace(1e-3, 1, 30), np.linspace(0, 1, 31)]))
"""False alarm rates at which the ROC curve's band is known."""
RECALLS = np.linspace(0.02, 1, 50)
"""Recalls at which the precision's band is known."""
DEARER, PRICES = 5.0, 121
"""How much dearer and cheaper than now a miss gets along the decision curve, and in how many steps."""


@dataclass(frozen=True)
class Evidence:
    """The chosen point and the one that it stands beside, on every chart of evidence.

    Attributes
    ----------
    shown : tuple of ModelEvidence
        The chosen one first; the other only where it has a model.
    auc : tuple of (float, (float, float))
        Of each of them, with its interval.
    calibration : tuple of LogisticCalibrationInterval
        Of each of them.
    expected, came : float
        Share of defects that the chosen model's probabilities add up to, and that there is; NaN for a
        ranking.
    bias : (float, float) or None
        95 % interval of the first less the second; None where it is not known.
    rate : float
        Share of defects of the figures.
    everything : ndarray of float64
        Net benefit of holding back every unit, along the decision curve.
    """

    shown: tuple[ModelEvidence, ...]
    auc: tuple[tuple[float, tuple[float, float]], ...]
    calibration: tuple[LogisticCalibrationInterval, ...]
    expected: float
    came: float
    bias: tuple[float, float] | None
    rate: float
    everything: Floats


def evidence_of(selection: Selection) -> Evidence:
    """Everything that the charts show, made once for what it follows from."""
    analysis = selection.analysis
    points = [selection.point, *([selection.compared] if _has_its_own(selection) else [])]
    is_asked = [True, not selection.is_compared_with_a_model]
    named = tuple(
        (str(point.model), point.threshold if asked else None)
        for point, asked in zip(points, is_asked, strict=False)
    )
    return cache.STORE.get(
        analysis.keyed("evidence", analysis.intervals_key, named),
        lambda: _evidence(analysis, points, named),
    )


def _has_its_own(selection: Selection) -> bool:
    """Whether what the chosen point stands beside has a line or a mark of its own."""
    a, b = selection.point, selection.compared
    if selection.is_compared_with_a_model:
        return b.model != a.model
    return b.model is not None and (a.model, a.threshold) != (b.model, b.threshold)


def _evidence(
    analysis: Analysis,
    points: list[OperatingPoint],
    named: tuple[tuple[str, float | None], ...],
) -> Evidence:
    evaluation = analysis.evaluation.alone
    price = evaluation.miss_cost or LEAST_RATIO  # an axis of ratios has no 0
    at = 1 / (1 + price)
    along = 1 / (1 + price * np.geomspace(DEARER, 1 / DEARER, PRICES))
    models = [evaluation.tally.index(str(point.model)) for point in points]
    mass = evaluation.tally.class_mass * np.array(evaluation.factors[::-1])
    rate = float(mass[1] / mass.sum())
    summed = evaluation.tally.calibration[:, models[0], :, :, 1].sum(axis=(0, 1))
    ranked = evaluation.tally.scale == "rank"
    expected = float(summed @ np.array(evaluation.factors[::-1]) / mass.sum())
    return Evidence(
        shown=tuple(
            _model_evidence(analysis, point, m, along, at)
            if threshold is not None
            else _without_threshold(_model_evidence(analysis, point, m, along, at))
            for point, m, (_, threshold) in zip(points, models, named, strict=True)
        ),
        auc=tuple(_auc(analysis, m) for m in models),
        calibration=tuple(_calibration(analysis, m) for m in models),
        expected=math.nan if ranked else expected,
        came=rate,
        bias=None
        if analysis.uncertainty is None or ranked
        else calibration_in_the_large(analysis.uncertainty.bootstrap, models[0]),
        rate=rate,
        everything=decision_curve(evaluation, models[0], along).flag_everything,
    )


def _model_evidence(
    analysis: Analysis, point: OperatingPoint, m: int, along: Floats, at: float
) -> ModelEvidence:
    evaluation, known = analysis.evaluation.alone, analysis.uncertainty
    model_curve = evaluation.curves[m]
    positions = _spread(model_curve.distinct, model_curve.position(point.threshold))
    counts = model_curve.counts[positions]
    scaled = counts.scaled(*evaluation.factors)
    here = Confusion(*(np.array(float(c)) for c in (point.tp, point.fp, point.fn, point.tn)))
    if analysis.scenario.inspection is not None:  # the curves are the model's own
        here = model_curve.at(point.threshold)
    there = here.scaled(*evaluation.factors)
    caught = float(recall(here))
    bands = reliability_ends = None
    is_ranking = evaluation.tally.scale == "rank"
    if known is not None:
        b = replace(known.bootstrap, evaluation=evaluation)
        bands = (
            roc_band(b, m, positions, RATES),
            precision_recall_band(b, m, positions, RECALLS),
            net_benefit_band(b, m, np.array([model_curve.position(point.threshold)]), along),
        )
        reliability_ends = None if is_ranking else reliability_interval(b, m)
    roc, flagged_right, good_done = bands or (None, None, None)
    stands_for = probabilities_of(np.array([point.threshold]), evaluation.tally.scale)[0]
    return ModelEvidence(
        model=str(point.model),
        threshold=point.threshold,
        thresholds=model_curve.thresholds[positions],
        roc=Line(
            false_alarm_rate(counts), recall(counts), RATES, roc,
            (float(false_alarm_rate(here)), caught),
        ),
        precision_recall=Line(
            recall(counts), precision(scaled), RECALLS, flagged_right,
            (caught, float(precision(there))),
        ),
        reliability=reliability(evaluation, m),
        reliability_ends=reliability_ends,
        probability=float(stands_for) if 0 <= stands_for <= 1 else math.nan,
        decision=Line(
            along, net_benefit(there, along), along, good_done, (at, float(net_benefit(there, at))),
        ),
        decision_curve=decision_curve(evaluation, m, along).net_benefit,
    )  # fmt: skip


def _without_threshold(one: ModelEvidence) -> ModelEvidence:
    """A model's curves without an operating point; along the prices its threshold follows them."""
    nowhere = math.nan, math.nan
    return replace(
        one,
        threshold=None,
        roc=replace(one.roc, point=nowhere),
        precision_recall=replace(one.precision_recall, point=nowhere),
        probability=math.nan,
        decision=replace(one.decision, y=one.decision_curve, band=None, point=nowhere),
    )


def _spread(distinct: NDArray[np.bool_], also: int) -> NDArray[np.intp]:
    """At most so many of a curve's distinct positions, both ends and one of them always among them."""
    every = np.flatnonzero(distinct)
    some = every[np.unique(np.linspace(0, every.size - 1, MOST_POINTS).round().astype(np.intp))]
    return np.union1d(some, [also])


def _auc(analysis: Analysis, m: int) -> tuple[float, tuple[float, float]]:
    value = analysis.evaluation.figures[m].roc_auc.value
    if analysis.uncertainty is None:
        return value, (math.nan, math.nan)
    ends = intervals(analysis.uncertainty.bootstrap, OBJECTIVES["roc_auc"], m, np.array([0]))
    return value, (ends.low.item(), ends.high.item())


def _calibration(analysis: Analysis, m: int) -> LogisticCalibrationInterval:
    if analysis.uncertainty is not None:
        return logistic_calibration_interval(analysis.uncertainty.bootstrap, m)
    nowhere = math.nan, math.nan
    calibration: LogisticCalibration = logistic_calibration(analysis.evaluation.alone, m)
    return LogisticCalibrationInterval(calibration, nowhere, nowhere)


def ranking_words(evidence: Evidence, label: str) -> str:
    """How well the chosen model ranks, in a sentence.

    Notes
    -----
    The area under the ROC curve is the chance that a random defect scores above a random good unit.
    """
    value, ends = evidence.auc[0]
    if math.isnan(value):
        return f"{label} cannot be ranked without both classes"
    return (
        f"{label} scores a defect above a good unit in {per_100(value)} of 100 pairs{_ends(ends)}"
    )


def _ends(ends: tuple[float, float]) -> str:
    low, high = ends
    return "" if math.isnan(low) else f" ({per_100(low)}{SPACE}to{SPACE}{per_100(high)})"


def precision_words(evidence: Evidence, caught_in_all: float | None = None) -> str:
    """What flagging at the chosen threshold is worth, in a sentence.

    Parameters
    ----------
    caught_in_all : float, optional
        Share of the defects that is caught with what inspectors find, where people inspect.
    """
    caught, right = evidence.shown[0].precision_recall.point
    if caught_in_all is not None:
        by_people = caught_in_all - caught
        outright = f"Of 100 defects {in_100(caught)} are rejected outright"
        if math.isnan(right):
            outright = "No unit is rejected outright"
        words = f"{outright}, and inspectors find {in_100(by_people)} more"
        rejected = f"; of 100 units rejected outright {in_100(right)} are defects"
        return words + ("" if math.isnan(right) else rejected)
    if math.isnan(right):
        return "At the chosen threshold nothing is flagged"
    return (
        f"At the chosen threshold {in_100(right)} of 100 flagged units are defects, "
        f"and {in_100(caught)} of 100 defects are flagged"
    )


def calibration_words(evidence: Evidence) -> str:
    """Whether the chosen model's probabilities come true, in a sentence; chance has the benefit of doubt."""
    if math.isnan(evidence.expected):
        return "These scores are a ranking and no probabilities: there is nothing to come true"
    fitted = evidence.calibration[0]
    low, high = fitted.slope
    shares = evidence.expected, evidence.came
    places = max(2 - math.floor(math.log10(100 * max(shares))), 0) if max(shares) > 0 else 0
    expected, came = (f"{100 * share:.{places}f}" for share in shares)
    level = f"the model says {expected} of 100 units are defects, there are {came}"
    if evidence.bias is None:
        return capital(level)
    if not evidence.bias[0] <= 0 <= evidence.bias[1]:
        return f"{capital(level)}, so it says too {'many' if evidence.bias[0] > 0 else 'few'}"
    if high < 1:
        return f"{capital(level)}; yet it is too sure of each unit"
    if low > 1:
        return f"{capital(level)}; yet it is less sure of each unit than it could be"
    return f"Its probabilities come true: {level}"


def calibration_advice(evidence: Evidence) -> str:
    """What to make of the chosen model's scores; nothing where their probabilities come true or are none."""
    if math.isnan(evidence.expected) or evidence.bias is None:
        return ""
    low, high = evidence.calibration[0].slope
    if evidence.bias[0] <= 0 <= evidence.bias[1]:
        if high < 1 or low > 1:
            return "Right on average: take a single score with care; ranking and thresholds work all the same"
        return ""
    return "Do not read its scores as probabilities; ranking and thresholds work all the same"


def recalibrated_words(selection: Selection) -> str:
    """What two numbers would make of the chosen model's log loss, beside the other models'; else nothing."""
    analysis = selection.analysis
    model, now = str(selection.point.model), selection.point.figures["log_loss"]
    fitted = calibrations_of(analysis)
    own = fitted[model].log_loss
    if not own < now:
        return ""
    before, there = (figure(OBJECTIVES["log_loss"], loss, analysis.scenario) for loss in (now, own))
    words = f"Recalibrated here (slope and intercept), its log loss would be {there} instead of {before}"
    shown = tuple(map(str, analysis.points["model"].unique()))
    losses = np.array([fitted[name].log_loss for name in shown])
    if np.isfinite(losses).sum() < 2:
        return words
    place = place_words(*_recalibrated_places(analysis, shown, losses)[model])
    return f"{words}: {place} if all {np.isfinite(losses).sum()} are recalibrated so"


def _recalibrated_places(
    analysis: Analysis, shown: Sequence[str], losses: Floats
) -> dict[str, tuple[int, int]]:
    """Between which places each recalibrated model may be by its log loss, judged as on the cards."""

    def found() -> dict[str, tuple[int, int]]:
        if analysis.uncertainty is None:
            first = last = pd.Series(losses).rank(method="min").to_numpy(np.float64)
        else:
            drawn, index = analysis.uncertainty.bootstrap, analysis.evaluation.tally.index
            replicates = np.column_stack([recalibrated_log_loss(drawn, index(m)) for m in shown])
            first, last = rank_ranges(
                OBJECTIVES["log_loss"], losses, replicates, blocks=drawn.blocks
            )
        return {
            m: (int(low), int(high))
            for m, low, high in zip(shown, first, last, strict=True)
            if not math.isnan(low)
        }

    seed = None if analysis.uncertainty is None else analysis.seed
    key = analysis.keyed(
        "recalibrated places", analysis.scenario.defect_rate, analysis.picks_key.hidden, seed
    )
    return cache.STORE.get(key, found)


def calibrations_of(analysis: Analysis) -> dict[str, LogisticCalibration]:
    """The recalibration of every model; two numbers hardly flatter the log loss of the units they fit."""
    evaluation = analysis.evaluation.alone
    return cache.STORE.get(
        analysis.keyed("calibrations", analysis.scenario.defect_rate),
        lambda: {
            model: logistic_calibration(evaluation, m)
            for m, model in enumerate(evaluation.tally.models)
        },
    )


def slope_words(found: LogisticCalibrationInterval) -> str:
    """Calibration slope and intercept with their intervals."""
    if math.isnan(found.figures.slope):
        return "slope and intercept undefined"

    def with_interval(value: float, ends: tuple[float, float]) -> str:
        known = "" if math.isnan(ends[0]) else f" ({_signed(ends[0])} to {_signed(ends[1])})"
        return f"{_signed(value)}{known}"

    return (
        f"slope {with_interval(found.figures.slope, found.slope)}, best 1; "
        f"intercept {with_interval(found.figures.intercept, found.intercept)}, best 0"
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def decision_words(evidence: Evidence, price: str, *, alone: bool = False) -> str:
    """Whether acting on the chosen point does more good than harm, in a sentence.

    Parameters
    ----------
    alone : bool
        Whether it is of the model without the inspectors that other figures are of.
    """
    lead = "Without inspectors, with" if alone else "With"
    at, done = evidence.shown[0].decision.point
    along = evidence.shown[0].decision.along
    everything = float(np.interp(at, along, evidence.everything))
    best_without = max(everything, 0.0)
    if math.isnan(done):
        without = ", without inspectors" if alone else ""
        return f"What acting on it brings{without} is undefined"
    gain = 1000 * (done - best_without)
    other = "holding back every unit" if everything > 0 else "shipping every unit"
    if gain <= 0:
        return f"{lead} a miss at {price} false alarms, acting on it is no better than {other}"
    return (
        f"{lead} a miss at {price} false alarms, acting on it is worth {gain:.3g} caught defects per "
        f"1,000 units more than {other}"
    )

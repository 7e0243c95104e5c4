"""Words for the charts of evidence: questions, findings, notes, and tips under the pointer."""

from __future__ import annotations

import math

from dashboard.analysis.evidence.model_calibration import MeanError, ModelCalibration, SpreadError
from dashboard.analysis.evidence.model_evidence import Evidence
from dashboard.words.numbers.amounts import (
    MINUS,
    digits,
    number,
    price_size,
    rate_words,
    whole_percent,
)
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import MAY_BE_CHANCE
from metrics import OBJECTIVES, Scenario
from metrics.inference.calibration_intervals import LogisticCalibrationInterval

QUESTIONS = {
    "roc": "Does it tell defects from good units?",
    "calibration": "Are its probabilities accurate?",
    "precision": "Are flagged units really defects?",
    "decision": "Is it worth acting on?",
}
"""Question that each chart answers."""
NO_CURVE, SAME_MODEL, SAME_POINT = "no curve", "the same model", "the same point"
"""Legend entries for a compared point that is not drawn separately."""
_MEANS = {MeanError.TOO_HIGH: "high", MeanError.TOO_LOW: "low"}
_ESTIMATES = {MeanError.TOO_HIGH: "overestimates", MeanError.TOO_LOW: "underestimates"}
_SPREADS = {
    SpreadError.TOO_EXTREME: "overconfident",
    SpreadError.TOO_CAUTIOUS: "underconfident",
}
_ADVICE = "Do not read its scores as probabilities; ranking and thresholds work all the same"
_GOOD_ENOUGH = "This is good enough to act on"


INTERVALS = "Bands, and in brackets: 95% intervals."
"""Note above the charts."""


def chart_notes(evidence: Evidence) -> dict[str, str]:
    """Note below each chart, by the keys of `QUESTIONS`."""
    by_price = ""
    if not math.isnan(evidence.calibration[0].expected):  # only a probability can follow a price
        line = "thin and dashed" if evidence.shown[-1].threshold is None else "thin"
        by_price = f"; {line}: where it follows the price"
    return {
        "roc": "Recall along the false alarm rate, the ROC curve.",
        "calibration": f"Reliability diagram: {slope_words(evidence.calibration[0].fitted)}.",
        "precision": "Precision along recall.",
        "decision": f"Net benefit of this threshold{by_price}.",
    }


def auc_sentence(evidence: Evidence, label: str) -> str:
    """Sentence about the ROC AUC of the selected model.

    Notes
    -----
    The ROC AUC is the probability that a random defect scores above a random good unit.
    """
    value, ends = evidence.auc[0]
    if math.isnan(value):
        return f"{label} cannot be ranked without both classes"
    return f"{label} scores a defect above a good unit in {rate_words(value)} of pairs{_interval(ends)}"


def _interval(ends: tuple[float, float]) -> str:
    low, high = ends
    return "" if math.isnan(low) else f" ({rate_words(low)} to {rate_words(high)})"


def precision_sentence(evidence: Evidence, recall_in_all: float | None) -> str:
    """Sentence about the flagged units at the selected threshold.

    Parameters
    ----------
    recall_in_all : float or None
        Recall together with the inspectors; `None` without inspectors.
    """
    caught, right = evidence.shown[0].precision_recall.point
    if recall_in_all is not None:
        by_people = recall_in_all - caught
        outright = f"{whole_percent(caught)} of defects are rejected outright"
        if math.isnan(right):
            outright = "No unit is rejected outright"
        words = f"{outright}, and inspectors find {whole_percent(by_people)} more"
        rejected = f"; {whole_percent(right)} of units rejected outright are defects"
        return words + ("" if math.isnan(right) else rejected)
    if math.isnan(right):
        return "At the chosen threshold nothing is flagged"
    return (
        f"At the chosen threshold {whole_percent(right)} of flagged units are defects, "
        f"and {whole_percent(caught)} of defects are flagged"
    )


def calibration_sentence(calibration: ModelCalibration, subject: str = "It") -> str:
    """Sentence about whether the probabilities of a model are calibrated."""
    if math.isnan(calibration.expected):
        return "These scores are a ranking and no probabilities: their accuracy cannot be judged"
    level = f"predicts {rate_words(calibration.expected)} defects, {_rate_words(calibration)}"
    mean, spread = calibration.mean_error, calibration.spread_error
    if calibration.bias is None:
        return f"{subject} {level}"
    slightly = "" if calibration.matters else "slightly "
    if mean is not None:
        slope = f" (slope {_signed(calibration.fitted.figures.slope)}, best 1)"
        also = f", and is {slightly}{_SPREADS[spread]}{slope}" if spread else ""
        return f"{subject} {slightly}{_ESTIMATES[mean]}: {level} (clear){also}"
    if spread is not None:
        shape = f"{subject} is {slightly}{_SPREADS[spread]}"
        return f"{shape}; on average it {level}, which {MAY_BE_CHANCE}"
    return f"No clear miscalibration: {level}"


def calibration_advice(calibration: ModelCalibration) -> str:
    """Advice on how to read the scores of a model; empty if its probabilities are calibrated."""
    if calibration.matters:
        return _ADVICE
    return _GOOD_ENOUGH if calibration.mean_error or calibration.spread_error else ""


def _rate_words(calibration: ModelCalibration) -> str:
    """Share of defects that the probabilities are compared with: ``3.05% are``, ``1.5% are assumed``."""
    return f"{rate_words(calibration.rate)} are{' assumed' if calibration.is_rate_assumed else ''}"


def calibration_heads(calibration: ModelCalibration) -> list[str]:
    """Heads of the table of calibrations. All rows share one defect rate, which is in a heading."""
    predicts = f"Predicts ({_rate_words(calibration)})"
    return ["Model", "Log loss", "Recalibrated", predicts, "Slope (best 1)", "Error (if clear)"]


def calibration_texts(calibration: ModelCalibration, scenario: Scenario) -> list[str]:
    """Texts of a model's row in the table of calibrations, without its name."""
    slope, recalibrated = calibration.fitted.figures.slope, calibration.fitted.figures.log_loss
    losses = (calibration.log_loss, recalibrated)
    return [
        *("–" if math.isnan(x) else figure(OBJECTIVES["log_loss"], x, scenario) for x in losses),
        rate_words(calibration.expected),
        "–" if math.isnan(slope) else _signed(slope),
        _errors_text(calibration),
    ]


def _errors_text(calibration: ModelCalibration) -> str:
    """Clear errors of a model's calibration: ``overconfident, too high``, ``none``, or a dash if unknown."""
    mean, spread = calibration.mean_error, calibration.spread_error
    if calibration.bias is None:
        return "–"
    errors = [_SPREADS[spread]] if spread else []
    errors += [f"too {_MEANS[mean]}"] if mean else []
    slightly = "" if calibration.matters else "slightly "
    return f"{slightly}{', '.join(errors)}" if errors else "none"


def slope_words(fitted: LogisticCalibrationInterval) -> str:
    """Calibration slope and intercept with their intervals."""
    if math.isnan(fitted.figures.slope):
        return "slope and intercept undefined"

    def with_interval(value: float, ends: tuple[float, float]) -> str:
        in_brackets = "" if math.isnan(ends[0]) else f" ({_signed(ends[0])} to {_signed(ends[1])})"
        return f"{_signed(value)}{in_brackets}"

    return (
        f"slope {with_interval(fitted.figures.slope, fitted.slope)}, best 1; "
        f"intercept {with_interval(fitted.figures.intercept, fitted.intercept)}, best 0"
    )


def _signed(value: float) -> str:
    return f"{value:z.2f}".replace("-", MINUS)


def implied_price_words(probability: float) -> str:
    """Price of a miss, in false alarms, that a threshold probability implies.

    Examples
    --------
    >>> implied_price_words(0.2), implied_price_words(0.75), implied_price_words(0.0005)
    ('4', '0.33', '1,999')
    """
    price = (1 - probability) / probability
    return digits(price, 2) if price < 1 else price_size(price)  # NaN has no digits.


def decision_sentence(evidence: Evidence, price: str, *, alone: bool = False) -> str:
    """Sentence about the net benefit of the selected point.

    Parameters
    ----------
    alone : bool
        Whether the evidence leaves out the inspectors of the scenario.
    """
    lead = "Without inspectors, with" if alone else "With"
    benefit, everything = evidence.shown[0].decision.point[1], evidence.benefit_of_everything
    if math.isnan(benefit):
        without = ", without inspectors" if alone else ""
        return f"What acting on it brings{without} is undefined"
    gain = 1000 * (benefit - max(everything, 0.0))
    other = "rejecting every unit" if everything > 0 else "shipping every unit"
    if gain <= 0:
        return f"{lead} a miss at {price} false alarms, acting on it is no better than {other}"
    return (
        f"{lead} a miss at {price} false alarms, acting on it is worth {gain:.3g} caught defects per "
        f"1,000 units more than {other}"
    )


Tip = list[str]
"""Lines of a tip."""


def operating_tip(title: str, recall: float, false_alarm_rate: float, precision: float) -> Tip:
    """Lines about a threshold: recall, precision and false alarm rate, as far as they are defined."""
    shares = {
        "defects are caught": recall,
        "flagged units are defects": precision,
        "good units are flagged": false_alarm_rate,
    }
    lines = [f"{rate_words(v)} of {what}" for what, v in shares.items() if not math.isnan(v)]
    return _tip(title, *lines)


def reliability_tip(title: str, predicted: float, observed: float, share: float) -> Tip:
    """Lines about the units of a model with similar probabilities."""
    return _tip(
        title,
        f"it predicts {rate_words(predicted)} defects",
        f"{rate_words(observed)} are defects",
        f"{rate_words(share)} of units have such a score",
    )


def benefit_tip(title: str, probability: float, benefit: float) -> Tip:
    """Lines about the net benefit per 1,000 units at a threshold probability, shown as a price of a miss."""
    costs = implied_price_words(probability)
    alarms = "false alarm" if costs == "1" else "false alarms"
    worth = f"worth {number(benefit, 1)} caught defects per 1,000 units"
    return _tip(title, f"a miss at {costs} {alarms}", worth)


def _tip(title: str, *lines: str) -> Tip:
    return [" ".join(title.split()), *lines]

"""Standard objectives of the library: losses, ranking, errors, rates, money, serving cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metrics.evaluation import confusion, rates
from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.model_metrics import ModelFigures
from metrics.evaluation.objective import Context, Direction, Extreme, Unit, objective
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving_cost import ServingCost, cost_of_serving, extra_cost

MINIMISE, MAXIMISE = Direction.MINIMISE, Direction.MAXIMISE


def _model(context: Context) -> ModelFigures:
    assert context.model is not None  # Objective.values handles "ship everything" itself
    return context.model


@objective(
    "log loss",
    term="cross-entropy, probabilities clipped at 2.2e-16",
    unit=Unit.LOSS,
    direction=MINIMISE,
    of_model=True,
    is_clipped=True,
)
def log_loss(counts: Confusion, context: Context) -> float:
    """Mean clipped cross-entropy in nats."""
    return _model(context).log_loss_clipped


@objective(
    "Brier score",
    term="mean squared error of the probability",
    unit=Unit.LOSS,
    direction=MINIMISE,
    of_model=True,
)
def brier(counts: Confusion, context: Context) -> float:
    """Mean squared error of the probabilities."""
    return _model(context).brier


@objective(
    "ROC AUC",
    term="area under the ROC curve",
    unit=Unit.SCORE,
    direction=MAXIMISE,
    of_model=True,
)
def roc_auc(counts: Confusion, context: Context) -> float:
    """Probability that a defect scores above a good unit."""
    return _model(context).roc_auc.value


@objective(
    "average precision",
    term="area under the precision-recall steps",
    unit=Unit.SCORE,
    direction=MAXIMISE,
    of_model=True,
    is_slow=True,
)
def average_precision(counts: Confusion, context: Context) -> float:
    """Precision averaged over the increases of recall."""
    return _model(context).average_precision.value


@objective(
    "calibration error",
    term="expected calibration error (ECE), 15 bins",
    unit=Unit.SCORE,
    direction=MINIMISE,
    of_model=True,
    has_interval=False,
)
def calibration_error(counts: Confusion, context: Context) -> float:
    """Mean gap between predicted probability and observed share of defects.

    Notes
    -----
    This objective has no interval. A sum of absolute gaps grows with the noise of every sample, so replicates
    lie above their own figure. Percentiles never include the 0 of a calibrated model. Percentiles reflected
    at the figure include it in 51 to 86% of simulated data sets.
    """
    return _model(context).calibration_error


@objective(
    "missed defects",
    of_one="missed defect",
    term="false negatives (FN)",
    unit=Unit.COUNT,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_EVERYTHING,
    in_proportion="missed_defects_per_1000_defects",
)
def missed_defects(counts: Confusion, context: Context) -> Any:
    """Defects shipped."""
    return counts.fn


@objective(
    "missed per 1,000 defects",
    term="1,000 x false negative rate",
    unit=Unit.PER_1000_DEFECTS,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_EVERYTHING,
)
def missed_defects_per_1000_defects(counts: Confusion, context: Context) -> Any:
    """Defects shipped per 1,000 defects."""
    return ratio(1000 * counts.fn, counts.tp + counts.fn)


@objective(
    "missed per 1,000 units",
    term="1,000 x FN / units",
    unit=Unit.PER_1000_UNITS,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_EVERYTHING,
)
def missed_defects_per_1000_units(counts: Confusion, context: Context) -> Any:
    """Defects shipped per 1,000 units made."""
    return ratio(1000 * counts.fn, counts.tp + counts.fp + counts.fn + counts.tn)


@objective(
    "defects among shipped units",
    of_one="defect among shipped units",
    term="1,000,000 x FN / (FN + TN), the false omission rate",
    unit=Unit.PER_MILLION,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_EVERYTHING,
)
def shipped_defects_per_million(counts: Confusion, context: Context) -> Any:
    """Defects per million units that reach customers."""
    return 1e6 * rates.shipped_defect_rate(counts)


@objective(
    "value of missed defects",
    term="summed value of the false negatives",
    unit=Unit.MONEY,
    direction=MINIMISE,
    extreme=Extreme.FLAG_EVERYTHING,
    needs_value=True,
)
def missed_value(counts: Confusion, context: Context) -> Any:
    """Summed unit value of the defects shipped."""
    return np.nan if counts.missed_value is None else counts.missed_value


@objective(
    "false alarms",
    of_one="false alarm",
    term="false positives (FP)",
    unit=Unit.COUNT,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_NOTHING,
)
def false_alarms(counts: Confusion, context: Context) -> Any:
    """Good units flagged."""
    return counts.fp


@objective(
    "misclassified units",
    of_one="misclassified unit",
    term="FN + FP",
    unit=Unit.COUNT,
    direction=MINIMISE,
    superlative="fewest",
)
def misclassified_units(counts: Confusion, context: Context) -> Any:
    """Missed defects plus false alarms."""
    return counts.fn + counts.fp


@objective(
    "cost of errors",
    term="miss cost x FN + FP",
    unit=Unit.FALSE_ALARMS,
    direction=MINIMISE,
    noun="errors",
    reads=("miss_cost",),
)
def cost_of_errors(counts: Confusion, context: Context) -> Any:
    """Missed defects at the miss cost, plus false alarms and inspections; in false alarms."""
    errors = confusion.cost_of_errors(counts, context.scenario.miss_cost)
    if counts.inspected_goods is None:
        return errors
    alarms = context.scenario.inspection_alarms
    if np.isinf(alarms):  # a free false alarm gives an infinite cost
        return np.where(np.asarray(counts.inspected) > 0, np.inf, errors)
    return errors + alarms * counts.inspected


@objective(
    "recall",
    term="TP / (TP + FN), the true positive rate",
    unit=Unit.SHARE,
    direction=MAXIMISE,
    extreme=Extreme.FLAG_EVERYTHING,
)
def recall(counts: Confusion, context: Context) -> Any:
    """Share of defects that are caught."""
    return rates.recall(counts)


@objective(
    "recall of the worst kind",
    term="least recall of any kind of defect",
    unit=Unit.SHARE,
    direction=MAXIMISE,
    extreme=Extreme.FLAG_EVERYTHING,
)
def worst_kind_recall(counts: Confusion, context: Context) -> Any:
    """Smallest recall of any kind of defect; undefined without kinds."""
    return np.nan if counts.worst_kind_recall is None else counts.worst_kind_recall


@objective(
    "recall of the worst segment",
    term="least recall of any segment",
    unit=Unit.SHARE,
    direction=MAXIMISE,
    extreme=Extreme.FLAG_EVERYTHING,
)
def worst_segment_recall(counts: Confusion, context: Context) -> Any:
    """Smallest recall of any segment; undefined without segments."""
    return np.nan if counts.worst_segment_recall is None else counts.worst_segment_recall


@objective(
    "precision",
    term="TP / (TP + FP)",
    unit=Unit.SHARE,
    direction=MAXIMISE,
    extreme=Extreme.FLAG_NOTHING,
)
def precision(counts: Confusion, context: Context) -> Any:
    """Share of flagged units that are defective."""
    return rates.precision(counts)


@objective("F1", term="2 TP / (2 TP + FP + FN)", unit=Unit.SCORE, direction=MAXIMISE)
def f1(counts: Confusion, context: Context) -> Any:
    """Harmonic mean of precision and recall."""
    return rates.f1(counts)


@objective("MCC", term="Matthews correlation coefficient", unit=Unit.SCORE, direction=MAXIMISE)
def mcc(counts: Confusion, context: Context) -> Any:
    """Matthews correlation of flag and defect."""
    return rates.mcc(counts)


@objective(
    "share flagged",
    term="(TP + FP) / units",
    unit=Unit.SHARE,
    direction=MINIMISE,
    extreme=Extreme.FLAG_NOTHING,
)
def share_flagged(counts: Confusion, context: Context) -> Any:
    """Share of all units that are flagged."""
    return rates.share_flagged(counts)


@objective(
    "units flagged a day",
    of_one="unit flagged a day",
    term="(TP + FP) / 365, of a production year",
    unit=Unit.PER_DAY,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_NOTHING,
)
def flagged_per_day(counts: Confusion, context: Context) -> Any:
    """Units flagged on an average day; undefined if the scenario has no yearly volume."""
    if context.scenario.units_per_year is None:
        return np.nan
    return (counts.tp + counts.fp) / DAYS


def payoff_of(counts: Confusion, scenario: Scenario) -> Any:
    """Summed payoff of all units minus the cost of inspections, in the scenario's currency."""
    if counts.inspected_goods is not None:
        of_units = replace(counts, inspected_defects=None, inspected_goods=None)
        return payoff_of(of_units, scenario) - scenario.inspection_price * counts.inspected
    unit = scenario.payoffs
    if scenario.payoff is None and counts.missed_price is not None:
        return unit.ship_good * counts.tn - counts.missed_price
    return (
        unit.ship_good * counts.tn
        + unit.reject_good * counts.fp
        + unit.ship_defect * counts.fn
        + unit.reject_defect * counts.tp
    )


@objective(
    "revenue",
    term="payoff of all units",
    unit=Unit.MONEY,
    direction=MAXIMISE,
    reads=("payoff",),
)
def revenue(counts: Confusion, context: Context) -> Any:
    """Payoff of all units, negative if the factory loses money; undefined without payoffs."""
    if context.scenario.payoff is None:
        return np.nan
    return payoff_of(counts, context.scenario)


@objective(
    "revenue against today",
    term="payoff of all units minus today's",
    unit=Unit.MONEY,
    direction=MAXIMISE,
    signed=True,
    noun="revenue",
    change_of="revenue",
    in_proportion="revenue_impact_percent",
    reads=("payoff", "today"),
)
def revenue_impact(counts: Confusion, context: Context) -> Any:
    """Payoff of all units minus that of the current system."""
    return payoff_of(counts, context.scenario) - payoff_of(context.today, context.scenario)


@objective(
    "revenue against today, per cent",
    term="100 x (payoff - today's) / today's",
    unit=Unit.PERCENT,
    direction=MAXIMISE,
    signed=True,
    subject="revenue against today",
    change_of="revenue",
    reads=("payoff", "today"),
)
def revenue_impact_percent(counts: Confusion, context: Context) -> Any:
    """Change of the payoff in per cent of the current system's payoff; undefined unless that is above 0."""
    today = np.asarray(payoff_of(context.today, context.scenario), np.float64)
    return ratio(100 * revenue_impact(counts, context), np.where(today > 0, today, 0.0))


def beyond_share(gained: Any, earned: Any, percent: float) -> Any:
    """Gain over the current system minus ``percent`` per cent of its earnings; negative below a target.

    A loss counts as no earnings, so a larger target never gives a larger result.
    """
    return gained - percent / 100 * np.maximum(earned, 0.0)


@dataclass(frozen=True)
class Outcome:
    """Count of one of the four outcomes as an objective.

    Attributes
    ----------
    name : {"tp", "fp", "fn", "tn"}
    """

    name: str

    def __call__(self, counts: Confusion, context: Context) -> Any:
        """Number of rows with the outcome, or their weight."""
        return getattr(counts, self.name)


@dataclass(frozen=True)
class RevenueBeyond:
    """Gain in revenue over the current system, minus a share of its revenue; for a target in per cent."""

    percent: float

    def __call__(self, counts: Confusion, context: Context) -> Any:
        """Figure in the scenario's currency; negative if the target is missed, for revenue of any sign."""
        today = payoff_of(context.today, context.scenario)
        return beyond_share(revenue_impact(counts, context), today, self.percent)


@objective(
    "units inspected",
    of_one="unit inspected",
    term="units between the two thresholds",
    unit=Unit.COUNT,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_NOTHING,
    reads=("inspection",),
)
def units_inspected(counts: Confusion, context: Context) -> Any:
    """Units that people inspect; undefined without inspectors."""
    return np.nan if counts.inspected_goods is None else counts.inspected


@objective(
    "inspection cost",
    term="units inspected x price of an inspection",
    unit=Unit.MONEY,
    direction=MINIMISE,
    extreme=Extreme.FLAG_NOTHING,
    reads=("inspection",),
)
def inspection_cost(counts: Confusion, context: Context) -> Any:
    """Cost of inspections; undefined without inspectors."""
    if counts.inspected_goods is None:
        return np.nan
    return context.scenario.inspection_price * counts.inspected


@objective(
    "overlooked defects",
    of_one="overlooked defect",
    term="(1 - share that inspectors catch) x inspected defects",
    unit=Unit.COUNT,
    direction=MINIMISE,
    superlative="fewest",
    extreme=Extreme.FLAG_NOTHING,
    reads=("inspection",),
)
def missed_after_inspection(counts: Confusion, context: Context) -> Any:
    """Defects that were inspected and shipped nevertheless; undefined without inspectors."""
    return np.nan if counts.overlooked_defects is None else counts.overlooked_defects


def _serving(context: Context) -> ServingCost:
    """Serving cost of the model; undefined if every unit is shipped without a model."""
    if context.name is None:
        return ServingCost("")
    return cost_of_serving(context.scenario, context.name)


@objective(
    "scoring time",
    term="microseconds from input to score, a unit on one worker",
    unit=Unit.MICROSECONDS,
    direction=MINIMISE,
    superlative="shortest",
    of_model=True,
    needs_serving=True,
    reads=("serving",),
)
def scoring_time(counts: Confusion, context: Context) -> float:
    """Time that one worker needs for a unit; undefined if unknown."""
    return 1e6 * _serving(context).seconds_per_unit


@objective(
    "workers",
    of_one="worker",
    term="requests an hour x seconds a request / (3,600 x utilisation), rounded up",
    unit=Unit.WORKERS,
    direction=MINIMISE,
    superlative="fewest",
    of_model=True,
    needs_serving=True,
    reads=("serving",),
)
def workers_at_peak(counts: Confusion, context: Context) -> float:
    """Number of workers for the peak load; undefined without requests per hour and a scoring time."""
    return _serving(context).workers


@objective(
    "serving cost",
    term="workers x 8,760 hours x price of a worker hour",
    unit=Unit.MONEY_A_YEAR,
    direction=MINIMISE,
    of_model=True,
    needs_serving=True,
    reads=("serving",),
)
def serving_cost(counts: Confusion, context: Context) -> float:
    """Yearly cost of a model's workers; undefined if time, load or price is unknown."""
    return _serving(context).cost_a_year


@objective(
    "revenue net of serving",
    term="revenue against today minus what serving costs more than today's system",
    unit=Unit.MONEY,
    direction=MAXIMISE,
    signed=True,
    change_of="revenue",
    needs_serving=True,
    reads=("payoff", "today", "serving"),
)
def revenue_impact_net(counts: Confusion, context: Context) -> Any:
    """Revenue change minus the additional cost of serving; undefined without payoffs and a volume."""
    scenario = context.scenario
    if scenario.payoff is None or scenario.units_per_year is None:
        return np.nan
    if context.model is not None and context.name is None:
        return np.nan
    return revenue_impact(counts, context) - extra_cost(scenario, context.name)

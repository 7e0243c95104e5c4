"""Figures of every model and the front, as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.words.numbers.amounts import price_size
from dashboard.words.serving import serving_finding
from metrics import OBJECTIVES, Bound, Evaluation, is_on_front, operating_points
from metrics.errors import Problem, warning
from metrics.evaluation.confusion import Confusion, ConfusionCurve, cost_of_errors
from metrics.evaluation.operating_points import COUNTS
from metrics.inference.label_noise import label_noise_ranges
from metrics.io import audit_sample
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario
from metrics.selection.cheapest_inspection_band import cheapest_band
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table
from metrics.selection.ties import cheapest_on_curve

FRONT = ("log_loss", "missed_defects", "revenue_impact")
"""Objectives of the front."""
SERVING_FIGURES = ("seconds_per_unit", "workers", "cost_a_year", "net")
ONLY_FLAGGED = warning(
    "W_ONLYFLAGGED",
    audit_sample.ONLY_FLAGGED,
    hint="Check a random sample of the other units, and name it with --labels-from audit --audit COL.",
)


def evaluation_json(evaluation: Evaluation, at: Sequence[str]) -> dict[str, Any]:
    """Figures of every model, and the front.

    Parameters
    ----------
    at : sequence of str
        Thresholds as typed, at which the tally must be exact.

    Returns
    -------
    dict
        ``rows``, ``positives``, ``models`` (by name: losses, ranking, ``at``, ``lowest_cost``), ``front``.
    """
    rows = evaluation.tally.rows
    return {
        "rows": int(rows.sum()),
        "positives": int(rows[1]),
        "models": {c.model: _model(evaluation, m, at) for m, c in enumerate(evaluation.curves)},
        "front": _front(evaluation),
    }


def _model(evaluation: Evaluation, m: int, at: Sequence[str]) -> dict[str, Any]:
    model_curve, figures = evaluation.curves[m], evaluation.figures[m]
    entry: dict[str, Any] = {
        "log_loss": figures.log_loss,
        "log_loss_clipped": figures.log_loss_clipped,
        "brier": figures.brier,
        "calibration_error": figures.calibration_error,
        "roc_auc": figures.roc_auc.value,
        "average_precision": figures.average_precision.value,
    }
    if figures.infinite_rows:
        entry["log_loss_infinite_rows"] = figures.infinite_rows
    for name in ("roc_auc", "average_precision"):
        bound = getattr(figures, name).bound
        if bound:
            entry[f"{name}_bound"] = bound
    entry["at"] = {typed: _counts(model_curve.at(float(typed))) for typed in at}
    entry["lowest_cost"] = lowest_cost(model_curve, evaluation.scenario.miss_cost)
    return entry


def _counts(counts: Confusion) -> dict[str, Any]:
    return {name: getattr(counts, name)[()] for name in COUNTS}


def lowest_cost(model_curve: ConfusionCurve, miss_cost: float) -> dict[str, Any]:
    """Threshold, cost and counts of a model's cheapest operating point, as observed."""
    best = cheapest_on_curve(model_curve, miss_cost)
    counts = model_curve.counts[best]
    return {
        "threshold": float(model_curve.thresholds[best]),
        "cost": float(cost_of_errors(counts, miss_cost)),
        **_counts(counts),
    }


def _front(evaluation: Evaluation) -> list[dict[str, Any]]:
    objectives = [OBJECTIVES[name] for name in FRONT]
    points = operating_points(evaluation, objectives)
    # An objective that is undefined for all models (log loss of rankings) cannot distinguish points.
    judged = [o for o in objectives if points[o.id].notna().any()]
    mask = is_on_front(
        points[[o.id for o in judged]].to_numpy(np.float64), [o.direction for o in judged]
    )
    return [
        {"model": point["model"], "threshold": point["threshold"]}
        | {o.id: _whole(point[o.id]) for o in objectives}
        for point in points[mask].to_dict("records")
    ]


def _whole(value: float) -> Any:
    """Whole number as an integer, so that counts are written as such."""
    return int(value) if math.isfinite(value) and value == int(value) else value


def serving_json(evaluation: Evaluation) -> dict[str, Any]:
    """Serving load and cost of every model.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation whose scenario has the load and the limits.

    Returns
    -------
    dict
        ``models`` (by name: figures, null if undefined; ``threshold`` of the highest ``net``; ``keeps``,
        whether limits are met; ``missing``, the reason for an undefined figure, or null), ``cheapest`` (name
        or null), ``finding``.
    """
    scenario = evaluation.scenario
    limits = [Bound(OBJECTIVES[name], value) for name, value in scenario.limits.items()]
    objectives = {
        o.id: o for o in [OBJECTIVES["revenue_impact_net"], *(b.objective for b in limits)]
    }
    table = serving_table(operating_points(evaluation, list(objectives.values())), scenario, limits)
    models = {}
    for row in table.to_dict("records"):
        models[str(row["model"])] = {
            **{name: float(row[name]) for name in SERVING_FIGURES},
            "workers": _whole(row["workers"]),
            "threshold": float(row["threshold"]),
            "keeps": bool(row["meets_limits"]),
            "missing": row["missing"] or row["net_missing"] or None,
        }
    return {
        "models": models,
        "cheapest": cheapest_to_serve(table),
        "finding": serving_finding(table, scenario, limits),
    }


def miss_weight_warnings(scenario: Scenario) -> tuple[Problem, ...]:
    """Warning if misses cost more or less than the payoffs of the scenario imply."""
    weight = scenario.miss_weight
    if weight == 1:
        return ()
    message = (
        f"a miss counts {price_size(weight)} times its money: miss_cost is {price_size(scenario.miss_cost)}, "
        f"the payoffs imply {price_size(scenario.implied_miss_cost)}"
    )
    return (
        warning(
            "W_MISSWEIGHT",
            message,
            hint="Leave miss_cost out to use the cost that the payoffs imply.",
        ),
    )


def add_label_noise(result: Mapping[str, Any], share: float) -> None:
    """Add to every model's figures how far they may be off if a share of the good labels is wrong.

    Adds ``label_noise`` with the ``share``. At every threshold of ``at``, and at ``lowest_cost``, it has both
    ends of each figure of `metrics.inference.label_noise.label_noise_ranges`.
    """

    def ranges(counts: Mapping[str, Any]) -> dict[str, Any]:
        observed = Confusion(*(np.array(float(counts[name])) for name in ("tp", "fp", "fn", "tn")))
        figures = label_noise_ranges(observed, share)
        return {name: [float(ends.low), float(ends.high)] for name, ends in figures.items()}

    for figures in result["models"].values():
        figures["label_noise"] = {
            "share": share,
            "at": {typed: ranges(counts) for typed, counts in figures["at"].items()},
            "lowest_cost": ranges(figures["lowest_cost"]),
        }


def add_bands(
    result: dict[str, Any],
    evaluation: Evaluation,
    reviews: Sequence[tuple[str, Inspection]],
    at_most: float,
) -> None:
    """Add the best band of each review to the figures of every model, by the argument as typed."""
    for model_curve in evaluation.curves:
        result["models"][model_curve.model]["review"] = {
            typed: _band(evaluation, model_curve, review, at_most) for typed, review in reviews
        }


def add_band_of_scenario(
    result: dict[str, Any], scenario: Scenario, evaluation: Evaluation
) -> None:
    """Add the best band of the scenario's inspectors, within their capacity, to every model's figures.

    Counts and cost are those of the scenario: per year if the number of units per year is known.
    """
    inspection = scenario.inspection
    assert inspection is not None
    alarms, most = scenario.inspection_alarms, inspection.largest_share(scenario.units_per_year)
    if not math.isfinite(alarms):  # a false alarm costs nothing, so inspecting cannot pay
        alarms, most = 0.0, 0.0
    people = replace(inspection, price=None, false_alarms=alarms)
    for model_curve in evaluation.curves:
        band = _band(evaluation, model_curve, people, most, evaluation.factors)
        result["models"][model_curve.model]["inspection"] = band


def _band(
    evaluation: Evaluation,
    model_curve: ConfusionCurve,
    people: Inspection,
    at_most: float,
    factors: tuple[float, float] = (1.0, 1.0),
) -> dict[str, Any]:
    miss_cost = evaluation.scenario.miss_cost
    band = cheapest_band(model_curve, people, miss_cost=miss_cost, at_most=at_most, factors=factors)
    figures = {name: _whole(value) for name, value in vars(band).items()}
    # The output keeps the name of its first version.
    return figures | {"reviewed": figures.pop("inspected")}


def without_misses(result: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of `evaluate` with null for everything that depends on missed defects.

    True and false alarms stay, at requested thresholds and in breakdowns.
    """
    counts_alone = ("tp", "fp", "tp_interval", "fp_interval")

    def blank(value: Any, name: str = "", *, is_counted: bool = False) -> Any:
        if isinstance(value, Mapping):
            counted = is_counted or name in ("at", "by", "types")
            return {key: blank(part, key, is_counted=counted) for key, part in value.items()}
        return value if is_counted and name in counts_alone else None

    models = {name: blank(figures) for name, figures in result["models"].items()}
    left = {key: value for key, value in result.items() if key not in ("serving", "replicates")}
    return left | {"models": models, "front": []}

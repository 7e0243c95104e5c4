"""Intervals of the figures of `evaluation_json`, from resampled counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.cli.evaluate.figures import FRONT
from dashboard.words.data_size import scarcity_words
from metrics import OBJECTIVES, evaluate
from metrics.errors import Problem, warning
from metrics.evaluation.operating_points import COUNTS
from metrics.evaluation.standard_objectives import Outcome
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.front_stability import front_probabilities
from metrics.inference.choice.optimism import Shape, at_choice, mean_optimism
from metrics.inference.interval_formulas import Interval, percentile_interval
from metrics.inference.intervals import intervals
from metrics.inference.scarcity import scarcities
from metrics.inference.share_intervals import count_intervals
from metrics.selection.choice import Choice

COST = OBJECTIVES["cost_of_errors"]
OUTCOMES = {
    name: replace(OBJECTIVES["missed_defects"], id=name, compute=Outcome(name)) for name in COUNTS
}
"""Counts of a point as objectives, so that their optimism can be estimated."""
OF_MODEL = {
    "log_loss_clipped": "log_loss",
    "brier": "brier",
    "calibration_error": "calibration_error",
    "roc_auc": "roc_auc",
    "average_precision": "average_precision",
}
"""Figures of a whole model, and their objectives."""
MAX_REPLICATES = 1_000_000
"""Number of replicates of the counts of the front's points that are in memory at a time."""


def add_intervals(result: Mapping[str, Any], bootstrap: Bootstrap) -> dict[str, Any]:
    """Add 95% intervals to all figures, and to each point of the front its probability to be on the front.

    Parameters
    ----------
    result : mapping
        Result of `evaluation_json` for the same evaluation.
    bootstrap : Bootstrap
        Resampled counts. The result states their seed and number.

    Returns
    -------
    dict
        ``<name>_interval`` after each ``<name>``: two ends, null if undefined.

    Notes
    -----
    Intervals at a typed threshold assume that it was not chosen from the data. Intervals at the threshold of
    lowest cost allow for its choice among the model's thresholds, and for the cheapest model also for the
    choice among the models (`metrics.inference.choice.optimism.at_choice`).
    """
    # The threshold of lowest cost is found in the file, without the scenario's defect rate and volume.
    evaluation = bootstrap.evaluation
    in_file = replace(evaluation.scenario, defect_rate=None, units_per_year=None)
    observed = replace(
        bootstrap,
        evaluation=evaluate(
            evaluation.tally,
            in_file,
            curves=evaluation.curves,
            current_tally=evaluation.current_tally,
        ),
    )
    cheapest = _cheapest_model(result["models"])
    models = {
        name: _model_with_intervals(
            bootstrap,
            observed,
            Choice(COST, models=None if name == cheapest else (name,)),
            m,
            figures,
        )
        for m, (name, figures) in enumerate(result["models"].items())
    }
    front = _front_with_intervals(bootstrap, result["front"]) if result["front"] else []
    return {
        **result,
        "models": models,
        "front": front,
        "replicates": bootstrap.replicates,
        "seed": bootstrap.drawn.seed,
    }


def scarcity_warnings(bootstrap: Bootstrap) -> tuple[Problem, ...]:
    """Warnings about intervals that may be too narrow because the data is scarce."""
    return tuple(
        warning(
            "W_FEW",
            f"{scarcity_words(scarcity)}: these intervals may be too narrow",
            hint="Take every interval for wider than it reads.",
        )
        for scarcity in scarcities(bootstrap.evaluation.tally)
    )


def _with_intervals(
    figures: Mapping[str, Any], ends: Mapping[str, Interval], k: int = 0
) -> dict[str, Any]:
    """Figures, each followed by its ``k``-th interval, or by its only interval."""
    with_intervals = {}
    for name, value in figures.items():
        with_intervals[name] = value
        if name in ends:
            sides = (ends[name].low, ends[name].high)
            with_intervals[f"{name}_interval"] = [side[min(k, side.size - 1)] for side in sides]
    return with_intervals


def _cheapest_model(models: Mapping[str, Any]) -> str:
    """Name of the model with the cheapest errors; ties are broken as `cheapest` does for points."""

    def loss(name: str) -> tuple[float, float, float, str]:
        best = models[name]["lowest_cost"]
        return float(best["cost"]), best["fn"], best["fp"], name

    return min(models, key=loss)


def _model_with_intervals(
    bootstrap: Bootstrap,
    observed: Bootstrap,
    choice: Choice,
    m: int,
    figures: Mapping[str, Any],
) -> dict[str, Any]:
    evaluation, blocks = bootstrap.evaluation, bootstrap.blocks
    first = np.zeros(1, np.intp)
    whole = {
        name: intervals(bootstrap, OBJECTIVES[objective], m, first)
        for name, objective in OF_MODEL.items()
    }
    whole["log_loss"] = percentile_interval(bootstrap.figures(m).log_loss, blocks=blocks)
    with_intervals = _with_intervals(figures, whole)
    thresholds = [*map(float, figures["at"]), float(figures["lowest_cost"]["threshold"])]
    where = evaluation.curves[m].positions(thresholds)
    ends = count_intervals(bootstrap, m, where)
    with_intervals["at"] = {
        typed: _with_intervals(counts, ends, k)
        for k, (typed, counts) in enumerate(figures["at"].items())
    }
    cheapest = where[-1:]
    plain = {name: Interval(side.low[-1:], side.high[-1:]) for name, side in ends.items()}
    plain["cost"] = intervals(observed, COST, m, cheapest)
    with_intervals["lowest_cost"] = _with_intervals(
        figures["lowest_cost"],
        _intervals_at_lowest_cost(observed, choice, m, int(cheapest[0]), plain),
    )
    return with_intervals


def _intervals_at_lowest_cost(
    observed: Bootstrap, choice: Choice, m: int, at: int, ends: Mapping[str, Interval]
) -> dict[str, Interval]:
    """Intervals at a threshold of lowest cost, made from intervals that ignore its choice."""
    evaluation, where = observed.evaluation, np.array([at])
    counts = evaluation.curves[m].counts[where].scaled(*evaluation.factors)
    if not counts.is_ordinary.all():  # flagging everything or nothing is no choice of a threshold
        return dict(ends)
    objectives = {"cost": COST, **OUTCOMES}
    optimism = mean_optimism(observed, choice, list(objectives.values()), at=(m, at))
    chosen = {}
    for name, o in objectives.items():
        value = o.values(counts, evaluation.context(m)).item()
        shape = Shape.of(observed.values(o, m, where)[:, 0], is_share=o is not COST)
        low, high = ends[name].low.item(), ends[name].high.item()
        interval = at_choice(o, value, low, high, optimism[o.id], shape)
        chosen[name] = Interval(np.array([interval.low]), np.array([interval.high]))
    return chosen


def _front_with_intervals(
    bootstrap: Bootstrap, front: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    curves = bootstrap.evaluation.curves
    by_model = [
        [point for point in front if point["model"] == model_curve.model] for model_curve in curves
    ]
    places = [
        model_curve.positions([float(point["threshold"]) for point in points])
        for model_curve, points in zip(curves, by_model, strict=True)
    ]
    # Objectives that are undefined for all models were not used for the front either.
    judged = [OBJECTIVES[o] for o in FRONT if not all(math.isnan(point[o]) for point in front)]
    probabilities = front_probabilities(bootstrap, judged, places)
    step = max(1, MAX_REPLICATES // bootstrap.replicates)
    out = []
    for m, (points, shares) in enumerate(zip(by_model, probabilities, strict=True)):
        for start in range(0, len(points), step):
            part = slice(start, start + step)
            ends = {o: intervals(bootstrap, OBJECTIVES[o], m, places[m][part]) for o in FRONT}
            for k, (point, share) in enumerate(zip(points[part], shares[part], strict=True)):
                out.append(_with_intervals(point, ends, k) | {"front_probability": share})
    return out

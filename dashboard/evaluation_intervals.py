"""What ``evaluate --bootstrap`` adds to the figures: intervals, and how often a point stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.count_intervals import count_intervals
from dashboard.evaluation_json import FRONT, plain
from metrics import OBJECTIVES, Evaluation
from metrics.errors import Problem, warning
from metrics.intervals import intervals
from metrics.margins import Interval, percentile
from metrics.resample import Resampled, draw
from metrics.rivals import standing
from metrics.tally import Tally
from metrics.uncertainty import cautions

OF_MODEL = {
    "log_loss_clipped": "log_loss",
    "brier": "brier",
    "calibration_error": "calibration_error",
    "roc_auc": "roc_auc",
    "average_precision": "average_precision",
}
"""Figures of a whole model, and the objectives that they are."""
IN_MEMORY = 1_000_000
"""Replicates of one count of the front's points that are in memory at a time."""


def add_intervals(
    out: Mapping[str, Any],
    evaluation: Evaluation,
    *,
    replicates: int,
    seed: int = 0,
    grouped: bool = False,
) -> dict[str, Any]:
    """Put its 95 % interval beside every figure, and how often it stands beside every point of the front.

    Parameters
    ----------
    out : mapping
        From `dashboard.evaluation_json.evaluation_json`, for the same evaluation.
    evaluation : Evaluation
    replicates, seed : int
        Of the resamples; both are said.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    dict
        With ``<name>_interval`` after each ``<name>``: two ends, null where undefined.

    Notes
    -----
    The threshold of least cost is held where the file puts it: the intervals are those of its counts.
    """
    resampled = Resampled(evaluation, draw(evaluation.tally, replicates=replicates, seed=seed))
    models = {
        name: _of_model(resampled, m, figures, grouped)
        for m, (name, figures) in enumerate(out["models"].items())
    }
    front = _of_front(resampled, out["front"], grouped)
    return {**out, "models": models, "front": front, "replicates": replicates, "seed": seed}


def too_few(tally: Tally, *, grouped: bool) -> tuple[Problem, ...]:
    """Warnings where intervals promise too much."""
    return tuple(
        warning(
            "W_FEW", said.removesuffix("."), hint="Take every interval for wider than it reads."
        )
        for said in cautions(tally, grouped=grouped)
    )


def _beside(figures: Mapping[str, Any], ends: Mapping[str, Interval], k: int = 0) -> dict[str, Any]:
    """Figures, each followed by the ``k``-th of its intervals, or the only one."""
    out = {}
    for name, value in figures.items():
        out[name] = value
        if name in ends:
            sides = (ends[name].low, ends[name].high)
            out[f"{name}_interval"] = [plain(side[min(k, side.size - 1)]) for side in sides]
    return out


def _of_model(
    resampled: Resampled, m: int, figures: Mapping[str, Any], grouped: bool
) -> dict[str, Any]:
    evaluation, blocks = resampled.evaluation, resampled.draws.blocks
    first = np.zeros(1, np.intp)
    whole = {
        name: intervals(resampled, OBJECTIVES[objective], m, first)
        for name, objective in OF_MODEL.items()
    }
    whole["log_loss"] = percentile(resampled.figures(m).log_loss, blocks=blocks)
    out = _beside(figures, whole)
    thresholds = [*map(float, figures["at"]), float(figures["lowest_cost"]["threshold"])]
    where = np.searchsorted(evaluation.curves[m].thresholds, thresholds, side="left")
    drawn = resampled.counts(m, where)
    ends = count_intervals(resampled, evaluation.curves[m].counts[where], drawn, grouped=grouped)
    out["at"] = {
        typed: _beside(counts, ends, k) for k, (typed, counts) in enumerate(figures["at"].items())
    }
    cheapest = drawn[-1:]
    cost = percentile(evaluation.scenario.miss_cost * cheapest.fn + cheapest.fp, blocks=blocks)
    out["lowest_cost"] = _beside(figures["lowest_cost"], {**ends, "cost": cost}, where.size - 1)
    return out


def _of_front(
    resampled: Resampled, front: list[dict[str, Any]], grouped: bool
) -> list[dict[str, Any]]:
    curves = resampled.evaluation.curves
    by_model = [[point for point in front if point["model"] == own.model] for own in curves]
    places = [
        np.searchsorted(own.thresholds, [float(point["threshold"]) for point in points])
        for own, points in zip(curves, by_model, strict=True)
    ]
    # What no model has did not make the front either.
    judged = [OBJECTIVES[o] for o in FRONT if any(point[o] is not None for point in front)]
    stood = standing(resampled, judged, places)
    step = max(1, IN_MEMORY // len(resampled.draws.weights))
    out = []
    for m, points in enumerate(by_model):
        shares = stood.points[m][np.searchsorted(stood.where[m], places[m])]
        for start in range(0, len(points), step):
            part = slice(start, start + step)
            ends = {
                o: intervals(resampled, OBJECTIVES[o], m, places[m][part], grouped=grouped)
                for o in FRONT
            }
            for k, (point, share) in enumerate(zip(points[part], shares[part], strict=True)):
                out.append(_beside(point, ends, k) | {"front_probability": plain(share)})
    return out

"""The figures of a score file as the one JSON object of ``common-ground evaluate``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics import OBJECTIVES, Evaluation, Objective, get_objective, is_on_front, point_at
from metrics.confusion import Confusion, Curve
from metrics.decision import is_least
from metrics.errors import ScoreError
from metrics.points import COUNTS, operating_points

FRONT = ("log_loss", "missed_defects", "revenue_impact")


def plain(value: Any) -> Any:
    """JSON form of a figure: undefined is null, infinite the string "inf", whole counts integers."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
    return value


def evaluation_json(evaluation: Evaluation, at: Sequence[str]) -> dict[str, Any]:
    """Figures of every model and the front.

    Parameters
    ----------
    evaluation : Evaluation
    at : sequence of str
        Thresholds as typed; the tally must have been told of them.

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
    own, figures = evaluation.curves[m], evaluation.figures[m]
    out: dict[str, Any] = {
        "log_loss": figures.log_loss,
        "log_loss_clipped": figures.log_loss_clipped,
        "brier": figures.brier,
        "calibration_error": figures.calibration_error,
        "roc_auc": figures.roc_auc.value,
        "average_precision": figures.average_precision.value,
    }
    if figures.infinite_rows:
        out["log_loss_infinite_rows"] = figures.infinite_rows
    for name in ("roc_auc", "average_precision"):
        bound = getattr(figures, name).bound
        if bound:
            out[f"{name}_bound"] = bound
    out = {name: plain(value) for name, value in out.items()}
    out["at"] = {typed: _counts(own.at(float(typed))) for typed in at}
    out["lowest_cost"] = lowest_cost(own, evaluation.scenario.miss_cost)
    return out


def _counts(counts: Confusion) -> dict[str, Any]:
    return {name: plain(getattr(counts, name)[()]) for name in COUNTS}


def cheapest(own: Curve, miss_cost: float, factors: tuple[float, float] = (1.0, 1.0)) -> int:
    """Position of the least ``miss_cost * fn + fp``; of equal ones that with the fewest misses.

    Parameters
    ----------
    own : Curve
    miss_cost : float
    factors : (float, float)
        On defects and good units: a scenario's.
    """
    counts = own.counts.scaled(*factors)
    positions = np.flatnonzero(own.distinct)
    cost = (miss_cost * counts.fn + counts.fp)[positions]
    candidates = positions[is_least(np.asarray(cost, np.float64))]
    return int(candidates[np.argmin(own.counts.fn[candidates])])


def lowest_cost(own: Curve, miss_cost: float) -> dict[str, Any]:
    """Threshold, cost and counts of a model's cheapest operating point, as observed."""
    best = cheapest(own, miss_cost)
    counts = own.counts[best]
    return {
        "threshold": plain(float(own.thresholds[best])),
        "cost": plain(float(miss_cost * counts.fn + counts.fp)),
        **_counts(counts),
    }


def _front(evaluation: Evaluation) -> list[dict[str, Any]]:
    objectives = [OBJECTIVES[name] for name in FRONT]
    points = operating_points(evaluation, objectives)
    # An objective that no model has (log loss of rankings) cannot tell points apart: it is left out.
    judged = [o for o in objectives if points[o.id].notna().any()]
    mask = is_on_front(
        points[[o.id for o in judged]].to_numpy(np.float64), [o.direction for o in judged]
    )
    return [
        {"model": point["model"], "threshold": plain(point["threshold"])}
        | {o.id: _whole(point[o.id]) for o in objectives}
        for point in points[mask].to_dict("records")
    ]


def _whole(value: float) -> Any:
    """Counts that stayed whole numbers are written as such."""
    return int(value) if math.isfinite(value) and value == int(value) else plain(value)


_LIMIT = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Limit:
    """A condition on one objective's figure, as typed after ``--fail-unless``."""

    text: str
    objective: Objective
    compare: str
    value: float

    def holds(self, figure: float) -> bool:
        """Whether ``figure`` keeps the limit; an undefined one does not."""
        return _COMPARE[self.compare](figure, self.value)


def parse_limit(text: str) -> Limit:
    """Read ``missed_defects_per_1000_defects <= 80``; ValueError where it is not of that form."""
    match = _LIMIT.match(text)
    if match is None:
        raise ValueError(f"a limit must read like 'recall >= 0.8', got {text!r}")
    name, compare, number = match.groups()
    try:
        return Limit(text.strip(), get_objective(name), compare, float(number))
    except ScoreError as error:
        raise ValueError(error.message) from error


def judge_limits(evaluation: Evaluation, limits: Sequence[Limit]) -> dict[str, Any]:
    """Hold every model, at its own threshold of least cost, to the limits.

    Returns
    -------
    dict
        ``met``: whether some model keeps them all; ``models``: for each model, its threshold, and the
        figure and outcome of each limit.
    """
    judged = {}
    for own in evaluation.curves:
        best = cheapest(own, evaluation.scenario.miss_cost, evaluation.factors)
        threshold = float(own.thresholds[best])
        point = point_at(evaluation, [lim.objective for lim in limits], own.model, threshold)
        judged[own.model] = {
            "threshold": plain(threshold),
            "limits": [
                {
                    "limit": lim.text,
                    "value": plain(point[lim.objective.id]),
                    "met": lim.holds(point[lim.objective.id]),
                }
                for lim in limits
            ],
        }
    met = any(all(one["met"] for one in model["limits"]) for model in judged.values())
    return {"met": met, "models": judged}

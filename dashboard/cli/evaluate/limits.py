"""Outcome of the limits of ``--fail-unless``, and the points that ``--guarantee`` certifies, as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.cli.evaluate.figures import ONLY_FLAGGED
from dashboard.words.limits.certified import OF_FOLDS
from metrics import Evaluation, Scores, TallyFile, operating_points, point_at
from metrics.errors import Problem, ScoreError, warning
from metrics.evaluation.confusion import LEAST_RECALLS, cost_of_errors
from metrics.inference.category_intervals import worst_share
from metrics.inference.certificates.certification import Standing, certification
from metrics.inference.certificates.guarantee import can_be_guaranteed, is_guaranteed
from metrics.io.read_options import RowsHeldOut, can_certify
from metrics.selection.limits import Limit
from metrics.selection.ties import cheapest, cheapest_on_curve
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.breakdown_counter import count_breakdowns

FOLDS = warning(
    "W_FOLDS", OF_FOLDS, hint="To certify such a model, score rows that it was not trained on."
)
NOT_PAIRED = warning(
    "W_TALLYTODAY",
    "limits against today's system are certified as if both erred on other units: the tally was not counted "
    "against this system",
    hint="Give the score files, or count them again with common-ground tally and --today.",
)


def refuse_limits(limits: Sequence[Limit]) -> None:
    """Raise ``E_ONLYFLAGGED`` for limits if only flagged units were checked.

    Judging a limit needs a threshold of lowest cost, which depends on missed defects.
    """
    if limits:
        raise ScoreError(
            "E_ONLYFLAGGED",
            "limits must be judged with the missed defects known, and only flagged units were checked, got "
            f"{limits[0].text}",
            hint=ONLY_FLAGGED.hint,
        )


def judge_rows(
    rows: RowsHeldOut, limits: Sequence[Limit], evaluation: Evaluation, *, is_audit: bool
) -> tuple[Problem, ...]:
    """Check that limits can be certified on these rows; warn if the certificate is about the models of folds.

    Parameters
    ----------
    limits : sequence of Limit
        Limits to certify. Limits that cannot be certified are ignored.
    is_audit : bool
        True if the weights of the rows are those of an audit sample.

    Raises
    ------
    ScoreError
        ``E_TRAINING`` if a limit would be certified on rows that the models were trained on, ``E_AUDITED`` if
        on an audit sample. There, a missed defect that was not drawn would have a large weight, which the
        drawn defects do not reveal.
    """
    certifiable = [limit.text for limit in limits if can_be_guaranteed(limit, evaluation)]
    if certifiable and is_audit:
        raise ScoreError(
            "E_AUDITED",
            "limits must be certified on units that were all checked, got an audit sample for "
            f"{certifiable[0]}",
            hint="Judge --fail-unless by the figures of the audit with --point-estimate.",
        )
    if certifiable and not can_certify(rows):
        raise ScoreError(
            "E_TRAINING",
            "limits must be certified on rows that the models were not trained on, got training rows for "
            f"{certifiable[0]}",
            hint="Give held-out rows, or judge --fail-unless by this file alone with --point-estimate.",
        )
    return (FOLDS,) if certifiable and rows == "out-of-fold" else ()


def judge_limits(
    evaluation: Evaluation, limits: Sequence[Limit], *, by_point: bool
) -> dict[str, Any]:
    """Compare every model with the limits, at the model's threshold of lowest cost.

    Parameters
    ----------
    by_point : bool
        True to use the figures of the file only. Otherwise a limit that can be certified must be, with a
        confidence of 95%, allowing for the choice among all models and thresholds.

    Returns
    -------
    dict
        ``met``: whether a model meets all limits together. ``models``: for each model its threshold, and the
        figure and outcome of each limit alone; if the limit can be certified, also its ``standing``.
    """
    certificates = None if by_point else certification(evaluation, limits)
    judged, is_met, before = {}, False, 0
    for model_curve in evaluation.curves:
        best = cheapest_on_curve(model_curve, evaluation.scenario.miss_cost, evaluation.factors)
        threshold = float(model_curve.thresholds[best])
        point = point_at(
            evaluation, [lim.objective for lim in limits], model_curve.model, threshold
        )
        place = before + model_curve.row(threshold)
        before += int(np.count_nonzero(model_curve.distinct))
        outcomes = []
        for k, lim in enumerate(limits):
            value = point.figures[lim.objective.id]
            outcome = {"limit": lim.text, "value": value, "met": lim.holds(value)}
            if certificates is not None and certificates.each[k] is not None:
                standing = certificates.standing(k, place, is_met=lim.holds(value))
                outcome |= {"met": standing is Standing.CERTIFIED, "standing": standing.value}
            outcomes.append(outcome)
        together = None if certificates is None else certificates.together
        are_met_together = together is None or bool(together[place])
        is_met |= all(outcome["met"] for outcome in outcomes) and are_met_together
        judged[model_curve.model] = {"threshold": threshold, "limits": outcomes}
    return {"met": is_met, "models": judged}


def add_worst_shares(
    judged: Mapping[str, Any],
    limits: Sequence[Limit],
    evaluation: Evaluation,
    scores: Scores | TallyFile,
) -> None:
    """Add ``value_interval`` and ``value_shrunken`` to the recalls of worst kinds and segments.

    Nothing is added for a tally file whose rows are not independent, because it is not counted by bucket.

    Parameters
    ----------
    judged : mapping
        Result of `judge_limits`.
    limits : sequence of Limit
        Limits that were judged.
    """
    tally = evaluation.tally
    independent = tally.rows_are_independent
    if not any(limit.objective.id in LEAST_RECALLS for limit in limits):
        return
    if isinstance(scores, TallyFile):
        breakdowns = tally.breakdowns if independent else None
    else:
        thresholds = {outcome["threshold"] for outcome in judged["models"].values()}
        buckets = 1 if independent else len(tally.counts)
        by = BreakdownColumns.of(scores.columns)
        breakdowns = count_breakdowns(scores, [*thresholds], by, buckets=buckets)
    if breakdowns is None:
        return
    kinds = [] if breakdowns.defect_types is None else [breakdowns.defect_types]
    columns = dict(zip(LEAST_RECALLS, (kinds, [*breakdowns.segments.values()]), strict=True))
    for model, outcome in judged["models"].items():
        for limit, of_limit in zip(limits, outcome["limits"], strict=True):
            if limit.objective.id in LEAST_RECALLS and not math.isnan(of_limit["value"]):
                parts, at = columns[limit.objective.id], float(outcome["threshold"])
                worst = worst_share(parts, model, at, independent=independent)
                of_limit["value_interval"] = [worst.low, worst.high]
                of_limit["value_shrunken"] = worst.shrunken


def judged_by_point(evaluation: Evaluation, limits: Sequence[Limit]) -> tuple[Problem, ...]:
    """Warning for each limit that cannot be certified, and is compared with the figure of the file."""
    return tuple(
        warning(
            "W_POINT",
            f"{lim.text}: judged by the figure of this file, since such a limit cannot be guaranteed",
            hint="Another sample may give another outcome.",
        )
        for lim in limits
        if not can_be_guaranteed(lim, evaluation)
    )


def guaranteed_json(
    evaluation: Evaluation, limits: Sequence[Limit], confidence: float
) -> dict[str, Any]:
    """Operating points that meet all limits in the population, and the cheapest of them.

    Returns
    -------
    dict
        ``limits`` as typed, ``confidence``, the number of ``looks`` if there are several, ``points``
        (``model``, ``threshold``), and ``least_cost``: the cheapest point with its ``cost``, which is
        ``miss_cost * fn + fp`` as observed, or None.
    """
    is_met = is_guaranteed(evaluation, limits, confidence=confidence)
    points, miss_cost = operating_points(evaluation, []), evaluation.scenario.miss_cost
    curves = evaluation.curves
    costs = [cost_of_errors(curve.counts[curve.distinct], miss_cost) for curve in curves]
    points["cost_of_errors"] = np.concatenate(costs)
    best = cheapest(points, is_met)
    listed = [
        {"model": model, "threshold": float(threshold)}
        for model, threshold in zip(points["model"], points["threshold"], strict=True)
    ]
    return {
        "limits": [lim.text for lim in limits],
        "confidence": confidence,
        **({} if evaluation.scenario.looks is None else {"looks": evaluation.scenario.looks.of}),
        "points": [listed[k] for k in np.flatnonzero(is_met)],
        "least_cost": None
        if best is None
        else {**listed[best], "cost": float(points["cost_of_errors"].iloc[best])},
    }

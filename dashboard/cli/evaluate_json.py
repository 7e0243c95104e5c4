"""JSON output of ``common-ground evaluate``: figures, intervals, breakdowns, and the cost of serving."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.words.certified import OF_FOLDS
from dashboard.words.numbers.amounts import price_size
from dashboard.words.phrases import scarcity_words
from dashboard.words.serving import serving_finding
from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    evaluate,
    is_on_front,
    operating_points,
    point_at,
)
from metrics.errors import Problem, ScoreError, warning
from metrics.evaluation.confusion import Confusion, ConfusionCurve, cost_of_errors
from metrics.evaluation.operating_points import COUNTS
from metrics.evaluation.standard_objectives import Outcome
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.category_intervals import flagged_share_interval, worst_share
from metrics.inference.certificates.certification import Standing, certification
from metrics.inference.certificates.guarantee import CONFIDENCE, can_be_guaranteed, is_guaranteed
from metrics.inference.certificates.sample_size import scarcities
from metrics.inference.front_stability import front_stability
from metrics.inference.interval_formulas import Interval, percentile_interval
from metrics.inference.intervals import (
    count_interval,
    count_intervals,
    intervals,
)
from metrics.inference.label_noise import label_noise_ranges
from metrics.inference.optimism import Shape, at_choice, mean_optimism
from metrics.inference.replicate_choices import Choice, is_ordinary
from metrics.io import audit_sample
from metrics.io.read_options import RowsHeldOut, can_certify
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario, Today
from metrics.selection.cheapest_inspection_band import cheapest_band
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table
from metrics.selection.limits import Limit
from metrics.selection.picks import cheapest
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown, Breakdowns
from metrics.tally.tally import Tally

FRONT = ("log_loss", "missed_defects", "revenue_impact")
"""Objectives of the front."""
OF_WORST = ("worst_kind_recall", "worst_segment_recall")
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
SERVING_FIGURES = ("seconds_per_unit", "workers", "cost_a_year", "net")
RATES = {"recall": 1, "false_alarm_rate": 0}
"""Shares of flagged units in a class, with the class."""
ONLY_FLAGGED = warning(
    "W_ONLYFLAGGED",
    audit_sample.ONLY_FLAGGED,
    hint="Check a random sample of the other units, and name it with --labels-from audit --audit COL.",
)
FOLDS = warning(
    "W_FOLDS", OF_FOLDS, hint="To certify such a model, score rows that it was not trained on."
)
NO_INTERVALS = warning(
    "W_TALLYPARTS",
    "parts of rows with weights or in groups have no intervals here: a tally does not count them by bucket",
    hint="For their intervals give the score files.",
)
NOT_PAIRED = warning(
    "W_TALLYTODAY",
    "limits against today's system are certified as if both erred on other units: the tally was not counted "
    "against this system",
    hint="Give the score files, or count them anew with common-ground tally and --today.",
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


def lowest_cost_position(
    model_curve: ConfusionCurve, miss_cost: float, factors: tuple[float, float] = (1.0, 1.0)
) -> int:
    """Position of the lowest ``miss_cost * fn + fp`` on a curve; `cheapest` decides between equal points.

    Parameters
    ----------
    factors : (float, float)
        Factors of the scenario for defects and good units.
    """
    scaled = model_curve.counts.scaled(*factors)
    points = pd.DataFrame(
        {
            "model": model_curve.model,
            "threshold": model_curve.thresholds,
            "fn": model_curve.counts.fn,
            "fp": model_curve.counts.fp,
            "cost_of_errors": cost_of_errors(scaled, miss_cost),
        }
    )
    position = cheapest(points, model_curve.distinct)
    assert position is not None  # flagging nothing is always a point
    return position


def lowest_cost(model_curve: ConfusionCurve, miss_cost: float) -> dict[str, Any]:
    """Threshold, cost and counts of a model's cheapest operating point, as observed."""
    best = lowest_cost_position(model_curve, miss_cost)
    counts = model_curve.counts[best]
    return {
        "threshold": float(model_curve.thresholds[best]),
        "cost": float(cost_of_errors(counts, miss_cost)),
        **_counts(counts),
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


def judge_limits(
    evaluation: Evaluation, limits: Sequence[Limit], *, by_point: bool = False
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
        best = lowest_cost_position(model_curve, evaluation.scenario.miss_cost, evaluation.factors)
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


def refuse_limits(limits: Sequence[Limit]) -> None:
    """Refuse limits if only flagged units were checked.

    Raises
    ------
    ScoreError
        ``E_ONLYFLAGGED`` if there is a limit, because judging needs a threshold of lowest cost, which depends
        on missed defects.
    """
    if limits:
        raise ScoreError(
            "E_ONLYFLAGGED",
            "limits must be judged with the missed defects known, and only flagged units were checked, got "
            f"{limits[0].text}",
            hint=ONLY_FLAGGED.hint,
        )


def misweighted(scenario: Scenario) -> tuple[Problem, ...]:
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


def without_misses(result: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of `evaluate` with null for everything that depends on missed defects.

    True and false alarms stay, at requested thresholds and in breakdowns.
    """
    known = ("tp", "fp", "tp_interval", "fp_interval")

    def blank(value: Any, name: str = "", *, is_counted: bool = False) -> Any:
        if isinstance(value, Mapping):
            counted = is_counted or name in ("at", "by", "types")
            return {key: blank(part, key, is_counted=counted) for key, part in value.items()}
        return value if is_counted and name in known else None

    models = {name: blank(figures) for name, figures in result["models"].items()}
    left = {key: value for key, value in result.items() if key not in ("serving", "replicates")}
    return left | {"models": models, "front": []}


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


def add_worst_shares(
    judged: Mapping[str, Any],
    limits: Sequence[Limit],
    breakdowns: Breakdowns | None,
    tally: Tally,
) -> None:
    """Add ``value_interval`` and ``value_shrunken`` to the recalls of worst kinds and segments.

    Parameters
    ----------
    judged : mapping
        Result of `judge_limits`.
    limits : sequence of Limit
        Limits that were judged.
    breakdowns : Breakdowns or None
        Breakdowns at each model's threshold, by bucket unless the rows of the tally are independent. With
        `None`, nothing is added.
    """
    if breakdowns is None:
        return
    independent = not tally.grouped and tally.weights is None
    kinds = [] if breakdowns.defect_types is None else [breakdowns.defect_types]
    columns = dict(zip(OF_WORST, (kinds, [*breakdowns.segments.values()]), strict=True))
    for model, outcome in judged["models"].items():
        for limit, of_limit in zip(limits, outcome["limits"], strict=True):
            if limit.objective.id in OF_WORST and not math.isnan(of_limit["value"]):
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
    evaluation: Evaluation, limits: Sequence[Limit], confidence: float = CONFIDENCE
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
    choice among the models (`metrics.inference.optimism.at_choice`).
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
            today_tally=evaluation.today_tally,
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


def _intervals_at_lowest_cost(
    observed: Bootstrap, choice: Choice, m: int, at: int, ends: Mapping[str, Interval]
) -> dict[str, Interval]:
    """Intervals at a threshold of lowest cost, made from intervals that ignore its choice."""
    evaluation, where = observed.evaluation, np.array([at])
    counts = evaluation.curves[m].counts[where].scaled(*evaluation.factors)
    if not is_ordinary(counts).all():  # flagging everything or nothing is no choice of a threshold
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
        if name in figures
    }
    if "log_loss" in figures:
        whole["log_loss"] = percentile_interval(bootstrap.figures(m).log_loss, blocks=blocks)
    with_intervals = _with_intervals(figures, whole)
    thresholds = [*map(float, figures["at"]), float(figures["lowest_cost"]["threshold"])]
    where = evaluation.curves[m].positions(thresholds)
    drawn = bootstrap.counts(m, where)
    ends = count_intervals(bootstrap, evaluation.curves[m].counts[where], drawn)
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
    stability = front_stability(bootstrap, judged, places)
    step = max(1, MAX_REPLICATES // bootstrap.replicates)
    out = []
    for m, points in enumerate(by_model):
        competed = np.searchsorted(stability.positions[m], places[m])
        shares = stability.probabilities[m][competed]
        for start in range(0, len(points), step):
            part = slice(start, start + step)
            ends = {o: intervals(bootstrap, OBJECTIVES[o], m, places[m][part]) for o in FRONT}
            for k, (point, share) in enumerate(zip(points[part], shares[part], strict=True)):
                out.append(_with_intervals(point, ends, k) | {"front_probability": share})
    return out


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


def add_breakdowns(
    result: dict[str, Any],
    breakdowns: Breakdowns,
    at: Sequence[str],
    bootstrap: Bootstrap | None = None,
) -> None:
    """Add the counts of parts of the rows to every model's figures.

    Parameters
    ----------
    result : dict
        Result of `evaluation_json`.
    at : sequence of str
        Thresholds as typed, at which the parts were counted.
    bootstrap : Bootstrap, optional
        Used for intervals. The parts must be counted by bucket unless rows are independent.
    """
    for model, figures in result["models"].items():
        if breakdowns.segments:
            figures["by"] = {
                column: _categories(breakdown, model, at, ("tp", "fp", "fn", "tn"), bootstrap)
                for column, breakdown in breakdowns.segments.items()
            }
        if breakdowns.defect_types is not None:
            breakdown = breakdowns.defect_types
            figures["types"] = _categories(breakdown, model, at, ("tp", "fn"), bootstrap)
        if breakdowns.today is not None:
            figures["flips"] = {
                typed: _flips(breakdowns.today, model, typed, bootstrap) for typed in at
            }


def _categories(
    breakdown: Breakdown,
    model: str,
    at: Sequence[str],
    names: Sequence[str],
    bootstrap: Bootstrap | None,
) -> dict[str, Any]:
    """Counts by category and by threshold as typed."""
    by_category: dict[str, Any] = {category: {} for category in breakdown.categories}
    for typed in at:
        flagged, shipped = (
            n.sum(axis=0) for n in breakdown.flagged_and_shipped(model, float(typed))
        )
        for c, category in enumerate(breakdown.categories):
            counts = {
                "tp": flagged[c, 1],
                "fp": flagged[c, 0],
                "fn": shipped[c, 1],
                "tn": shipped[c, 0],
            }
            by_category[category][typed] = {name: counts[name] for name in names}
        if bootstrap is None:
            continue
        independent = bootstrap.rows_are_independent
        for rate, label in RATES.items():
            if label or "fp" in names:
                ends = flagged_share_interval(
                    breakdown, model, float(typed), label, independent=independent
                )
                for c, category in enumerate(breakdown.categories):
                    by_category[category][typed][f"{rate}_interval"] = [ends.low[c], ends.high[c]]
    return by_category


def _flips(today: Breakdown, model: str, typed: str, bootstrap: Bootstrap | None) -> dict[str, Any]:
    """Counts of units that the current system and a model treat differently."""
    flagged, shipped = today.flagged_and_shipped(model, float(typed))
    by_bucket = {
        "newly_caught": (flagged[:, PASSED, 1], True),
        "newly_missed": (shipped[:, FLAGGED, 1], True),
        "newly_flagged": (flagged[:, PASSED, 0], False),
        "newly_passed": (shipped[:, FLAGGED, 0], False),
    }
    flips: dict[str, Any] = {}
    for name, (units, of_defects) in by_bucket.items():
        flips[name] = units.sum()
        if bootstrap is not None:
            independent = bootstrap.rows_are_independent
            replicates = np.empty((0, 1)) if independent else bootstrap.drawn.sums(units[:, None])
            count = np.array([units.sum()])
            ends = count_interval(bootstrap, count, replicates, of_defects=of_defects)
            is_current = bootstrap.evaluation.scenario.today == Today(model, float(typed))
            # The current system never differs from itself, so its counts have no interval.
            both = [np.nan, np.nan] if is_current else [ends.low[0], ends.high[0]]
            flips[f"{name}_interval"] = both
    return flips

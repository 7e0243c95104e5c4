"""Golden values of the library: picks, limits, certificates, compromises, fronts."""

from __future__ import annotations

import math

import numpy as np

from metrics import OBJECTIVES, guaranteed, is_on_front, pick
from metrics.selection.default_bound import default_bound
from metrics.selection.feasibility import feasibility
from metrics.selection.picks import cheapest_of_each_model
from metrics.selection.regrets import regret_matrix
from tests.golden.library.case import EQUAL, Case
from tests.golden.library.table import Columns, Rows, place, row_by_row, table

PICKED = (
    "log_loss", "roc_auc", "missed_defects", "missed_value", "false_alarms", "cost_of_errors", "recall",
    "precision", "f1", "mcc", "share_flagged", "revenue_impact", "revenue_impact_net", "worst_kind_recall",
)  # fmt: skip
"""Objectives whose pick is written."""


@table("picks")
def picks_by_objective(case: Case) -> Rows:
    """Pick of each objective with and without limits."""
    limit_sets = [(), case.limits] if case.limits else [()]
    for name in PICKED:
        o = OBJECTIVES[name]
        bound = default_bound(o, case.evaluation)
        for limits in limit_sets:
            found = pick(case.points, o, case.evaluation, bound=bound, limits=limits)
            yield {
                "objective": name, "within_limits": bool(limits), **place(found),
                "row": -1 if found is None else found.row,
                "value": math.nan if found is None else found.value,
                "bound_on": "" if bound is None else bound.objective.id,
                "bound": math.nan if bound is None else bound.value,
            }  # fmt: skip


@table("cheapest")
def cheapest_points(case: Case) -> Columns:
    """Cheapest point of every model, within the limits and ignoring them."""
    return row_by_row([
        {"within_limits": bool(limits), **place(one), "value": one.value}
        for limits in ((), case.limits)
        for one in cheapest_of_each_model(case.points, limits=limits)
    ])  # fmt: skip


@table("limits")
def attainability_of_limits(case: Case) -> Rows:
    """Each limit compared with all operating points, and the smallest relaxation that makes it feasible."""
    found = feasibility(case.points, case.limits, [found.row for found in case.found_picks])
    for k, one in enumerate(found.attainability):
        relaxed = found.relaxations[k] if found.relaxations else None
        yield {
            "objective": one.bound.objective.id, "limit": one.bound.value,
            "models": ",".join(one.models),
            "best": one.best, **{f"best_{k}": v for k, v in place(one.point).items()},
            "relaxed": math.nan if relaxed is None else relaxed.bound.value,
            **{f"relaxed_{k}": v for k, v in place(None if relaxed is None else relaxed.point).items()},
            **{f"nearest_{k}": v for k, v in place(found.nearest).items()},
            "all_met": int(found.meets.sum()), "is_kept": found.is_feasible,
        }  # fmt: skip


@table("certificates")
def certified_points(case: Case) -> Columns:
    """Operating points that are certified to meet the limits on new data."""
    if not case.limits:
        return {}
    found = case.certification
    rows = []
    of_each = (*zip((b.objective.id for b in case.limits), found.each, strict=True),)
    for name, is_certified in (*of_each, ("together", found.together)):
        rows.append({
            "limit": name,
            "certified": -1 if is_certified is None else int(is_certified.sum()),
            "certified_rows": -1 if is_certified is None else int(np.flatnonzero(is_certified).sum()),
            "models": found.models,
        })  # fmt: skip
    for row, needed in zip(rows, (*found.needed, None), strict=True):
        row["needed"] = -1 if needed is None else needed.count
    return row_by_row(rows)


@table("standings")
def standings_of_limits(case: Case) -> Rows:
    """Standing of the limits at the named points."""
    if not case.limits:
        return
    found = case.certification
    for name, point in case.named.items():
        met = [b.is_met(float(point.figures[b.objective.id])) for b in case.limits]
        at = case.row_of(point)
        each = [found.standing(k, at, is_met=ok).name for k, ok in enumerate(met)]
        together = found.standing_of_all(at, are_met=all(met)).name
        yield {"point": name, **place(point), "each": ",".join(each), "together": together}


GUARANTEES = (
    ["recall >= 0.5"], ["share_flagged <= 0.3", "missed_defects_per_1000_defects <= 700"],
)  # fmt: skip


@table("guarantees", is_slow=True)
def guaranteed_points(case: Case) -> Rows:
    """Number of points of a model that are certified to meet a limit."""
    if case.scenario.inspection is not None:
        return
    for texts in GUARANTEES:
        found = guaranteed(case.evaluation, texts, confidence=0.9)
        for model in case.tally.models:
            thresholds = found.loc[found["model"] == model, "threshold"]
            yield {
                "limits": " and ".join(texts), "model": model, "points": len(thresholds),
                "lowest": float(thresholds.min()), "highest": float(thresholds.max()),
            }  # fmt: skip


@table("settled")
def compromises_by_weights(case: Case) -> Rows:
    """Compromise of each method, and the regret of each stakeholder at the compromise."""
    for weights in (EQUAL, (3.0, 1.0, 0.5)):
        for one in case.compromises if weights == EQUAL else case.compromises_by(weights):
            regrets = one.regrets if one.point is not None else [math.nan] * 3
            yield {
                "weights": "-".join(map(str, weights)), "method": one.method.name,
                **place(one.point), **{f"regret_{k}": float(regrets[k]) for k in range(3)},
            }  # fmt: skip


@table("regrets")
def scales_of_regrets(case: Case) -> Columns:
    """Scale of the regrets, and number of points available to a compromise."""
    matrix = regret_matrix(
        case.points, case.stakeholders, [found.row for found in case.found_picks]
    )
    return row_by_row([
        {
            "objective": o.id, "scale": float(matrix.scales[k]), "weight": float(matrix.weights[k]),
            "candidates": len(matrix.positions), "rows": int(matrix.positions.sum()),
            "total": float(matrix.regrets[:, k].sum()),
            "largest": float(matrix.regrets[:, k].max(initial=-math.inf)),
            **{f"at_pick_{p}": float(regrets[k]) for p, regrets in enumerate(matrix.at_picks)},
        }
        for k, o in enumerate(case.stakeholders)
    ])  # fmt: skip


@table("fronts")
def points_on_fronts(case: Case) -> Rows:
    """Pareto front: number of points of each model, and their rows."""
    wanted = case.stakeholders, [OBJECTIVES["recall"], OBJECTIVES["false_alarms"]]
    for objectives in wanted:
        figures = case.points[[o.id for o in objectives]].to_numpy(np.float64)
        kept = is_on_front(figures, [o.direction for o in objectives])
        for model in case.tally.models:
            rows = np.flatnonzero(kept & (case.points["model"] == model).to_numpy())
            yield {
                "objectives": ",".join(o.id for o in objectives), "model": model,
                "on_front": rows.size, "rows": int(rows.sum()),
            }  # fmt: skip

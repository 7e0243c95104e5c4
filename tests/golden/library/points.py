"""Golden values of the library: values of a scenario, operating points, whole models."""

from __future__ import annotations

import numpy as np

from metrics import OBJECTIVES, point_at
from metrics.inference.scarcity import estimated_groups
from metrics.scenario.scenario import implied_odds
from metrics.selection.picks import implied_threshold
from tests.golden.library.case import COMPARED, EVERY, Case, spread
from tests.golden.library.table import Columns, Rows, number, place, row_by_row, table

MOST_POINTS, FEWER_POINTS = 200, 30
"""Operating points per model under the first scenario of a file, and under the others."""


@table("world")
def scenario_values(case: Case) -> Columns:
    """Values that follow from a scenario on a file."""
    scenario, evaluation = case.scenario, case.evaluation
    defects, goods = evaluation.factors
    pays = scenario.payoffs
    return row_by_row([{
        "factor_on_defects": float(defects), "factor_on_goods": float(goods),
        "miss_cost": evaluation.miss_cost, "units": evaluation.scaled_units,
        "implied_threshold": implied_threshold(evaluation),
        "implied_odds": implied_odds(scenario, case.tally.class_mass),
        "ship_good": pays.ship_good, "reject_good": pays.reject_good,
        "ship_defect": number(pays.ship_defect), "reject_defect": pays.reject_defect,
        "miss_cost_of_payoffs": pays.miss_cost,
        "inspection_alarms": scenario.inspection_alarms,
        "inspection_price": scenario.inspection_price,
        "requests_per_unit": scenario.requests_per_unit,
        "rows": int(case.tally.rows.sum()), "positives": int(case.tally.rows[1]),
        "groups": estimated_groups(case.tally),
        **{f"today_{name}": value for name, value in place(case.today).items()},
    }])  # fmt: skip


@table("points")
def figures_of_points(case: Case) -> Columns:
    """All columns of the operating points."""
    most = MOST_POINTS if case.is_first else FEWER_POINTS
    rows = np.flatnonzero(np.append(True, np.diff(case.points["model"].cat.codes) != 0))
    ends = np.append(rows[1:], len(case.points))
    shown = np.concatenate([spread(np.arange(a, b), most) for a, b in zip(rows, ends, strict=True)])
    frame = case.points.iloc[shown]
    # Whether counts are whole depends on the scenario. Columns without any value are dropped.
    numbers = frame.drop(columns="model").astype(np.float64).dropna(axis="columns", how="all")
    named = {str(name): column.tolist() for name, column in numbers.items()}
    return {"model": frame["model"].tolist()} | named


@table("defined")
def defined_points(case: Case) -> Columns:
    """Number of operating points at which each objective is defined, and number of points of each model."""
    finite = {o.id: int(case.points[o.id].notna().sum()) for o in EVERY}
    sizes = case.points["model"].value_counts(sort=False)
    return {
        "of": [*finite, *(str(model) for model in sizes.index)],
        "points": [*finite.values(), *sizes.tolist()],
    }


@table("today")
def current_system(case: Case) -> Columns:
    """Counts and figures of the current system."""
    return {
        "of": [*case.today.counts, *case.today.figures],
        "value": [float(v) for v in (*case.today.counts.values(), *case.today.figures.values())],
    }


@table("models")
def figures_of_models(case: Case) -> Columns:
    """Figures of whole models."""
    return row_by_row([
        {
            "model": name,
            "log_loss": figures.log_loss, "log_loss_clipped": figures.log_loss_clipped,
            "infinite_rows": figures.infinite_rows, "brier": figures.brier,
            "calibration_error": figures.calibration_error,
            "roc_auc": figures.roc_auc.value, "roc_auc_bound": figures.roc_auc.bound,
            "average_precision": figures.average_precision.value,
            "average_precision_bound": figures.average_precision.bound,
        }
        for name, figures in zip(case.tally.models, case.evaluation.figures, strict=True)
    ])  # fmt: skip


@table("between_thresholds")
def figures_between_thresholds(case: Case) -> Rows:
    """Figures at thresholds that are no score of the file."""
    for m in case.some_models:
        curve = case.evaluation.curves[m]
        if curve.lower is not None:
            continue
        for share in (0.31, 0.62, 0.93):
            k = int(share * (curve.thresholds.size - 2))
            at = (curve.thresholds[k] + curve.thresholds[k + 1]) / 2
            point = point_at(case.evaluation, [OBJECTIVES[o] for o in COMPARED], curve.model, at)
            yield place(point) | point.counts | dict(point.figures)

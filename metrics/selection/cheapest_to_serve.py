"""Serving cost by model, and the model that meets the limits at the least serving cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from metrics.evaluation.operating_points import is_ordinary
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving_cost import cost_of_serving, net_missing
from metrics.selection.feasibility import feasibility
from metrics.selection.limits import Bound


def serving_table(
    points: pd.DataFrame, scenario: Scenario, limits: Sequence[Bound] = ()
) -> pd.DataFrame:
    """Serving cost of each model, and the revenue net of this cost.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``revenue_impact_net`` and the columns of the limits'
        objectives.
    scenario : Scenario
    limits : sequence of Bound

    Returns
    -------
    DataFrame, one row per model, in order of appearance
        The fields of `ServingCost`. ``threshold`` and ``net``: the threshold with the highest revenue net of
        serving, and this revenue (NaN if undefined). Thresholds that flag everything or nothing do not count.
        ``net_missing`` (str): reason why it is undefined. ``meets_limits`` (bool): whether one of these
        thresholds meets all limits.
    """
    ordinary = is_ordinary(points)
    allowed = feasibility(points, limits).meets & ordinary if limits else ordinary
    meeting_limits = set(points["model"][allowed])
    rows = []
    for model in points["model"].unique():
        of_model = points[(points["model"] == model) & ordinary]
        net = of_model["revenue_impact_net"].to_numpy(np.float64)
        best = int(np.nanargmax(net)) if np.isfinite(net).any() else None
        rows.append(
            {
                **asdict(cost_of_serving(scenario, str(model))),
                "threshold": np.nan if best is None else float(of_model["threshold"].iloc[best]),
                "net": np.nan if best is None else float(net[best]),
                "net_missing": net_missing(scenario, str(model)),
                "meets_limits": model in meeting_limits,
            }
        )
    return pd.DataFrame(rows)


def cheapest_to_serve(table: pd.DataFrame) -> str | None:
    """Model with the least serving cost among those that meet the limits.

    Parameters
    ----------
    table : DataFrame
        From `serving_table`.

    Returns
    -------
    str or None
        Ties go to the highest revenue net of serving, then the shortest scoring time, then the first model.
        `None` if no model meets the limits at a known cost.
    """
    candidates = table[table["meets_limits"] & table["cost_a_year"].notna()]
    if candidates.empty:
        return None
    net = candidates["net"].fillna(-np.inf).to_numpy()
    order = np.lexsort((candidates["seconds_per_unit"], -net, candidates["cost_a_year"]))
    return str(candidates["model"].iloc[int(order[0])])

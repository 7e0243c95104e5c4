"""Which model serves its load at the least cost."""

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
    """What it takes and costs to serve each model, and what is left.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``revenue_impact_net`` and the columns of the limits'
        objectives.
    scenario : Scenario
    limits : sequence of Bound

    Returns
    -------
    DataFrame, one row per model, as they come
        The fields of `ServingCost`; ``threshold`` and ``net``, where the revenue net of serving
        is highest among the thresholds that flag neither everything nor nothing, and what it is there (NaN
        where undefined); ``net_missing`` (str), why it is undefined; ``keeps`` (bool), whether one of these
        thresholds keeps all limits.
    """
    ordinary = is_ordinary(points)
    keep = feasibility(points, limits).keep & ordinary if limits else ordinary
    keeping = set(points["model"][keep])
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
                "keeps": model in keeping,
            }
        )
    return pd.DataFrame(rows)


def cheapest_to_serve(table: pd.DataFrame) -> str | None:
    """Model of the least serving cost among those that keep the limits.

    Parameters
    ----------
    table : DataFrame
        From `serving_table`.

    Returns
    -------
    str or None
        Of equal costs the highest revenue net of serving, then the shortest scoring time, then the first.
        None where no model keeps the limits at a known cost.
    """
    candidates = table[table["keeps"] & table["cost_a_year"].notna()]
    if candidates.empty:
        return None
    net = candidates["net"].fillna(-np.inf).to_numpy()
    order = np.lexsort((candidates["seconds_per_unit"], -net, candidates["cost_a_year"]))
    return str(candidates["model"].iloc[int(order[0])])

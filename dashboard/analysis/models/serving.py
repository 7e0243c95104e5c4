"""Serving of the models at the load of production: scoring time, workers, cost, and the cheapest model."""

from __future__ import annotations

import pandas as pd

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table


@part(reads=lambda analysis: analysis.picks_key)
def serving_of_models(analysis: Analysis) -> pd.DataFrame:
    """Return `serving_table` with the column ``first`` for the model that is cheapest to serve.

    That model is first, then those that meet the limits, each group from cheap to expensive.
    """
    serving = serving_table(analysis.points, analysis.scenario, analysis.limits)
    serving["first"] = serving["model"] == cheapest_to_serve(serving)
    order = serving.assign(loss=-serving["net"]).sort_values(
        ["first", "meets_limits", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return serving.loc[order.index].reset_index(drop=True)

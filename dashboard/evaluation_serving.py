"""What it takes and costs to serve each model, as part of the JSON of ``common-ground evaluate``."""

from __future__ import annotations

from typing import Any

from dashboard.evaluation_json import plain
from metrics import OBJECTIVES, Bound, Evaluation, operating_points
from metrics.serving_choice import cheapest, finding, serving_table

FIGURES = (
    "seconds_per_unit",
    "workers",
    "busy",
    "busy_at_peak",
    "wait_ms",
    "cost_a_year",
    "cost_per_1000",
    "net",
)


def serving_json(evaluation: Evaluation) -> dict[str, Any]:
    """Serving of every model.

    Parameters
    ----------
    evaluation : Evaluation
        Its scenario says the load and the limits.

    Returns
    -------
    dict
        ``models`` (by name: its figures, undefined is null; ``threshold`` of the highest ``net``; ``keeps``;
        ``missing``, why something is undefined, or null), ``cheapest`` (a name or null), ``finding``.
    """
    scenario = evaluation.scenario
    limits = [Bound(OBJECTIVES[name], value) for name, value in scenario.limits.items()]
    wanted = {o.id: o for o in [OBJECTIVES["revenue_impact_net"], *(b.objective for b in limits)]}
    table = serving_table(operating_points(evaluation, list(wanted.values())), scenario, limits)
    models = {}
    for row in table.to_dict("records"):
        figures = {name: plain(float(row[name])) for name in FIGURES}
        if figures["workers"] is not None:
            figures["workers"] = int(row["workers"])
        models[str(row["model"])] = {
            **figures,
            "threshold": plain(float(row["threshold"])),
            "keeps": bool(row["keeps"]),
            "missing": row["missing"] or row["net_missing"] or None,
        }
    return {
        "models": models,
        "cheapest": cheapest(table),
        "finding": finding(table, scenario, limits),
    }

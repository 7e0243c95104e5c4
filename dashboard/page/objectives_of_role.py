"""The objectives that each stakeholder is offered, those of its role first."""

from __future__ import annotations

from metrics import Objective

ASKED_FIRST = {
    "data": ("log_loss", "brier", "roc_auc", "average_precision", "calibration_error", "f1", "mcc"),
    "product": (
        "missed_defects",
        "missed_defects_per_1000_defects",
        "missed_defects_per_1000_units",
        "shipped_defects_per_million",
        "missed_value",
        "recall",
        "false_alarms",
        "precision",
        "flagged_per_day",
        "share_flagged",
    ),
    "executive": (
        "revenue_impact",
        "revenue_impact_percent",
        "revenue",
        "revenue_impact_net",
        "cost_of_errors",
        "serving_cost",
        "workers_at_peak",
        "scoring_time",
    ),
}
"""What each role asks for before anything else, as it is offered."""


def of_role(objectives: dict[str, Objective], name: str) -> dict[str, Objective]:
    """The objectives that can be had, those of a role first."""
    names = dict.fromkeys([*ASKED_FIRST[name], *objectives])
    return {one: objectives[one] for one in names if one in objectives}

"""Expected texts and figures of a point, computed from the rows of the file."""

from __future__ import annotations

import math
from dataclasses import replace

from dashboard.words.numbers import figure
from metrics import OBJECTIVES, Direction, Scenario
from tests import oracles
from tests.dashboard.tables import Rows


def plain(text: str) -> str:
    return " ".join(text.split())


def in_per_cent(rows, of, model, at, scenario):
    value = rows.value(of, model, at, scenario)
    return plain(figure(OBJECTIVES["share_flagged"], value, Scenario()))


def system(scenario):
    """Model and threshold of the current system; without one every unit is shipped."""
    today = scenario.today
    return (None, math.inf) if today is None else (today.model, today.threshold)


def what(rows, model, at, scenario):
    share = rows.value("share_flagged", model, at, scenario)
    if share == 0:
        return "Stops no unit and catches no defect."
    if share == 1:
        return "Catches all defects, as it stops every unit."
    caught = in_per_cent(rows, "recall", model, at, scenario)
    of = "all" if rows.counts(model, at)["fn"] == 0 else f"{caught} of"
    return f"Catches {of} defects."


def wrong(rows, model):
    """Number of units that a model classifies wrongly with certainty."""
    return oracles.wrong_with_certainty(
        rows.labels, oracles.probabilities(rows.scores[model], rows.scale)
    )


OF_EITHER = {
    "recall", "missed_defects_per_1000_defects", "roc_auc",
}  # fmt: skip
"""Objectives of a single class, which no defect rate and no volume changes."""


def in_file(rows, of, model, at, scenario):
    """Figure in the file, if the scenario's figure may differ."""
    rates = OBJECTIVES[of].unit.name not in ("COUNT", "FALSE_ALARMS", "MONEY")
    if scenario.is_observed or of in OF_EITHER or (rates and scenario.defect_rate is None):
        return []
    observed = replace(scenario, defect_rate=None, units_per_year=None)
    there = rows.value(of, model, at, observed)
    if math.isnan(there) or math.isclose(there, rows.value(of, model, at, scenario), rel_tol=1e-9):
        return []
    return [rows.text(of, model, at, observed)]


def own_pick(
    rows: Rows, of: str, bound: tuple[str, float] | None, scenario: Scenario
) -> tuple[str, float] | None:
    if bound is None:
        return rows.pick(of, scenario)
    limit, value = bound
    most = OBJECTIVES[limit].direction is Direction.MINIMISE
    return rows.pick(
        of,
        scenario,
        also=limit,
        within=lambda p: p[limit] <= value if most else p[limit] >= value,
    )

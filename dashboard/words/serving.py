"""Words about serving: the load, the table of models, and the cheapest model that meets the limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from dashboard.words.limits.limit_names import limit_noun
from dashboard.words.numbers.amounts import count, money, number, time_words
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import all_of, capital, in_words
from metrics import OBJECTIVES
from metrics.errors import counted
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving import Serving
from metrics.selection.cheapest_to_serve import cheapest_to_serve
from metrics.selection.limits import Bound
from metrics.selection.ties import is_equal

NET = OBJECTIVES["revenue_impact_net"]


def load_missing(serving: Serving) -> str:
    """Sentences about what to enter before workers and costs can be computed."""
    known = sum(worker.seconds_per_unit is not None for worker in serving.models.values())
    times = f"The scoring time of {counted(known, 'model')} is known. " if known else ""
    return (
        f"{times}Enter the requests an hour in the line of assumptions above. This panel then shows how many "
        "workers each model needs and what they cost."
    )


def load_assumptions(serving: Serving) -> str:
    """Sentence about the assumptions of the table."""
    return (
        f"{count(serving.requests_per_hour or 0)} requests an hour, a unit each; workers are busy "
        f"{100 * serving.utilisation:.6g}% of the time and paid in all hours of the year."
    )


def serving_heads(limits: Sequence[Bound]) -> list[tuple[str, str]]:
    """Heads of the table of serving, each with its line in small type below."""
    return [
        ("Model", ""),
        ("Scoring time", "a unit"),
        ("Workers", ""),
        ("Cost", "a year"),
        ("Revenue net of serving", "a year, at its best threshold"),
        *([(capital(limit_noun(limits)), "")] if limits else []),
    ]


def serving_texts(row: pd.Series, scenario: Scenario, *, has_limits: bool) -> list[str]:
    """Texts of a model's row in the table of serving, without its name.

    Parameters
    ----------
    row : Series
        Row of `serving_table`.
    """
    workers, cost, net = row["workers"], row["cost_a_year"], row["net"]
    return [
        time_words(row["seconds_per_unit"]),
        "–" if math.isnan(workers) else number(workers),
        row["missing"] if math.isnan(cost) else money(cost, scenario.currency),
        (row["net_missing"] or "undefined") if math.isnan(net) else figure(NET, net, scenario),
        *(["met" if row["meets_limits"] else "missed"] if has_limits else []),
    ]


def serving_finding(
    table: pd.DataFrame,
    scenario: Scenario,
    limits: Sequence[Bound],
    *,
    label: Callable[[str], str] = str,
) -> str:
    """Sentence about the cheapest model to serve among the models that meet the limits.

    Parameters
    ----------
    table : DataFrame
        From `serving_table`.

    Returns
    -------
    str
        Empty if the load is unknown.
    """
    serving = scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return ""
    load = f"at {count(serving.requests_per_hour)} requests an hour"
    noun = limit_noun(limits) if len(limits) == 1 else "limit"
    condition = f" that meets {all_of(len(limits), noun)}" if limits else ""
    model = cheapest_to_serve(table)
    if model is None:
        if limits and not table["meets_limits"].any():
            return f"No model meets {all_of(len(limits), noun)} {load}."
        return f"No model{condition} has a known serving cost {load}."
    row = table[table["model"] == model].iloc[0]
    cost = f"{money(row['cost_a_year'], scenario.currency)} a year"
    workers = counted(round(row["workers"]), "worker")
    text = f"Cheapest model{condition} {load}: {label(model)}, {workers} for {cost}"
    costs_the_same = np.asarray(is_equal(table["cost_a_year"].to_numpy(), row["cost_a_year"]))
    equal = table[table["meets_limits"] & costs_the_same]
    if len(equal) > 1:
        why = "earns most" if math.isfinite(row["net"]) else "is quickest"
        text += f"; of the {in_words(len(equal))} models that cost so, it {why}"
    return text + "."

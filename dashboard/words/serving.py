"""Every model under production's load, and the cheapest of those that keep the limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from dashboard.words.numbers import money, number
from dashboard.words.phrases import every, in_words
from metrics.errors import counted
from metrics.scenario.scenario import Scenario
from metrics.selection.cheapest_to_serve import cheapest_to_serve
from metrics.selection.limits import Bound
from metrics.selection.picks import is_equal


def finding(
    table: pd.DataFrame,
    scenario: Scenario,
    limits: Sequence[Bound] = (),
    *,
    label: Callable[[str], str] = str,
) -> str:
    """What serving says about the choice, in a sentence.

    Parameters
    ----------
    table : DataFrame
        From `serving_table`.
    scenario : Scenario
    limits : sequence of Bound
        Those of the table.
    label : callable
        What a model is called.

    Returns
    -------
    str
        Nothing where the load is not known.
    """
    serving = scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return ""
    load = f"at {big(serving.requests_per_hour)} requests an hour"
    keeping = f" that keeps {every(len(limits), 'limit')}" if limits else ""
    model = cheapest_to_serve(table)
    if model is None:
        if limits and not table["keeps"].any():
            return f"No model keeps {every(len(limits), 'limit')} {load}."
        return f"No model{keeping} has a known serving cost {load}."
    row = table[table["model"] == model].iloc[0]
    cost = f"{money(row['cost_a_year'], scenario.currency)} a year"
    workers = counted(round(row["workers"]), "worker")
    text = f"Cheapest model{keeping} {load}: {label(model)}, {workers} for {cost}"
    costs_the_same = np.asarray(is_equal(table["cost_a_year"].to_numpy(), row["cost_a_year"]))
    equal = table[table["keeps"] & costs_the_same]
    if len(equal) > 1:
        why = "earns most" if math.isfinite(row["net"]) else "is quickest"
        text += f"; of the {in_words(len(equal))} models that cost so, it {why}"
    return text + "."


def big(count: float) -> str:
    """A load as it is said: ``5 million``, ``2.5 million``, ``12,000``.

    Examples
    --------
    >>> big(5_000_000), big(1_234_567), big(800), big(2.5), big(3e9)
    ('5 million', '1,234,567', '800', '2.5', '3 billion')
    """
    for size, name in ((1e9, "billion"), (1e6, "million")):
        scaled = count / size
        if scaled >= 1 and math.isclose(scaled, round(scaled, 2), rel_tol=1e-12):
            return f"{scaled:,.10g} {name}"
    return number(count) if float(count).is_integer() else f"{count:,.6g}"

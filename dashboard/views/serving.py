"""What it takes and costs to run each model in production, and the cheapest that keeps the limits."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cache
from dashboard.views.parts import escaped, page_of, plural, small, swatch, write
from dashboard.views.state import Table
from dashboard.views.sure import interval
from metrics import OBJECTIVES
from metrics.serving_choice import big, cheapest, finding, serving_table, weight_of_serving
from metrics.wording import SPACE, figure, money, number, span
from metrics.workload import Serving

ROWS = 15
"""Models that are shown at a time."""
NET = OBJECTIVES["revenue_impact_net"]


def draw(table: Table) -> None:
    """The panel, where anything is known of serving."""
    serving = table.scenario.serving
    if serving is None:
        return
    with st.container(border=True, gap="small", key="part_serving"):
        write('<p class="cg-eyebrow" id="serving">Serving</p>')
        if serving.requests_per_hour is None:
            _load_missing(serving)
            return
        limits = [(bound.objective.id, bound.value) for bound in table.limits]
        names = table.choices.names
        key = repr((table.sure, limits, table.look, names, "serving"))
        found: pd.DataFrame = cache.drawn(
            "serving", repr((table.key, limits)), lambda: _found(table)
        )
        said: list[str] = cache.drawn(
            "serving said", repr((table.key, limits, names)), lambda: _said(table, found)
        )
        write(f'<h2 class="cg-finding">{escaped(said[0])}</h2>')
        if said[1]:
            write(f'<p class="cg-lines">{escaped(said[1])}</p>')
        shown = page_of("serving", len(found), ROWS)
        at = (str(table.chosen["model"]), float(table.chosen["threshold"]))
        write(
            cache.drawn(
                "serving table",
                repr((key, shown, at)),
                lambda: _markup(table, found.iloc[list(shown)]),
            )
        )
        write(f'<p class="cg-note">{escaped(_basis(serving))}</p>')


def _load_missing(serving: Serving) -> None:
    known = sum(worker.seconds_per_unit is not None for worker in serving.models.values())
    times = f"The scoring time of {plural(known, 'model')} is known. " if known else ""
    write(
        f'<p class="cg-lines">{times}Give the requests an hour under “Serving” in the sidebar, and here '
        "stands how many workers each model needs and what they cost.</p>"
    )


def _found(table: Table) -> pd.DataFrame:
    """Every model; those that keep the limits first, the cheapest before the dearer."""
    found = serving_table(table.points, table.scenario, table.limits)
    first = cheapest(found)
    found = found.assign(first=found["model"] == first)
    order = found.assign(loss=-found["net"]).sort_values(
        ["first", "keeps", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return found.loc[order.index].reset_index(drop=True)


def _said(table: Table, found: pd.DataFrame) -> list[str]:
    return [
        finding(found, table.scenario, table.limits, label=table.label),
        weight_of_serving(found, table.points, label=table.label),
    ]


def _markup(table: Table, found: pd.DataFrame) -> str:
    serving = table.scenario.serving or Serving()
    heads = [
        ("Model", "", ""),
        ("Scoring time", "a unit", ""),
        ("Workers", "at peak", ""),
        ("Busy", "on average", ""),
        ("Busy", "at peak", ASIDE),
        ("Wait at peak", f"{100 * serving.in_time:.6g} of 100, at most", ""),
        ("Cost", "a year", ""),
        ("Cost", "1,000 units", ASIDE),
        ("Revenue net of serving", "a year, at its best threshold", ""),
    ]
    if table.limits:
        heads.append(("Limits", "", ""))
    head = "".join(
        f'<th scope="col"{aside}>{escaped(name)}{small(under)}</th>' for name, under, aside in heads
    )
    rows = "".join(_row(table, row) for row in found.to_dict("records"))
    return f'<table class="cg-compare cg-serving"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


ASIDE = ' class="cg-aside"'
"""Of a column that a narrow page leaves out."""


def _row(table: Table, row: dict[Any, Any]) -> str:
    model, currency = str(row["model"]), table.scenario.currency
    name = f"{swatch(table.styles[model], table.look)}{escaped(table.label(model))}"
    asides = {3, 6}
    texts = [escaped(time_words(row["seconds_per_unit"])), *["–"] * 6]
    if not math.isnan(row["workers"]):
        texts[1:5] = [
            number(row["workers"]),
            _percent(row["busy"]),
            _percent(row["busy_at_peak"]),
            escaped(_wait(row["wait_ms"])),
        ]
        texts[5] = escaped(row["missing"])
    if not math.isnan(row["cost_a_year"]):
        texts[5] = escaped(money(row["cost_a_year"], currency))
        texts[6] = escaped(_price(row["cost_per_1000"], currency))
    cells = [f"<td{ASIDE if k in asides else ''}>{text}</td>" for k, text in enumerate(texts)]
    cells.append(f"<td>{_net(table, row)}</td>")
    if table.limits:
        cells.append(f"<td>{'kept' if row['keeps'] else 'not kept'}</td>")
    best = ' class="cg-better"' if row["first"] else ""
    return f'<tr{best}><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _net(table: Table, row: dict[Any, Any]) -> str:
    """Revenue net of serving at the model's best threshold, and of the chosen model at the chosen one."""
    if math.isnan(row["net"]):
        return escaped(row["net_missing"] or "undefined")
    scenario, model = table.scenario, str(row["model"])
    text, chosen = escaped(figure(NET, row["net"], scenario)), ""
    own = table.points[table.points["model"] == model]
    point = own[own["threshold"] == row["threshold"]].iloc[0].astype(object)
    if table.uncertainty is not None:
        ends = interval(table, table.uncertainty, NET, point)
        words = escaped(span(NET, row["net"], *ends, scenario))
        text = f'<span class="cg-small cg-aside">{words}</span> &nbsp;{text}'
    if table.chosen["model"] == model and table.chosen["threshold"] != row["threshold"]:
        at = table.threshold_words(model, float(table.chosen["threshold"]))
        there = figure(NET, float(table.chosen[NET.id]), scenario)
        chosen = small(f"{there} at the chosen {at}")
    return text + chosen


def time_words(seconds: float) -> str:
    """A short time in three significant digits: ``19.9 µs``, ``1.2 ms``.

    Examples
    --------
    >>> [time_words(t).replace(SPACE, " ") for t in (1.99e-5, 0.0012, 2.5, 0)]
    ['19.9 µs', '1.2 ms', '2.5 s', '0 µs']
    """
    if math.isnan(seconds):
        return "not known"
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if float(f"{seconds:.3g}") >= size:
            return f"{float(f'{seconds / size:.3g}'):,.10g}{SPACE}{unit}"
    return f"{float(f'{seconds * 1e6:.3g}'):,.10g}{SPACE}µs"


def _wait(milliseconds: float) -> str:
    return "no wait" if milliseconds == 0 else time_words(milliseconds / 1000)


def _percent(share: float) -> str:
    return f"{100 * share:.2g}{SPACE}%" if share < 0.995 else f"{100 * share:.4g}{SPACE}%"


def _price(value: float, currency: str) -> str:
    """A price that may be a small part of a cent."""
    return money(value, currency) if value >= 1 else f"{currency}{SPACE}{Decimal(f'{value:.2g}'):f}"


def _basis(serving: Serving) -> str:
    """What the figures rest on."""
    load = f"{big(serving.requests_per_hour or 0)} requests an hour"
    if serving.peak is not None and serving.peak != serving.requests_per_hour:
        load += f" on average, {big(serving.peak)} in the busiest"
    share = f"{100 * serving.in_time:.6g} of 100"
    wait = "the line for a worker is not to grow for ever"
    if serving.longest_wait_ms is not None:
        wait = f"{share} are to wait no longer than {time_words(serving.longest_wait_ms / 1000)}"
    return (
        f"{load}; {wait}. A request is one unit, and a worker scores one at a time. Workers are kept all "
        "year, as many as the busiest hour needs. Waits are those of an M/M/c queue (Erlang C): times that "
        "vary less wait less."
    )

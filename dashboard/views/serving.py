"""Serving: the load and its price in the sidebar, and what each model then takes and costs."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.markup import escaped, one_line, plain, small, swatch
from dashboard.page import cache
from dashboard.page.state import PageState, at_or_above
from dashboard.page.uncertainty import interval
from dashboard.session import session
from dashboard.session.choices import LEAST, Point
from dashboard.views.parts import page_of, write
from metrics import OBJECTIVES
from metrics.errors import counted
from metrics.narrative.formatting import SPACE, figure, money, number, span
from metrics.narrative.serving import big, finding, weight_of_serving
from metrics.scenario.serving_load import MOST_REQUESTS, MOST_SECONDS, Serving
from metrics.selection.serving import cheapest_to_serve, serving_table


def draw_inputs(page: PageState) -> None:
    """All inputs of serving, each in force as soon as it is changed."""
    serving = page.scenario.serving or Serving()
    st.number_input(
        "Requests an hour",
        min_value=LEAST,
        max_value=MOST_REQUESTS / 10,
        value=None,
        step=100_000.0,
        format="%.6g" if (serving.requests_per_hour or 0) % 1 else "%.0f",
        placeholder="not known",
        help="Units to be scored in an hour, on average over the year.",
        **_number("requests_per_hour", serving.requests_per_hour),
    )
    st.number_input(
        "Requests in the busiest hour",
        min_value=serving.requests_per_hour or LEAST,
        max_value=MOST_REQUESTS / 10,
        value=None,
        step=100_000.0,
        format="%.6g" if (serving.peak_requests_per_hour or 0) % 1 else "%.0f",
        placeholder="as on average",
        help="Workers are counted for this hour.",
        disabled=serving.requests_per_hour is None,
        **_number("peak_requests_per_hour", serving.peak_requests_per_hour),
    )
    st.number_input(
        "Longest wait, ms",
        min_value=LEAST,
        value=None,
        step=1.0,
        format="%.6g",
        placeholder="any",
        help="How long a request may wait for a free worker, scoring not included.",
        **_number("longest_wait_ms", serving.longest_wait_ms),
    )
    st.number_input(
        "Requests in time, of 100",
        min_value=100 * LEAST,
        max_value=100 * (1 - LEAST),
        step=0.5,
        format="%.6g",
        help="How many of 100 requests are to wait no longer than that.",
        **session.widget(
            "serving_in_time",
            round(100 * serving.in_time, 10),
            lambda c, v: c.with_serving("in_time", float(v) / 100),
        ),
    )
    own = {worker.price_per_worker_hour for worker in serving.models.values()} - {None}
    st.number_input(
        plain(f"Price of a worker hour, {page.scenario.currency}"),
        min_value=LEAST,
        value=None,
        step=0.01,
        format="%.6g",
        placeholder="each model’s own" if own else "not known",
        help="Given here, it is the price of every model’s worker.",
        **_number("price_per_worker_hour", serving.price_per_worker_hour),
    )
    _times(page, serving)


def _number(name: str, value: float | None) -> dict[str, Any]:
    return session.widget(
        f"serving_{name}", value, lambda c, v: c.with_serving(name, None if v is None else float(v))
    )


def _times(page: PageState, serving: Serving) -> None:
    models = list(page.dataset.scores.models)
    labels = {name: one_line(page.label(name)) for name in models}
    model = st.selectbox(
        "Scoring time of",
        models,
        format_func=lambda name: labels[name],
        key="serving_model",
    )
    seconds = serving.seconds_of(model)
    st.number_input(
        "Microseconds a unit",
        min_value=LEAST,
        max_value=1e6 * MOST_SECONDS * (1 - LEAST),
        value=None,
        step=10.0,
        format="%.6g",
        placeholder="not known",
        help="From input to score, one unit after the other on one worker.",
        **session.widget(
            f"serving_time_{models.index(model)}",
            None if seconds is None else float(f"{1e6 * seconds:.12g}"),
            lambda c, v: c.with_time(model, None if v is None else float(v) / 1e6),
        ),
    )


ROWS = 15
"""Models that are shown at a time."""


NET = OBJECTIVES["revenue_impact_net"]


def draw(page: PageState) -> None:
    """The panel, where anything is known of serving."""
    serving = page.scenario.serving
    if serving is None:
        return
    with st.container(border=True, gap="small", key="part_serving"):
        write('<p class="cg-eyebrow" id="serving">Serving</p>')
        if serving.requests_per_hour is None:
            _load_missing(serving)
            return
        names, of = page.choices.names, (page.picks_key, page.limits_in_force)
        found = cache.part(page.keyed("serving", of), lambda: _found(page))
        said = cache.part(page.keyed("serving said", of, names), lambda: _said(page, found))
        write(f'<h2 class="cg-finding">{escaped(said[0])}</h2>')
        if said[1]:
            write(f'<p class="cg-lines">{escaped(said[1])}</p>')
        shown = page_of("serving", len(found), ROWS)
        at = (str(page.chosen.model), page.chosen.threshold)
        drawn_of = page.intervals_key, page.limits_in_force, page.look, names, shown, at
        write(
            cache.part(
                page.keyed("serving table", drawn_of),
                lambda: _markup(page, found.iloc[list(shown)]),
            )
        )
        write(
            f'<p class="cg-note">{escaped(_basis(serving))}</p>'
            '<details class="cg-note"><summary>Details</summary>Waits are those of an M/M/c queue '
            "(Erlang C): times that vary less wait less.</details>"
        )


def _load_missing(serving: Serving) -> None:
    known = sum(worker.seconds_per_unit is not None for worker in serving.models.values())
    times = f"The scoring time of {counted(known, 'model')} is known. " if known else ""
    write(
        f'<p class="cg-lines">{times}Give the requests an hour under “Serving” in the sidebar, and here '
        "stands how many workers each model needs and what they cost.</p>"
    )


def _found(page: PageState) -> pd.DataFrame:
    """Every model; those that keep the limits first, the cheapest before the dearer."""
    found = serving_table(page.points, page.scenario, page.limits)
    first = cheapest_to_serve(found)
    found = found.assign(first=found["model"] == first)
    order = found.assign(loss=-found["net"]).sort_values(
        ["first", "keeps", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return found.loc[order.index].reset_index(drop=True)


def _said(page: PageState, found: pd.DataFrame) -> list[str]:
    return [
        finding(found, page.scenario, page.limits, label=page.label),
        weight_of_serving(found, page.points, label=page.label),
    ]


def _markup(page: PageState, found: pd.DataFrame) -> str:
    serving = page.scenario.serving or Serving()
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
    if page.limits:
        heads.append(("Limits", "", ""))
    head = "".join(
        f'<th scope="col"{aside}>{escaped(name)}{small(under)}</th>' for name, under, aside in heads
    )
    rows = "".join(_row(page, row) for row in found.to_dict("records"))
    return f'<table class="cg-compare cg-serving"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


ASIDE = ' class="cg-aside"'
"""Of a column that a narrow page leaves out."""


def _row(page: PageState, row: dict[Any, Any]) -> str:
    model, currency = str(row["model"]), page.scenario.currency
    name = f"{swatch(page.styles[model], page.look)}{escaped(page.label(model))}"
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
    cells.append(f"<td>{_net(page, row)}</td>")
    if page.limits:
        cells.append(f"<td>{'kept' if row['keeps'] else 'not kept'}</td>")
    best = ' class="cg-better"' if row["first"] else ""
    return f'<tr{best}><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _net(page: PageState, row: dict[Any, Any]) -> str:
    """Revenue net of serving at the model's best threshold, and of the chosen model at the chosen one."""
    if math.isnan(row["net"]):
        return escaped(row["net_missing"] or "undefined")
    scenario, model = page.scenario, str(row["model"])
    text, chosen = escaped(figure(NET, row["net"], scenario)), ""
    if page.uncertainty is not None:
        point = at_or_above(page.points, page.evaluation, Point(model, row["threshold"]))
        assert point is not None
        ends = interval(page, page.uncertainty, NET, point)
        text += small(span(NET, row["net"], *ends, scenario))
    if page.chosen.model == model and page.chosen.threshold != row["threshold"]:
        at = page.figures.threshold_words(model, page.chosen.threshold)
        there = figure(NET, page.chosen.figures[NET.id], scenario)
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
        "year, as many as the busiest hour needs."
    )

"""What each model takes and costs under production's load."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.markup import escaped, small, swatch
from dashboard.page import cache
from dashboard.page.front_and_tradeoff_inputs import styles_with_today
from dashboard.page.optimism import choice_of_chosen, on_new_data
from dashboard.page.state import PageState, at_or_above
from dashboard.session.choices import Point
from dashboard.views.snippets import pager, write
from metrics import OBJECTIVES
from metrics.errors import counted
from metrics.inference.optimism import interval_at_choice
from metrics.inference.replicate_choices import Choice
from metrics.narrative.number_formatting import (
    SPACE,
    before_amount,
    figure,
    money,
    number,
    span,
    time_words,
)
from metrics.narrative.serving_words import big, finding, weight_of_serving
from metrics.scenario.serving_load import Serving
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table

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
        found = cache.part(page.keyed("serving", of), lambda: models(page))
        sentences = cache.part(
            page.keyed("serving said", of, names), lambda: _serving_words(page, found)
        )
        write(f'<h2 class="cg-finding">{escaped(sentences[0])}</h2>')
        if sentences[1]:
            write(f'<p class="cg-lines">{escaped(sentences[1])}</p>')
        shown = pager("serving", len(found), ROWS)
        place = page.chosen.place, choice_of_chosen(page)
        drawn_of = page.intervals_key, page.limits_in_force, page.palette, names, shown, place
        write(
            cache.part(
                page.keyed("serving table", drawn_of),
                lambda: table(page, found.iloc[list(shown)]),
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
        f'<p class="cg-lines">{times}Give the requests an hour in the line of assumptions above, and here '
        "stands how many workers each model needs and what they cost.</p>"
    )


def models(page: PageState) -> pd.DataFrame:
    """Every model; those that keep the limits first, the cheapest before the dearer."""
    serving = serving_table(page.points, page.scenario, page.limits)
    first = cheapest_to_serve(serving)
    serving = serving.assign(first=serving["model"] == first)
    order = serving.assign(loss=-serving["net"]).sort_values(
        ["first", "keeps", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return serving.loc[order.index].reset_index(drop=True)


def _serving_words(page: PageState, serving: pd.DataFrame) -> list[str]:
    return [
        finding(serving, page.scenario, page.limits, label=page.label),
        weight_of_serving(serving, page.points, label=page.label),
    ]


def table(page: PageState, found: pd.DataFrame) -> str:
    """What each model takes, costs and earns."""
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
    rows = "".join(_serving_row(page, row) for row in found.to_dict("records"))
    return f'<table class="cg-compare cg-serving"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


ASIDE = ' class="cg-aside"'
"""Of a column that a narrow page leaves out."""


def _serving_row(page: PageState, row: dict[Any, Any]) -> str:
    model, currency = str(row["model"]), page.scenario.currency
    mark = swatch(styles_with_today(page, page.styles)[model], page.palette)
    name = f"{mark}{escaped(page.label(model))}"
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
        at_choice = on_new_data(page, NET, point)
        if at_choice is None:  # nobody picked it of all, but it is the best of its model
            choice, bootstrap = Choice(NET, models=(model,)), page.uncertainty.bootstrap
            at_choice = interval_at_choice(bootstrap, choice, model, point.threshold, [NET])[NET.id]
        text += small(span(NET, row["net"], at_choice.low, at_choice.high, scenario))
    if page.chosen.model == model and page.chosen.place != (model, row["threshold"], None):
        lower, at = page.chosen.lower, page.figures.threshold_words(model, page.chosen.threshold)
        if lower is not None:
            at = f"{page.figures.threshold_words(model, lower)} to {at}"
        there = figure(NET, page.chosen.figures[NET.id], scenario)
        chosen = small(f"{there} at the chosen {at}")
    return text + chosen


def _wait(milliseconds: float) -> str:
    return "no wait" if milliseconds == 0 else time_words(milliseconds / 1000)


def _percent(share: float) -> str:
    return f"{100 * share:.2g}{SPACE}%" if share < 0.995 else f"{100 * share:.4g}{SPACE}%"


def _price(value: float, currency: str) -> str:
    """A price that may be a small part of a cent."""
    return (
        money(value, currency)
        if value >= 1
        else f"{before_amount(currency)}{Decimal(f'{value:.2g}'):f}"
    )


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

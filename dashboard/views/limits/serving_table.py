"""What each model takes and costs under production's load."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.figures.model_styles import styles_with_current
from dashboard.markup import escaped, small, swatch
from dashboard.page_view import PageView
from dashboard.views.snippets import pager, write
from dashboard.words.numbers import SPACE, figure, money, number, time_words
from dashboard.words.serving import big, finding
from metrics import OBJECTIVES
from metrics.errors import counted
from metrics.scenario.serving_load import Serving
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table

ROWS = 15
"""Models that are shown at a time."""


NET = OBJECTIVES["revenue_impact_net"]


def draw(page: PageView) -> None:
    """The panel, where anything is known of serving."""
    serving = page.scenario.serving
    if serving is None:
        return
    with st.container(border=True, gap="small", key="part_serving"):
        write('<p class="cg-eyebrow" id="serving">Serving</p>')
        if serving.requests_per_hour is None:
            _load_missing(serving)
            return
        found = models(page.analysis)
        said = finding(found, page.scenario, page.limits, label=page.label)
        write(f'<h2 class="cg-finding">{escaped(said)}</h2>')
        shown = pager("serving", len(found), ROWS)
        write(table(page, found.iloc[list(shown)]))
        write(f'<p class="cg-note">{escaped(_assumed(serving))}</p>')


def _load_missing(serving: Serving) -> None:
    known = sum(worker.seconds_per_unit is not None for worker in serving.models.values())
    times = f"The scoring time of {counted(known, 'model')} is known. " if known else ""
    write(
        f'<p class="cg-lines">{times}Give the requests an hour in the line of assumptions above, and here '
        "stands how many workers each model needs and what they cost.</p>"
    )


@part(reads=lambda analysis: analysis.picks_key)
def models(analysis: Analysis) -> pd.DataFrame:
    """Every model; those that keep the limits first, the cheapest before the dearer."""
    serving = serving_table(analysis.points, analysis.scenario, analysis.limits)
    first = cheapest_to_serve(serving)
    serving = serving.assign(first=serving["model"] == first)
    order = serving.assign(loss=-serving["net"]).sort_values(
        ["first", "keeps", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return serving.loc[order.index].reset_index(drop=True)


def table(page: PageView, found: pd.DataFrame) -> str:
    """What each model takes, costs and earns."""
    heads = [
        ("Model", ""),
        ("Scoring time", "a unit"),
        ("Workers", ""),
        ("Cost", "a year"),
        ("Revenue net of serving", "a year, at its best threshold"),
    ]
    if page.limits:
        heads.append(("Limits", ""))
    head = "".join(f'<th scope="col">{escaped(name)}{small(under)}</th>' for name, under in heads)
    rows = "".join(_serving_row(page, row) for row in found.to_dict("records"))
    return f'<table class="cg-compare cg-serving"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _serving_row(page: PageView, row: dict[Any, Any]) -> str:
    model, scenario = str(row["model"]), page.scenario
    mark = swatch(styles_with_current(page.selection, page.styles)[model], page.palette)
    workers = "–" if math.isnan(row["workers"]) else number(row["workers"])
    cost, net = row["missing"], row["net_missing"] or "undefined"
    if not math.isnan(row["cost_a_year"]):
        cost = money(row["cost_a_year"], scenario.currency)
    if not math.isnan(row["net"]):
        net = figure(NET, row["net"], scenario)
    texts = [time_words(row["seconds_per_unit"]), workers, cost, net]
    if page.limits:
        texts.append("kept" if row["keeps"] else "not kept")
    cells = "".join(f"<td>{escaped(text)}</td>" for text in texts)
    best = ' class="cg-better"' if row["first"] else ""
    return f'<tr{best}><th scope="row">{mark}{escaped(page.label(model))}</th>{cells}</tr>'


def _assumed(serving: Serving) -> str:
    """The assumptions of the table, in a sentence."""
    return (
        f"{big(serving.requests_per_hour or 0)} requests an hour, a unit each; workers are busy "
        f"{100 * serving.utilisation:.6g}{SPACE}% of the time and paid in all hours of the year."
    )

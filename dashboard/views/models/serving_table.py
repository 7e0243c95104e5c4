"""Serving table: scoring time, workers and cost of each model at the load of production."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.figures.model_styles import styles_with_current
from dashboard.page_view import PageView
from dashboard.views.html_elements import (
    Cell,
    Row,
    eyebrow,
    finding,
    inline,
    lines,
    note,
    swatch,
    table,
    write,
)
from dashboard.views.pager import pager
from dashboard.words.serving import (
    load_assumptions,
    load_missing,
    serving_finding,
    serving_heads,
    serving_texts,
)
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table

ROWS = 15
"""Number of models on a page of the table."""


def draw(page: PageView) -> None:
    """Draw the panel if the scenario has prices or times of serving."""
    analysis, serving = page.analysis, page.analysis.scenario.serving
    if serving is None:
        return
    with st.container(border=True, gap="small", key="part_serving"):
        write(eyebrow("Serving", id="serving"))
        if serving.requests_per_hour is None:
            write(lines(load_missing(serving)))
            return
        costs = models(analysis)
        write(finding(serving_finding(costs, analysis.scenario, analysis.limits, label=page.label)))
        shown = pager("serving", "models", len(costs), ROWS)
        write(serving_markup(page, costs.iloc[list(shown)]))
        write(note(load_assumptions(serving)))


@part(reads=lambda analysis: analysis.picks_key)
def models(analysis: Analysis) -> pd.DataFrame:
    """Serving of all models. Models that meet the limits are first, each group from cheap to expensive."""
    serving = serving_table(analysis.points, analysis.scenario, analysis.limits)
    first = cheapest_to_serve(serving)
    serving = serving.assign(first=serving["model"] == first)
    order = serving.assign(loss=-serving["net"]).sort_values(
        ["first", "meets_limits", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return serving.loc[order.index].reset_index(drop=True)


def serving_markup(page: PageView, serving: pd.DataFrame) -> Markup:
    """Table of scoring times, workers, costs and revenue."""
    analysis, has_limits = page.analysis, bool(page.analysis.limits)
    model_styles = styles_with_current(page.selection, page.styles)
    rows = []
    for _, row in serving.iterrows():
        model = str(row["model"])
        name = swatch(model_styles[model], page.palette) + inline(page.label(model))
        texts = serving_texts(row, analysis.scenario, has_limits=has_limits)
        rows.append(Row([name, *texts], css="cg-better" if row["first"] else ""))
    heads = [Cell(name, [under]) for name, under in serving_heads(analysis)]
    return table(heads, rows, css="cg-serving cg-stacked")

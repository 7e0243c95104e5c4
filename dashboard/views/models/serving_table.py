"""Serving table: scoring time, workers and cost of each model at the load of production."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.analysis.models.serving import serving_of_models
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
from dashboard.views.menus import pager
from dashboard.words.serving import (
    load_assumptions,
    load_missing,
    serving_finding,
    serving_heads,
    serving_texts,
)

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
        costs = serving_of_models(analysis)
        write(finding(serving_finding(costs, analysis.scenario, analysis.limits, label=page.label)))
        shown = pager("serving", "models", len(costs), ROWS)
        write(serving_markup(page, costs.iloc[list(shown)]))
        write(note(load_assumptions(serving)))


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
    heads = [Cell(name, [under]) for name, under in serving_heads(analysis.limits)]
    return table(heads, rows, css="cg-serving cg-stacked")

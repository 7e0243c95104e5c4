"""Table of what each model needs and costs at the load of production."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.figures.model_styles import styles_with_current
from dashboard.markup import escaped, small, swatch
from dashboard.page_view import PageView
from dashboard.views.snippets import pager, write
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
    """Draw the panel if anything is known of serving."""
    serving = page.scenario.serving
    if serving is None:
        return
    with st.container(border=True, gap="small", key="part_serving"):
        write('<p class="cg-eyebrow" id="serving">Serving</p>')
        if serving.requests_per_hour is None:
            write(f'<p class="cg-lines">{escaped(load_missing(serving))}</p>')
            return
        found = models(page.analysis)
        words = serving_finding(found, page.scenario, page.limits, label=page.label)
        write(f'<h2 class="cg-finding">{escaped(words)}</h2>')
        shown = pager("serving", len(found), ROWS)
        write(table(page, found.iloc[list(shown)]))
        write(f'<p class="cg-note">{escaped(load_assumptions(serving))}</p>')


@part(reads=lambda analysis: analysis.picks_key)
def models(analysis: Analysis) -> pd.DataFrame:
    """Serving of all models: models that meet the limits first, then from cheap to expensive."""
    serving = serving_table(analysis.points, analysis.scenario, analysis.limits)
    first = cheapest_to_serve(serving)
    serving = serving.assign(first=serving["model"] == first)
    order = serving.assign(loss=-serving["net"]).sort_values(
        ["first", "keeps", "cost_a_year", "loss"], ascending=[False, False, True, True]
    )
    return serving.loc[order.index].reset_index(drop=True)


def table(page: PageView, found: pd.DataFrame) -> str:
    """Markup of the table of scoring times, workers, costs and revenue."""
    head = "".join(
        f'<th scope="col">{escaped(name)}{small(under)}</th>'
        for name, under in serving_heads(has_limits=bool(page.limits))
    )
    rows = "".join(_serving_row(page, row) for row in found.to_dict("records"))
    return f'<table class="cg-compare cg-serving"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _serving_row(page: PageView, row: dict[Any, Any]) -> str:
    model, scenario = str(row["model"]), page.scenario
    mark = swatch(styles_with_current(page.selection, page.styles)[model], page.palette)
    texts = serving_texts(row, scenario, has_limits=bool(page.limits))
    cells = "".join(f"<td>{escaped(text)}</td>" for text in texts)
    best = ' class="cg-better"' if row["first"] else ""
    return f'<tr{best}><th scope="row">{mark}{escaped(page.label(model))}</th>{cells}</tr>'

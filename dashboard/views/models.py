"""The Models page: how the candidates compare."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.data.library import Dataset
from dashboard.figures.dots import Dots, dots_figure
from dashboard.figures.look import Look
from dashboard.markup import plain
from dashboard.page import cache
from dashboard.page.decision_support import support_of
from dashboard.page.models import ModelRow, rows_of
from dashboard.page.state import PageState, Stakeholder
from dashboard.views import compare, frame, gaps, verdict
from dashboard.views.parts import page_of, write
from metrics import Unit
from metrics.narrative.formatting import ends, figure, is_money, span, unit_words

STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
ROWS = 15
"""Models that are drawn at a time; the table has all."""


def draw(dataset: Dataset, *, pairs: bool = False) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    dataset : Dataset
    pairs : bool
        Whether every two models are compared at once and first, as where a link asks for that.
    """
    page = frame.begin(dataset)
    if page is None:
        return
    with st.container(key="models_page"):
        # Whoever comes for the gaps finds them first.
        finish = gaps.draw(page, at_once=True) if pairs else None
        with st.container(border=True, gap="xsmall", key="part_models"):
            _candidates(page)
        with st.container(border=True, gap="xsmall", key="part_strips"):
            verdict.draw_strips(page, support_of(page))
        finish = finish or gaps.draw(page)
        with st.container(key="part_compare"):
            compare.draw(page)
        _behind(page)
        finish()
    frame.end(page)


def _candidates(page: PageState) -> None:
    """Every model's best for each stakeholder, as dots and as a table that can be sorted."""
    rows = rows_of(page)
    write(
        '<h2 class="cg-finding">What is the best that each model can do for each stakeholder?</h2>'
    )
    if page.choices.intervals and page.uncertainty is None:
        write('<p class="cg-note cg-checking">How sure the figures are: checking</p>')
    shown = [rows[k] for k in page_of("models", len(rows), ROWS)]
    look, names = page.look, page.choices.names
    key = page.keyed("dots", page.intervals_key, look, names, tuple(row.model for row in shown))
    st.plotly_chart(
        cache.part(key, lambda: _dots(page, shown, look)),
        theme=None,
        key="chart_dots",
        config=STILL,
        alt="The best figure of every model for each stakeholder, with its interval. "
        "The same figures stand in the table below.",
    )
    write(
        '<p class="cg-note">Each model at the threshold that the stakeholder would choose of it; lines: '
        "where the figure lies in 95 of 100 other samples; dotted: today.</p>"
    )
    st.dataframe(
        _frame(page, rows),
        hide_index=True,
        height=min(35 * (len(rows) + 1) + 3, 460),
        column_config=_columns(page, rows),
        alt="Every model's rank and best figure for each stakeholder",
    )


def _dots(page: PageState, rows: list[ModelRow], look: Look) -> go.Figure:
    columns = []
    for k, stakeholder in enumerate(page.stakeholders):
        o = stakeholder.objective
        columns.append(
            Dots(
                title=_title(page, stakeholder),
                values=[row.best[k].value for row in rows],
                ends=[row.best[k].ends for row in rows],
                words=[_words(page, stakeholder, row, k) for row in rows],
                today=page.today.figures[o.id],
            )
        )
    picked = {s.pick.model for s in page.stakeholders if s.pick is not None}
    colored = {*picked, str(page.chosen.model)}
    return dots_figure([row.model for row in rows], columns, colored, look, page.styles, page.label)


def _title(page: PageState, stakeholder: Stakeholder) -> str:
    o = stakeholder.objective
    unit = unit_words(o, page.scenario)
    if is_money(o.unit, page.scenario):
        unit = f"{page.scenario.currency} {unit}".strip()
    return f"{stakeholder.title}: {o.label}{f', {unit}' if unit else ''}"


def _words(page: PageState, stakeholder: Stakeholder, row: ModelRow, k: int) -> str:
    o, best = stakeholder.objective, row.best[k]
    known = span(o, best.value, *best.ends, page.scenario)
    return figure(o, best.value, page.scenario) + (f" ({known})" if known else "")


def _frame(page: PageState, rows: list[ModelRow]) -> pd.DataFrame:
    """The table as it is shown; its columns are named in `_columns`."""
    out: dict[str, list[Any]] = {"model": [page.label(row.model) for row in rows]}
    for k, s in enumerate(page.stakeholders):
        percent = 100 if s.objective.unit is Unit.SHARE else 1
        out[f"rank {s.name}"] = [row.best[k].rank for row in rows]
        out[f"best {s.name}"] = [percent * row.best[k].value for row in rows]
        priced = replace(page.scenario, currency="")  # which the figure's column names
        out[f"ends {s.name}"] = [
            ends(s.objective, row.best[k].value, *row.best[k].ends, priced) for row in rows
        ]
    out["auc"] = [row.auc for row in rows]
    if not all(math.isnan(row.slope) for row in rows):
        out["slope"] = [row.slope for row in rows]
    if not all(math.isnan(row.serving_cost) for row in rows):
        out["serving"] = [row.serving_cost for row in rows]
    found = pd.DataFrame(out)
    known = [name for name in found if not (str(name).startswith("ends") and not found[name].any())]
    return found[known]


def _columns(page: PageState, rows: list[ModelRow]) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    out: dict[str, Any] = {"model": text("Model", pinned=True, width=150)}
    for s in page.stakeholders:
        o = s.objective
        percent = o.unit in (Unit.SHARE, Unit.PERCENT)
        unit = "%" if percent else unit_words(o, page.scenario)
        if is_money(o.unit, page.scenario):
            unit = f"{page.scenario.currency} {unit}".strip()
        small = o.unit in (Unit.LOSS, Unit.SCORE)
        out[f"rank {s.name}"] = number(
            "Rank", help=f"For the {s.title.lower()}; 1 is the best model.", width=54
        )
        out[f"best {s.name}"] = number(
            plain(o.label),
            help=plain(f"The best for the {s.title.lower()}{f', in {unit}' if unit else ''}."),
            format="%.4f" if small else "%.1f" if percent else "localized",
            width=round(24 + 6.2 * len(o.label)),  # the whole of its name
        )
        out[f"ends {s.name}"] = text(
            "95 %", help="Where it lies in 95 of 100 other samples.", width=112
        )
    out["auc"] = number(
        "AUC",
        width=58,
        format="%.3f",
        help="How often a defect scores above a good unit; 1 is perfect.",
    )
    out["slope"] = number(
        "Calibration",
        width=84,
        format="%.2f",
        help="Calibration slope: 1 is right, below 1 the probabilities are too extreme.",
    )
    out["serving"] = number(
        "Serving",
        width=66,
        format="localized",
        help=plain(
            f"What the workers cost that score every request in time, in {page.scenario.currency} a year."
        ),
    )
    return out


def _behind(page: PageState) -> None:
    """The numbers behind the charts, as a table."""
    with st.expander("The operating points behind the charts", on_change="rerun") as box:
        if not box.open:
            return
        shown = list(dict.fromkeys(stakeholder.objective.id for stakeholder in page.stakeholders))
        columns = ["model", "threshold", *shown, "share_flagged", "recall", "tp", "fp", "fn", "tn"]
        st.dataframe(
            page.points[list(dict.fromkeys(columns))],
            hide_index=True,
            height=360,
            alt="Operating points of every model",
        )
        st.caption(f"{len(page.points):,} operating points")

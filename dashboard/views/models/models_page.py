"""The Models page: rankings and table of all models, comparisons, cost curves, and scores."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.models.table import chances_of_best, rows_of
from dashboard.data.dataset import Dataset
from dashboard.live.component import envelope, mount
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views import page_frame, points_side_by_side
from dashboard.views.decisions import downloads
from dashboard.views.html_elements import checking, details, eyebrow, finding, note, title, write
from dashboard.views.live_elements import draw_chart, keep_room
from dashboard.views.menus import pager
from dashboard.views.models import cost_strips, model_against_model, serving_table
from dashboard.views.models.models_table import ROWS, table_of, values_of
from dashboard.views.models.ranking_charts import rankings_of
from dashboard.views.page_recipe import recipe_of
from dashboard.views.point_markup import chosen_line
from dashboard.words.models.table import (
    QUESTION,
    best_condition_words,
    best_models_sentence,
    chart_alt,
    chart_key,
    ranking_chart_notes,
)
from dashboard.words.names import STAKEHOLDER_TITLES
from metrics.errors import counted

HEAD, ROW = 46, 26.9
"""Least height of the table's head and height of a row, in pixels."""


def draw(dataset: Dataset, *, pairs: bool = False) -> None:
    """Draw the page.

    Parameters
    ----------
    dataset : Dataset
    pairs : bool
        Whether to draw the comparison of the models first, because a link asks for it.
    """
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="models_page"):
        write(chosen_line(page))
        parts = [("part_models", _draw_candidates), ("part_gaps", model_against_model.draw)]
        for key, draw_part in reversed(parts) if pairs else parts:
            with st.container(border=True, gap="xsmall", key=key):
                draw_part(page)
        with st.container(border=True, gap="xsmall", key="part_strips"):
            cost_strips.draw(page)
        with st.container(key="part_compare"):
            points_side_by_side.draw(page)
        serving_table.draw(page)
        _download(page)
        _draw_operating_points(page.analysis)
    page_frame.finish_page(page.analysis)


def _draw_candidates(page: PageView) -> None:
    """Draw the best of each model for each stakeholder, as dots and as a sortable table."""
    analysis = page.analysis
    rows = rows_of(analysis)
    best = best_models_sentence(analysis, page.names, rows, chances_of_best(analysis))
    write(eyebrow(QUESTION), finding(best))
    if analysis.is_pending:
        write(checking("How sure the figures are"))
    shown = frozenset(rows[k].model for k in pager("models", "models", len(rows), ROWS))
    figures = rankings_of(page, rows, shown)
    has_condition = bool(analysis.limits) or any(s.bound is not None for s in analysis.stakeholders)
    for place, stakeholder, fig in zip(st.columns(3), analysis.stakeholders, figures, strict=True):
        with place:
            heading = f"{STAKEHOLDER_TITLES[stakeholder.name]}: {stakeholder.objective.label}"
            condition = (
                best_condition_words(analysis.scenario, stakeholder) if has_condition else ""
            )
            write(title(heading, level=3), note(condition))
            draw_chart(f"chart_dots_{stakeholder.name}", fig, chart_alt(heading))
    # The notes are below the table, so that its first rows are visible without scrolling.
    keep_room("models_table", round(HEAD + ROW * min(len(rows), ROWS)))
    is_whole = session.is_open("all_columns")
    mount("models_table", envelope("table", table_of(page, rows, is_whole=is_whole)))
    st.toggle("All columns", key="all_columns")
    write(details(ranking_chart_notes(analysis), summary=chart_key(analysis)))


def _download(page: PageView) -> None:
    """Draw a button that downloads the table of models."""
    recipe = recipe_of(page)

    def content() -> bytes:
        current_page = recipe.page()
        return values_of(current_page, rows_of(current_page.analysis)).to_csv(index=False).encode()

    name, key = "models.csv", "download_models"
    downloads.draw_button(
        "Download the table", content, name, "text/csv", key, "tertiary", data=recipe.fingerprint
    )


def _draw_operating_points(analysis: Analysis) -> None:
    """Draw the table of the operating points behind the charts."""
    with st.expander("The operating points behind the charts", on_change="rerun") as box:
        if not box.open:
            return
        shown = list(
            dict.fromkeys(stakeholder.objective.id for stakeholder in analysis.stakeholders)
        )
        columns = ["model", "threshold", *shown, "share_flagged", "recall", "tp", "fp", "fn", "tn"]
        st.dataframe(
            analysis.points[list(dict.fromkeys(columns))],
            hide_index=True,
            height=360,
            alt="Operating points of every model",
        )
        st.caption(counted(len(analysis.points), "operating point"))

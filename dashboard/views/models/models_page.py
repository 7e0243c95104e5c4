"""The Models page: how the candidates compare."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.limits import feasibility_of
from dashboard.analysis.models.table import better_threshold, chances_of_best, rows_of
from dashboard.data.library import Dataset
from dashboard.live.component import mount
from dashboard.live.packed_curves import envelope as packed
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.views import page_frame, points_side_by_side
from dashboard.views.callback_page import recipe_of
from dashboard.views.models import cost_strips, gap_matrix
from dashboard.views.models.models_table import ROWS, table_of, values_of
from dashboard.views.models.ranking_charts import rankings_of
from dashboard.views.snippets import chosen_and_today, keep_room, pager, write
from dashboard.words.models.table import (
    better_threshold_words,
    chart_key,
    chart_notes,
    condition_words,
    findings,
)
from metrics.errors import counted

HEAD, ROW = 46, 26.9
"""Least height of the table's head and height of a row, in pixels."""
STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def draw(dataset: Dataset, *, pairs: bool = False) -> None:
    """Draw the page.

    Parameters
    ----------
    dataset : Dataset
    pairs : bool
        Whether to draw the comparison of all pairs first, because a link asks for it.
    """
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="models_page"):
        write(chosen_and_today(page))
        finish = gap_matrix.draw(page, at_once=True) if pairs else None
        with st.container(border=True, gap="xsmall", key="part_models"):
            _candidates(page)
        with st.container(border=True, gap="xsmall", key="part_strips"):
            cost_strips.draw(page)
        finish = finish or gap_matrix.draw(page)
        with st.container(key="part_compare"):
            points_side_by_side.draw(page)
        _download(page)
        _behind(page.analysis)
        finish()
    page_frame.end(page.analysis)


def _candidates(page: PageView) -> None:
    """Best of each model for each stakeholder, as dots and as a sortable table."""
    rows = rows_of(page.analysis)
    finding, *more = findings(
        page.analysis,
        page.names,
        rows,
        chances_of_best(page.analysis),
        feasibility_of(page.analysis),
    )
    lines = "".join(f"{escaped(words)}. " for words in more)
    write(
        '<p class="cg-eyebrow">What is the best that each model can do?</p>'
        f'<h2 class="cg-finding">{escaped(finding)}</h2><p class="cg-lines">{lines}</p>'
    )
    if page.analysis.is_pending:
        write('<p class="cg-note cg-checking">How sure the figures are: checking</p>')
    shown = frozenset(rows[k].model for k in pager("models", len(rows), ROWS))
    figures = rankings_of(page, rows, shown)
    has_condition = bool(page.limits) or any(s.bound is not None for s in page.stakeholders)
    for place, stakeholder, fig in zip(st.columns(3), page.stakeholders, figures, strict=True):
        with place:
            title = f"{stakeholder.title}: {stakeholder.objective.label}"
            within = (
                f'<p class="cg-note">{escaped(condition_words(page.scenario, stakeholder))}</p>'
            )
            write(f'<h3 class="cg-title">{escaped(title)}</h3>{within if has_condition else ""}')
            keep_room(key := f"chart_dots_{stakeholder.name}", int(fig.layout["height"]))
            st.plotly_chart(
                fig,
                theme=None,
                key=key,
                config=STILL,
                alt=f"{title}: the best figure of every model with its interval, the best model first. "
                "The table below has the same figures.",
            )
    notes = chart_notes(page.analysis, page.names, rows, has_intervals=page.uncertainty is not None)
    better = better_threshold_words(page.analysis, page.names, better_threshold(page.analysis))
    # The notes are below the table, so that its first rows show without scrolling.
    keep_room("models_table", round(HEAD + ROW * min(len(rows), ROWS)))
    mount("models_table", packed("table", table_of(page, rows)))
    write(
        f'<details class="cg-note"><summary>{escaped(chart_key(page.analysis))}</summary>'
        f"{escaped(notes)}</details>"
        f'<p class="cg-lines">{escaped("" if better is None else better.sentence)}</p>'
    )


def _download(page: PageView) -> None:
    """Button that makes the table of models and downloads it."""
    recipe = recipe_of(page)

    def made() -> bytes:
        again = recipe.page()
        return values_of(again, rows_of(again.analysis)).to_csv(index=False).encode()

    st.download_button(
        "Download the table",
        made,
        "models.csv",
        "text/csv",
        key="download_models",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _behind(analysis: Analysis) -> None:
    """Table of the operating points behind the charts."""
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

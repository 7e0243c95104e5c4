"""Ranking charts: a dot plot of the models for each stakeholder, the best model first."""

from __future__ import annotations

import html
from collections.abc import Hashable

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.front import coloured_models
from dashboard.analysis.models.table import ModelRow, marked_models, ranking_by
from dashboard.figures.plotly_json import Drawn
from dashboard.figures.ranking_figure import MARGINS, TOP_MARGIN, ranking_figure
from dashboard.figures.texts import shortened
from dashboard.page_view import PageView
from dashboard.words.axes import axis_unit, better_words
from dashboard.words.decide.cards import infinite_words
from dashboard.words.names import current_title
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import labelled_ends

ROW, BELOW = 18, 34
"""Height of a model's row and of the axis, in pixels."""


def rankings_of(page: PageView, rows: list[ModelRow], shown: frozenset[str]) -> tuple[Drawn, ...]:
    """Dot plot of the models for each stakeholder. It is cached, since it rarely depends on the point."""
    coloured = coloured_models(page.selection, page.choices.axes) & shown
    return _rankings(page, rows, shown, coloured)


def _rankings_read(
    page: PageView, rows: list[ModelRow], shown: frozenset[str], coloured: frozenset[str]
) -> Hashable:
    return (
        page.analysis.choices_key,
        page.palette,
        page.names,
        shown,
        coloured,
        page.selection.point.model,
    )


@part(reads=_rankings_read)
def _rankings(
    page: PageView, rows: list[ModelRow], shown: frozenset[str], coloured: frozenset[str]
) -> tuple[Drawn, ...]:
    drawings = []
    for k, stakeholder in enumerate(page.analysis.stakeholders):
        view = ranking_by(page.analysis, k, [row for row in rows if row.model in shown], coloured)
        words = [
            (shortened(page.label(row.model)), *_words(page.analysis, stakeholder, row, k))
            for model in view.models
            for row in rows
            if row.model == model
        ]
        height = ROW * max(len(view.models) + len(view.without), 1) + MARGINS
        drawing = ranking_figure(
            view,
            page.palette,
            page.styles,
            page.analysis.scenario,
            page.label,
            height=height,
            words=words,
            today=current_title(page.analysis.scenario),
            marked=marked_models(page.selection),
        )
        unit = html.escape(axis_unit(stakeholder.objective, page.analysis.scenario))
        better = better_words(stakeholder.objective)
        drawing.update_xaxes(
            fixedrange=True, title={"text": f"{unit}, {better}" if unit else better}
        )
        drawing.update_yaxes(fixedrange=True)
        drawings.append(drawing)
    above = max(drawing.layout["margin"]["t"] for drawing in drawings)
    for drawing in drawings:  # The rows of all charts begin at the same height.
        margin = {"t": above, "b": BELOW}
        drawing.update_layout(height=drawing.layout["height"] + above - TOP_MARGIN, margin=margin)
    return tuple(drawing.drawn() for drawing in drawings)


def _words(analysis: Analysis, stakeholder: Stakeholder, row: ModelRow, k: int) -> list[str]:
    """Short lines of the tip about a model's best. A longer tip would cover its dot."""
    o, best = stakeholder.objective, row.best[k]
    interval = labelled_ends(o, best.value, *best.ends, analysis.scenario)
    clipped = infinite_words(analysis.evaluation, row.model) if o.is_clipped else ""
    return list(filter(None, [figure(o, best.value, analysis.scenario), interval, clipped]))

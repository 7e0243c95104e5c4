"""Score distributions: a small chart of each model's scores of good units and defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.analysis.models.score_distributions import (
    ScoreDistribution,
    score_distributions,
)
from dashboard.data.dataset import Dataset
from dashboard.figures.model_styles import ModelStyle, styles, styles_with_current
from dashboard.figures.palette import palette_of
from dashboard.figures.score_histogram_figure import distribution_figure
from dashboard.figures.texts import shortened
from dashboard.figures.threshold_lines import NamedThreshold
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views.html_elements import eyebrow, lines, note, span, strong, swatch, write
from dashboard.views.live_elements import draw_chart
from dashboard.views.menus import pager
from dashboard.words.models.table import DISTRIBUTION_NOTE, auc_text
from dashboard.words.names import Names

FEW = 2
"""Number of models up to which the charts share a row of the page."""


def draw(dataset: Dataset) -> None:
    """Draw a chart for each visible model, with its ROC AUC."""
    choices = session.current()
    distributions = score_distributions(dataset)
    shown = [d for d in distributions if d.model not in choices.hidden] or distributions
    write(eyebrow("Scores of good units and defects"))
    _draw_panels(shown, styles(dataset.scores.models), None, {})


def draw_models(
    page: PageView, models: Sequence[str], thresholds: Mapping[str, Sequence[NamedThreshold]]
) -> None:
    """Draw a chart for each of some models. The line of the current system's model is dashed."""
    by_model = {one.model: one for one in score_distributions(page.analysis.dataset)}
    shown, current = [by_model[model] for model in models], page.analysis.current.model
    dashed = None if current == page.selection.point.model else current
    write(eyebrow("Where do good units and defects score?"))
    _draw_panels(shown, styles_with_current(page.selection, page.styles), dashed, thresholds)


def _draw_panels(
    distributions: Sequence[ScoreDistribution],
    model_styles: Mapping[str, ModelStyle],
    dashed: str | None,
    thresholds: Mapping[str, Sequence[NamedThreshold]],
) -> None:
    """Draw name, ROC AUC and chart of each model. All charts have the same scale."""
    write(note(DISTRIBUTION_NOTE))
    names, palette = Names(session.current().names), palette_of(session.appearance())
    top = max(float(distribution.shares.max()) for distribution in distributions)
    on_page = pager("distributions", "models", len(distributions))
    few = "_few" if len(distributions) <= FEW else ""
    with st.container(key=f"panels{few}", gap=None):
        for k in on_page:
            distribution = distributions[k]
            style, name = model_styles[distribution.model], names.model(distribution.model)
            auc = auc_text(distribution.auc.value)
            figure = distribution_figure(
                distribution,
                palette,
                style,
                top=top,
                dashed=distribution.model == dashed,
                thresholds=thresholds.get(distribution.model, ()),
                room=bool(thresholds),
            )
            with st.container(gap=None):
                write(
                    lines(
                        swatch(style, palette),
                        " ",
                        strong(shortened(name, 30), title=name),
                        " ",
                        span(f"ROC AUC {auc}"),
                        css="cg-panel",
                    )
                )
                alt = f"Scores of good units and of defects by {name}, ROC AUC {auc}"
                draw_chart(f"distribution_{k}", figure.drawn(), alt)

"""How each model scores good units and defects: a small chart for each, and the shares behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.analysis.models.score_distributions import (
    ScoreDistribution,
    score_distributions,
)
from dashboard.data.library import Dataset
from dashboard.figures.palette import ModelStyle, palette_of, shortened, styles
from dashboard.figures.score_histogram_figure import CLASSES, distribution_figure
from dashboard.figures.threshold_lines import NamedThreshold
from dashboard.markup import escaped, plain, swatch
from dashboard.session import session
from dashboard.views.snippets import pager, write
from dashboard.words.models.table import auc_text, separation_sentence
from dashboard.words.names import Names
from metrics.errors import counted

STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
EMPTY: Mapping[str, Sequence[NamedThreshold]] = MappingProxyType({})
FEW = 2
"""Up to so many models, the charts share a row of the page with something else."""


def draw(dataset: Dataset) -> None:
    """Draw a chart of each model that is shown, under the sentence that says what they show."""
    choices = session.current()
    names = Names(choices.names)
    view = [
        distribution
        for distribution in score_distributions(dataset)
        if distribution.model not in choices.hidden
    ] or score_distributions(dataset)
    left_out = len(dataset.scores.models) - len(view)
    write('<p class="cg-eyebrow">Scores of good units and defects</p>')
    write(f'<h2 class="cg-finding">{escaped(separation_sentence(view, names))}</h2>')
    hidden = f" {counted(left_out, 'hidden model')} left out." if left_out else ""
    write(
        '<p class="cg-note">Share of the good units (grey) and of the defects (line in the model’s '
        "colour) by score: the further apart, the better. A column that is cut says "
        f"its share.{hidden}</p>"
    )
    _panels(view, names, styles(dataset.scores.models))
    with st.expander("The shares behind the charts", on_change="rerun") as box:
        if box.open:
            _shares(view, names)


def draw_of(
    dataset: Dataset,
    models: Sequence[str],
    model_styles: Mapping[str, ModelStyle],
    *,
    dashed: str | None = None,
    thresholds: Mapping[str, Sequence[NamedThreshold]] = EMPTY,
) -> None:
    """Draw a chart of some models.

    Parameters
    ----------
    dashed : str, optional
        Model whose line is dashed: today's.
    thresholds : mapping of str to sequence of NamedThreshold
        Of these models, where units are flagged.
    """
    names = Names(session.current().names)
    view = [
        distribution
        for distribution in score_distributions(dataset)
        if distribution.model in models
    ]
    view.sort(key=lambda distribution: models.index(distribution.model))
    write('<p class="cg-eyebrow">Where do good units and defects score?</p>')
    write(
        '<p class="cg-note">Share of the good units (grey) and of the defects (line) by score: the further '
        "apart, the better. A column that is cut says its share.</p>"
    )
    _panels(view, names, model_styles, dashed, thresholds)


def _panels(
    view: Sequence[ScoreDistribution],
    names: Names,
    model_styles: Mapping[str, ModelStyle],
    dashed: str | None = None,
    thresholds: Mapping[str, Sequence[NamedThreshold]] = EMPTY,
) -> None:
    """A name, its ROC AUC and its chart for each model; all charts have one scale of shares."""
    appearance = session.appearance()
    palette = palette_of(appearance)
    top = max(float(distribution.shares.max()) for distribution in view)
    shown = pager("distributions", len(view))
    few = "_few" if len(view) <= FEW else ""
    with st.container(key=f"panels_{appearance}{few}", gap=None):
        for k in shown:
            distribution = view[k]
            name, auc = (
                names.model(distribution.model),
                auc_text(distribution.auc.value),
            )
            with st.container(gap=None):
                write(
                    f'<p class="cg-panel">{swatch(model_styles[distribution.model], palette)} '
                    f'<b title="{escaped(name)}">{escaped(shortened(name, 30))}</b> '
                    f"<span>ROC AUC {auc}</span></p>"
                )
                st.plotly_chart(
                    go.Figure(
                        distribution_figure(
                            distribution,
                            palette,
                            model_styles[distribution.model],
                            top=top,
                            labelled=bool(few) or k == shown[0],
                            dashed=distribution.model == dashed,
                            thresholds=thresholds.get(distribution.model, ()),
                            room=bool(thresholds),
                        ).as_dict()
                    ),
                    theme=None,
                    key=f"distribution_{k}",
                    config=STILL,
                    alt=f"Scores of good units and of defects by {plain(name)}, ROC AUC {auc}",
                )


def _shares(view: Sequence[ScoreDistribution], names: Names) -> None:
    """Every bin of every chart as a row."""
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "model": names.model(distribution.model),
                    "score from": distribution.edges[:-1],
                    "to": distribution.edges[1:],
                }
            ).assign(**dict(zip(CLASSES, np.transpose(distribution.shares), strict=True)))
            for distribution in view
        ],
        ignore_index=True,
    )
    st.dataframe(
        frame,
        hide_index=True,
        height=300,
        column_config={
            name: st.column_config.NumberColumn(name, format="percent") for name in CLASSES
        },
        alt="Share of good units and of defects by score, of every model",
    )

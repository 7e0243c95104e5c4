"""The Evidence page: why the figures are to be believed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.data.library import Dataset
from dashboard.figures.evidence_figures import (
    decision_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from dashboard.markup import escaped, swatch
from dashboard.page import cache
from dashboard.page.evidence import (
    Evidence,
    calibration_words,
    decision_words,
    evidence_of,
    precision_words,
    ranking_words,
    slope_words,
)
from dashboard.page.state import PageState
from dashboard.session.choices import STAKEHOLDER_TITLES
from dashboard.views import page_frame, points_side_by_side, score_distribution_charts
from dashboard.views.evidence import other_data_panel
from dashboard.views.snippets import point_markup, write
from metrics.narrative.formatting import entered

STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def draw(dataset: Dataset, others: Sequence[Dataset] = ()) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    others : sequence of Dataset
        Open data with models of the same names.
    """
    page = page_frame.begin(dataset)
    if page is None:
        return
    with st.container(key="evidence_page"):
        _shown_points(page)
        place = st.empty()
        if others:
            write_in(place, '<p class="cg-lines cg-checking">On other data: checking</p>')
        evidence = evidence_of(page)
        is_alone = page.ship_below(*page.chosen.place) is None
        in_all = None if is_alone else page.chosen.figures["recall"]
        labels = [page.label(model_evidence.model) for model_evidence in evidence.shown]
        drawn = page.keyed(
            "evidence drawn", page.intervals_key, page.palette, page.choices.compare,
            tuple((model_evidence.model, model_evidence.threshold) for model_evidence in evidence.shown),
        )  # fmt: skip
        roc, right, true, good = cache.part(drawn, lambda: _figures(page, evidence))
        band, both = (
            (
                " Band: 95\N{NO-BREAK SPACE}% interval.",
                " Band, and in brackets: 95\N{NO-BREAK SPACE}% intervals.",
            )
            if page.uncertainty is not None
            else ("", "")
        )
        chart = partial(_chart, _legend(page, evidence))
        left, middle = st.columns(2, gap="small")
        with left:
            chart("roc", "Does it tell defects from good units?", ranking_words(evidence, labels[0]), roc,
                  "Recall along the false alarm rate, the ROC curve." + both)  # fmt: skip
        with middle:
            chart("precision", "What is flagged, is it a defect?", precision_words(evidence, in_all), right,
                  "Precision along recall." + band)  # fmt: skip
        left, middle = st.columns(2, gap="small")
        with left:
            chart("calibration", "Do its probabilities come true?", calibration_words(evidence), true,
                  "Reliability diagram: " + slope_words(evidence.calibration[0]) + ". Dotted: thresholds."
                  + (both if evidence.shown[0].reliability_ends is not None else ""))  # fmt: skip
        with middle:
            price = entered(page.evaluation.miss_cost)
            benefit = decision_words(evidence, price, alone=in_all is not None)
            _chart(_benefit_legend(page, evidence), "decision", "Does acting on it do more good than harm?",
                   benefit, good, "Net benefit, of a threshold at any price, and where it follows the price "
                   "as the probabilities ask." + band)  # fmt: skip
        with st.container(border=True, gap="xsmall", key="part_distributions"):
            score_distribution_charts.draw_of(
                dataset,
                list(dict.fromkeys(model_evidence.model for model_evidence in evidence.shown)),
            )
        words = other_data_panel.draw(page, others)
        if others:
            more = f'{words} <a class="cg-see" href="#other-data">how it was judged</a>'
            write_in(
                place, f'<p class="cg-lines">{more if words else "Not judged on other data"}</p>'
            )
    page_frame.end(page)


def write_in(place: DeltaGenerator, markup: str) -> None:
    """Put markup where room was kept for it."""
    with place:
        write(markup)


def _shown_points(page: PageState) -> None:
    """Which two points the charts are of."""
    with st.container(horizontal=True, vertical_alignment="center", key="shown_points"):
        beside = f"; {escaped(page.beside_label)}: no curve"
        if page.beside.model is not None:
            mark = swatch(page.styles[page.beside.model], page.palette)
            other = page.beside
            alone = page.is_alone(other)
            words = point_markup(page, other.model, other.threshold, alone=alone, lower=other.lower)
            is_same = other.model == page.chosen.model  # whose curves are one
            drawn = "hollow" if is_same else "dashed"
            label = escaped(page.beside_label)
            beside = f'; {drawn}, {label}: <span class="cg-hollow">{mark}</span>{words}'
            if (other.place, alone) == (page.chosen.place, page.is_alone(page.chosen)):
                beside = f"; {label}: the same point"
        model = str(page.chosen.model)
        mark = swatch(page.styles[model], page.palette)
        words = point_markup(page, model, page.chosen.threshold, lower=page.chosen.lower)
        write(f'<p class="cg-lines">Chosen: {mark}{words}{beside}</p>')
        write('<span class="cg-note" id="compare-with">Compare with</span>')
        points_side_by_side.beside_control(page)
    if page.choices.intervals and page.uncertainty is None:
        write('<p class="cg-note cg-checking">How sure the curves are: checking</p>')


def _figures(page: PageState, evidence: Evidence) -> tuple[go.Figure, ...]:
    shown, palette, styles = evidence.shown, page.palette, page.styles
    named = "chosen", OTHER_THRESHOLD[page.choices.compare]
    drawings = (
        roc_figure(shown, palette, styles, page.label),
        precision_recall_figure(shown, evidence.rate, palette, styles, page.label),
        reliability_figure(shown, palette, styles, named, page.label),
        decision_figure(shown, evidence.everything, price_words, palette, styles, page.label),
    )
    return tuple(go.Figure(drawing.as_dict()) for drawing in drawings)


OTHER_THRESHOLD = {
    "today": "today’s",
    "pin": "pinned",
    **{name: f"{title}’s" for name, title in STAKEHOLDER_TITLES.items()},
}
"""What stands beside the chosen one, by what it is compared with."""


def price_words(probability: float) -> str:
    """A threshold probability as how many false alarms a miss costs there."""
    price = (1 - probability) / probability
    return f"{price:.3g}" if price >= 1 else f"{price:.2g}"


def _legend(page: PageState, evidence: Evidence) -> str:
    """Whose curve is which, over each chart; nothing where there is one."""
    models = list(dict.fromkeys(model_evidence.model for model_evidence in evidence.shown))
    if len(models) == 1:
        return ""
    return _legend_of(
        page, [(m, look, page.label(m)) for m, look in zip(models, LOOKS, strict=True)]
    )


def _benefit_legend(page: PageState, evidence: Evidence) -> str:
    """The same over net benefit, where each threshold has a line, and one is of no threshold."""
    chosen, *others = (model_evidence.model for model_evidence in evidence.shown)
    apart = any(other != chosen for other in others)
    lines = [(chosen, "", page.label(chosen) if apart else "this threshold")]
    lines += [(chosen, "cg-thin", "its threshold follows the price")]
    if others:
        other = page.label(others[0]) if apart else page.beside_label
        lines += [(others[0], LOOKS[1], other)]
    return _legend_of(page, lines)


LOOKS = "", "cg-dashed"
"""Of the chosen model's line in a key, and of the one beside it."""


def _legend_of(page: PageState, lines: Sequence[tuple[str, str, str]]) -> str:
    """A legend of lines, of each whose, how it looks, and what it is called."""
    items = []
    for model, look, words in lines:
        style = page.styles[model]
        items.append(
            f'<span><i class="cg-swatch cg-curve {look}" style="color:{style.color(page.palette)};'
            f'--cg-ink:{style.light}"></i>{escaped(words)}</span>'
        )
    return f'<p class="cg-key cg-curves">{" ".join(items)}</p>'


def _chart(legend: str, key: str, question: str, finding: str, fig: go.Figure, note: str) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"part_{key}"):
        write(f'<p class="cg-eyebrow">{escaped(question)}</p>')
        write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
        if legend:
            write(legend)
        st.plotly_chart(fig, theme=None, key=f"chart_{key}", config=STILL, alt=f"{note} {finding}.")
        write(f'<p class="cg-note">{escaped(note)}</p>')

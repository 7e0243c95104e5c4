"""The Evidence page: why the figures are to be believed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.analysis.cache import part
from dashboard.analysis.evidence.model_evidence import Evidence, evidence_of
from dashboard.analysis.selection import Selection
from dashboard.data.library import Dataset
from dashboard.figures.evidence_figures import (
    Named,
    decision_figure,
    operating_tips,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from dashboard.figures.model_styles import styles_with_current
from dashboard.figures.palette import POINT_MARKS
from dashboard.figures.threshold_lines import NamedThreshold
from dashboard.live.component import mount
from dashboard.live.packed_curves import envelope
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session.choices import STAKEHOLDER_TITLES
from dashboard.views import page_frame, points_side_by_side, score_distribution_charts
from dashboard.views.evidence import other_data_panel
from dashboard.views.snippets import keep_room, point_markup, write
from dashboard.words.decide.cards import compared_title
from dashboard.words.evidence.model_evidence import (
    calibration_sentence,
    decision_sentence,
    implied_price_words,
    precision_sentence,
    ranking_sentence,
    slope_words,
)
from dashboard.words.numbers import entered
from dashboard.words.phrases import capital
from metrics import OperatingPoint


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
        evidence = evidence_of(page.selection)
        is_ranking = math.isnan(evidence.expected)
        is_alone = page.ship_below(*page.chosen.place) is None
        in_all = None if is_alone else page.chosen.figures["recall"]
        labels = [page.label(model_evidence.model) for model_evidence in evidence.shown]
        roc, right, true, good = _figures(page, evidence)
        band, both = (
            (
                " Band: 95\N{NO-BREAK SPACE}% interval.",
                " Band, and in brackets: 95\N{NO-BREAK SPACE}% intervals.",
            )
            if page.uncertainty is not None
            else ("", "")
        )
        left, middle = st.columns(2, gap="small")
        with left:
            _chart("roc", "Does it tell defects from good units?", ranking_sentence(evidence, labels[0]), roc,
                  "Recall along the false alarm rate, the ROC curve." + both)  # fmt: skip
        with middle:
            note = f"Reliability diagram: {slope_words(evidence.calibration[0])}." + (
                both if evidence.shown[0].reliability_ends is not None else ""
            )
            found = calibration_sentence(evidence)
            _chart("calibration", "Do its probabilities come true?", found,
                   None if is_ranking else true, "" if is_ranking else note)  # fmt: skip
        left, middle = st.columns(2, gap="small")
        with left:
            flagged = precision_sentence(evidence, in_all)
            _chart("precision", "What is flagged, is it a defect?", flagged, right,
                  "Precision along recall." + band)  # fmt: skip
        with middle:
            price = entered(page.evaluation.miss_cost)
            is_model = evidence.shown[-1].threshold is None
            which = "thin and dashed" if is_model else "thin"
            thin = "" if is_ranking else f"; {which}: where it follows the price"
            benefit = decision_sentence(evidence, price, alone=in_all is not None)
            _chart("decision", "Does acting on it do more good than harm?", benefit, good,
                   f"Net benefit of this threshold{thin}." + band)  # fmt: skip
        with st.container(border=True, gap="xsmall", key="part_distributions"):
            score_distribution_charts.draw_of(
                dataset,
                list(dict.fromkeys(model_evidence.model for model_evidence in evidence.shown)),
                styles_with_current(page.selection, page.styles),
                dashed=None if page.today.model == page.chosen.model else page.today.model,
                thresholds=_thresholds(page, evidence),
            )
        words = other_data_panel.draw(page, others)
        if others:
            more = f'{words} <a class="cg-see" href="#other-data">how it was judged</a>'
            write_in(
                place, f'<p class="cg-lines">{more if words else "Not judged on other data"}</p>'
            )
    page_frame.end(page.analysis)


def write_in(place: DeltaGenerator, markup: str) -> None:
    """Put markup where room was kept for it."""
    with place:
        write(markup)


def _shown_points(page: PageView) -> None:
    """Which two points the charts are of, how they are marked there, and whose line is which."""
    with st.container(horizontal=True, vertical_alignment="center", key="shown_points"):
        chosen, other = page.chosen, page.beside
        here = _point_key(page, chosen, "chosen", "chosen", LOOKS[0])
        mark, label = points_side_by_side.kind_of(page.selection), compared_title(page.selection)
        if other.model is None:
            there = f"{escaped(capital(label))}: no curve"
        elif page.is_beside_a_model and other.model == chosen.model:
            there = f"{escaped(capital(label))}: the same model"
        elif (other.place, page.is_alone(other)) == (chosen.place, page.is_alone(chosen)):
            there = f"{POINT_MARKS[mark]} {escaped(capital(label))}: the same point"
        else:
            # Of one model's curves there is one.
            look = LOOKS[1] if other.model != chosen.model else None
            there = _point_key(page, other, mark, label, look)
        write(f'<p class="cg-lines cg-points"><span>{here}</span> <span>{there}</span></p>')
        write('<span class="cg-note" id="compare-with">Compare with</span>')
        points_side_by_side.beside_control(page)
    if page.analysis.is_pending:
        write('<p class="cg-note cg-checking">How sure the curves are: checking</p>')


def _point_key(
    page: PageView, point: OperatingPoint, kind: str, label: str, look: str | None
) -> str:
    """A point's mark and line in the charts, and what it is."""
    line = ""
    if look is not None:
        style = styles_with_current(page.selection, page.styles)[str(point.model)]
        color = f"color:{style.color(page.palette)};--cg-ink:{style.light}"
        line = f'<i class="cg-swatch cg-curve {look}" style="{color}"></i>'
    if kind == "model":
        return f"{escaped(capital(label))}: {line}{escaped(page.label(str(point.model)))}"
    words = point_markup(
        page, point.model, point.threshold, alone=page.is_alone(point), lower=point.lower
    )
    return f"{POINT_MARKS[kind]} {escaped(capital(label))}: {line}{words}"


LOOKS = "", "cg-dashed"
"""Of the chosen model's line in the key, and of the one beside it."""


def _named(selection: Selection) -> tuple[Named, Named]:
    short = {"today": "today", "pin": "pinned", **STAKEHOLDER_TITLES}[selection.compare]
    beside = Named(points_side_by_side.kind_of(selection), compared_title(selection), short)
    return Named("chosen", "chosen", "chosen"), beside


def _thresholds(page: PageView, evidence: Evidence) -> dict[str, list[NamedThreshold]]:
    """Of each model that is shown, the scores from which units are flagged."""
    found: dict[str, list[NamedThreshold]] = {}
    model_styles = styles_with_current(page.selection, page.styles)
    for one, named in zip(evidence.shown, _named(page.selection), strict=False):
        if one.threshold is not None:
            color = model_styles[one.model].color(page.palette)
            threshold = NamedThreshold(one.threshold, named.marked, color)
            found.setdefault(one.model, []).append(threshold)
    return found


def _figures_read(page: PageView, evidence: Evidence) -> Hashable:
    points = tuple((shown.model, shown.threshold) for shown in evidence.shown)
    return page.intervals_key, page.palette, page.names, page.choices.compare, points


@part(reads=_figures_read)
def _figures(page: PageView, evidence: Evidence) -> tuple[Drawn, ...]:
    shown, named = evidence.shown, _named(page.selection)
    look = page.palette, styles_with_current(page.selection, page.styles)

    def words(model: str, at: float | None) -> str:
        return page.label(model) if at is None else page.words(model, at, alone=True)

    tips = operating_tips(shown, named, words)
    drawings = (
        roc_figure(shown, named, *look, tips),
        precision_recall_figure(shown, named, evidence.rate, *look, tips),
        reliability_figure(shown, named, *look, page.label),
        decision_figure(shown, named, evidence.everything, implied_price_words, *look, words),
    )
    return tuple((one.to_json().encode(), int(one.layout["height"])) for one in drawings)


Drawn = tuple[bytes, int]
"""A chart as the browser reads it, and its height."""


def _chart(key: str, question: str, finding: str, drawn: Drawn | None, note: str) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"part_{key}"):
        write(f'<p class="cg-eyebrow">{escaped(question)}</p>')
        write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
        if drawn is not None:
            fig, height = drawn
            keep_room(f"chart_{key}", height)
            mount(f"chart_{key}", envelope("chart", {"alt": f"{note} {finding}."}, fig))
        if note:
            write(f'<p class="cg-note">{escaped(note)}</p>')

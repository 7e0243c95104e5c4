"""The Evidence page: ROC, precision-recall, calibration and decision curves of the selected point."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.cache import part
from dashboard.analysis.evidence.model_evidence import Evidence, evidence_of
from dashboard.analysis.selection import Selection
from dashboard.data.dataset import Dataset
from dashboard.figures.evidence_figures import EvidenceFigures, Named
from dashboard.figures.model_styles import styles_with_current
from dashboard.figures.palette import POINT_MARKS
from dashboard.figures.plotly_json import Drawn
from dashboard.figures.threshold_lines import NamedThreshold
from dashboard.page_view import PageView
from dashboard.views import page_frame, points_side_by_side, score_distribution_charts
from dashboard.views.evidence import other_data_panel
from dashboard.views.html_elements import (
    Text,
    checking,
    eyebrow,
    finding,
    inline,
    lines,
    link,
    note,
    span,
    swatch,
    write,
)
from dashboard.views.live_elements import draw_chart
from dashboard.views.point_markup import place_markup
from dashboard.words.decide.best import compared_short_title, compared_title
from dashboard.words.evidence.model_evidence import (
    INTERVALS,
    NO_CURVE,
    QUESTIONS,
    SAME_MODEL,
    SAME_POINT,
    auc_sentence,
    calibration_sentence,
    chart_notes,
    decision_sentence,
    precision_sentence,
)
from dashboard.words.evidence.transfer import HOW_JUDGED, NOT_JUDGED, ON_OTHER_DATA
from dashboard.words.numbers.amounts import entered
from dashboard.words.phrases import CHECKING, capital
from metrics import OperatingPoint


def draw(dataset: Dataset, others: Sequence[Dataset] = ()) -> None:
    """Draw the page for the selected point."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    selection, analysis = page.selection, page.analysis
    with st.container(key="evidence_page"):
        _draw_key(page)
        on_other_data = st.empty()
        if others:
            on_other_data.html(lines(f"{ON_OTHER_DATA}: {CHECKING}", css="cg-checking"))
        evidence = evidence_of(selection)
        models = list(dict.fromkeys(shown.model for shown in evidence.shown))
        is_alone = analysis.evaluation.inspected_from(*selection.point.place) is None
        in_all = None if is_alone else selection.point.figures["recall"]
        price = entered(analysis.evaluation.miss_cost)
        sentences = {
            "roc": auc_sentence(evidence, page.label(evidence.shown[0].model)),
            "calibration": calibration_sentence(evidence.calibration[0]),
            "precision": precision_sentence(evidence, in_all),
            "decision": decision_sentence(evidence, price, alone=not is_alone),
        }
        notes = chart_notes(evidence)
        charts = _figures(page, evidence)
        for row in (("roc", "calibration"), ("precision", "decision")):
            for column, key in zip(st.columns(2, gap="small"), row, strict=True):
                with column:
                    _draw_chart(key, sentences[key], charts.get(key), notes[key])
        with st.container(border=True, gap="xsmall", key="part_distributions"):
            score_distribution_charts.draw_models(page, models, _thresholds(page, evidence))
        words = other_data_panel.draw(page, others)
        if others:
            more = inline(words, " ", link(HOW_JUDGED, "#other-data", target=""))
            on_other_data.html(lines(more if words else NOT_JUDGED))
    page_frame.finish_page(analysis)


def _draw_key(page: PageView) -> None:
    """Draw the key of the charts: the selected and the compared point, with their lines."""
    selection = page.selection
    point, other = selection.point, selection.compared
    with st.container(horizontal=True, vertical_alignment="center", key="shown_points"):
        kind, title = points_side_by_side.kind_of(selection), compared_title(selection)
        compared: Text
        if other.model is None:
            compared = f"{capital(title)}: {NO_CURVE}"
        elif kind == "model" and other.model == point.model:
            compared = f"{capital(title)}: {SAME_MODEL}"
        elif (other.place, other.is_alone) == (point.place, point.is_alone):
            compared = f"{POINT_MARKS[kind]} {capital(title)}: {SAME_POINT}"
        else:
            # Two points of one model have one line.
            line = Markup() if other.model == point.model else _line(page, other, "cg-dashed")
            compared = _point_key(page, other, kind, title, line)
        selected = _point_key(page, point, "chosen", "chosen", _line(page, point))
        write(lines(span(selected), " ", span(compared), css="cg-points"))
        write(span("Compare with", css="cg-note", id="compare-with"))
        points_side_by_side.draw_comparison_control(page)
    if page.analysis.is_pending:
        write(checking("How sure the curves are"))
    elif page.analysis.uncertainty is not None:
        write(note(INTERVALS))


def _line(page: PageView, point: OperatingPoint, css: str = "") -> Markup:
    """Line of a point's model, as in the charts."""
    style = styles_with_current(page.selection, page.styles)[str(point.model)]
    return swatch(style, page.palette, curve=css)


def _point_key(
    page: PageView, point: OperatingPoint, kind: str, title: str, line: Markup
) -> Markup:
    """Entry of the key: mark, line and name of a point."""
    if kind == "model":
        return inline(f"{capital(title)}: ", line, page.label(str(point.model)))
    return inline(f"{POINT_MARKS[kind]} {capital(title)}: ", line, place_markup(page, point))


def _named(selection: Selection) -> tuple[Named, Named]:
    kind, title = points_side_by_side.kind_of(selection), compared_title(selection)
    compared = Named(kind, title, compared_short_title(selection.compare))
    return Named("chosen", "chosen", "chosen"), compared


def _thresholds(page: PageView, evidence: Evidence) -> dict[str, list[NamedThreshold]]:
    """Named thresholds of each model on the charts."""
    thresholds: dict[str, list[NamedThreshold]] = {}
    model_styles = styles_with_current(page.selection, page.styles)
    for evidence_of_model, name in zip(evidence.shown, _named(page.selection), strict=False):
        if evidence_of_model.threshold is not None:
            color = model_styles[evidence_of_model.model].color(page.palette)
            threshold = NamedThreshold(evidence_of_model.threshold, name.marked, color)
            thresholds.setdefault(evidence_of_model.model, []).append(threshold)
    return thresholds


def _figures_read(page: PageView, evidence: Evidence) -> Hashable:
    points = tuple((shown.model, shown.threshold) for shown in evidence.shown)
    return page.analysis.intervals_key, page.palette, page.names, page.choices.compare, points


@part(reads=_figures_read)
def _figures(page: PageView, evidence: Evidence) -> dict[str, Drawn]:
    """Charts by the keys of `QUESTIONS`, without calibration if the scores are no probabilities."""

    def words(model: str, at: float | None) -> str:
        return page.label(model) if at is None else page.words(model, at, alone=True)

    model_styles = styles_with_current(page.selection, page.styles)
    draw = EvidenceFigures(evidence, _named(page.selection), page.palette, model_styles, words)
    drawings = {
        "roc": draw.roc(),
        "precision": draw.precision_recall(),
        "decision": draw.decision(),
    }
    if not math.isnan(evidence.calibration[0].expected):
        drawings["calibration"] = draw.reliability()
    return {key: drawing.drawn() for key, drawing in drawings.items()}


def _draw_chart(key: str, sentence: str, drawn: Drawn | None, words: str) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"part_{key}"):
        write(eyebrow(QUESTIONS[key]))
        write(finding(sentence))
        if drawn is not None:
            draw_chart(f"chart_{key}", drawn, f"{words} {sentence}.")
            write(note(words))

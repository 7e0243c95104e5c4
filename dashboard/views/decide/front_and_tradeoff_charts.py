"""The two charts of Decide: the front of all models, and one model's trade-off along its thresholds."""

from __future__ import annotations

from collections.abc import Hashable
from math import isfinite
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.decide.front import (
    Axes,
    FrontView,
    axes_shown,
    axes_to_choose,
    discussed,
    front_of,
    ranking_stakeholder,
)
from dashboard.analysis.decide.model_ranking import ranking_of
from dashboard.analysis.decide.tradeoff import (
    TradeoffView,
    intervals_within_limits,
    least_shown,
    tradeoff_of,
)
from dashboard.analysis.decide.tradeoff_scales import scales_read
from dashboard.analysis.resampled_figures import required_positions
from dashboard.figures.front_figure import front_curves, front_figure
from dashboard.figures.front_range import VisibleFront
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.ranking_figure import ranking_figure
from dashboard.figures.texts import shortened
from dashboard.figures.tradeoff_figure import tradeoff_figure
from dashboard.live.component import chart_envelope, mount
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import X_AXES
from dashboard.views.html_elements import bullets, paragraph, shade, span, write
from dashboard.views.menus import lazy_popover, named_options
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.decide.front import (
    MARK_WORDS,
    away_words,
    front_alt,
    front_notes,
    front_sentence,
    mark_label,
    names_of_marks,
    ranking_alt,
    ranking_notes,
    shades,
    shortlist_words,
)
from dashboard.words.decide.threshold_handle import THRESHOLD_HELP
from dashboard.words.decide.tradeoff import (
    least_cost_sentence,
    tradeoff_alt,
    tradeoff_notes,
    within_limits_words,
)
from dashboard.words.limits.limits_status import limit_line_words
from dashboard.words.names import STAKEHOLDER_TITLES
from metrics import Direction, Objective


def draw(page: PageView, place: Any) -> None:
    """Draw the front at the left and the trade-off at the right, in a container."""
    with place:
        left, right = st.columns([1, 1], gap="small")
        with left, st.container(border=True, gap="xxsmall", height="stretch", key="part_front"):
            _draw_front(page)
        with right, st.container(border=True, gap="xxsmall", height="stretch", key="part_tradeoff"):
            _draw_tradeoff(page)


def _draw_front(page: PageView) -> None:
    analysis, axes, message = page.analysis, page.choices.axes, _front_message(page)
    view, ranker = front_of(analysis, axes), ranking_stakeholder(analysis, axes)
    keys = _keys(analysis, view) if ranker is None else {}
    line = keys.pop("black", None) or shortlist_words(analysis, view)
    shades = span(*keys.values(), css="cg-key") if keys else ""
    notes = front_notes(analysis, view) if ranker is None else ranking_notes(ranker.objective)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head_front"):
        write(paragraph(span(line, css="cg-eyebrow"), shades, css="cg-chart-head"))
        with st.popover("Axes", type="tertiary", width="content"):
            labels = {pair: _axes_words(pair, by) for pair, by in axes_to_choose(analysis).items()}
            chosen = session.widget("axes", axes_shown(analysis, axes))
            st.segmented_control("Axes", required=True, **named_options(labels), **chosen)
            finding = front_sentence(analysis, page.names, view)
            write(paragraph(f"{finding}."), bullets(notes, css="cg-how"))
    mount("front", message)


def _axes_words(axes: Axes, ranker: Stakeholder | None) -> str:
    short = {name: title.split()[0] for name, title in STAKEHOLDER_TITLES.items()}
    if ranker is not None:
        return f"{short[ranker.name]}: ranking"
    return f"{short[axes[0]]} × {short[axes[1]]}"


def _front_message_reads(page: PageView) -> Hashable:
    c = page.choices
    shown = axes_shown(page.analysis, c.axes), c.names, page.analysis.limit_values, c.weights
    return page.analysis.intervals_key, page.palette, shown


@part(reads=_front_message_reads)
def _front_message(page: PageView) -> bytes:
    """Chart of the front, or of the ranking, and its data for the browser."""
    axes, scenario = page.choices.axes, page.analysis.scenario
    view, ranker = front_of(page.analysis, axes), ranking_stakeholder(page.analysis, axes)
    finding = front_sentence(page.analysis, page.names, view)
    if ranker is None:
        visible = VisibleFront.of(view)
        curves = _curves(page, view, visible)
        fig = front_figure(view, page.palette, page.styles, scenario, visible, curves)
        head, revision = _front_head(page, view, finding), f"{view.across.id} {view.up.id}"
    else:
        ranking, revision = (
            ranking_of(page.analysis, view, ranker),
            f"ranking {ranker.objective.id}",
        )
        fig = ranking_figure(ranking, page.palette, page.styles, scenario, page.label)
        names = list(fig.layout["yaxis"]["ticktext"])
        head = {
            "coloured": sorted(ranking.coloured),
            "ranking": {"models": ranking.models, "names": names},
            "side": [1, 0],
            "words": MARK_WORDS,
            "alt": ranking_alt(ranker.objective, finding),
        }
    fig.update_layout(uirevision=revision)
    return chart_envelope("front", head, fig.drawn().json)


def _keys(analysis: Analysis, view: FrontView) -> dict[str, Markup]:
    """Entries of the key for lines and shades without a name on the chart, by kind of shade.

    The entry of the line ("black") is the heading of the chart.
    """
    is_named = view.acceptable is not None and view.acceptable.is_all
    return {
        kind: shade(kind, words) + " "
        for kind, words in shades(analysis, view)
        if not (is_named and kind == "blue")
    }


def _curves_read(page: PageView, view: FrontView, visible: VisibleFront) -> Hashable:
    seed, required = page.analysis.seed, required_positions(page.analysis)
    shown = page.analysis.unpriced_key, page.choices.axes, seed, required
    return shown, page.palette, visible, view.band is not None


@part(reads=_curves_read, kind=Kind.PART)
def _curves(page: PageView, view: FrontView, visible: VisibleFront) -> Drawing:
    """Curves of the front. They are drawn once for all prices of a miss with the same curves."""
    return front_curves(view, page.palette, page.styles, visible).packed()


def _front_head(page: PageView, view: FrontView, finding: str) -> dict[str, object]:
    """Data that the browser needs besides the drawing: colours, names, marks and limits."""
    scenario, mark_names = page.analysis.scenario, names_of_marks(page.analysis, view.marks)
    limits = () if view.acceptable is None else view.acceptable.lines
    return {
        "coloured": sorted(discussed(view)),
        "names": _names(page, view),
        "side": [_side(view.across), -_side(view.up)],
        "words": MARK_WORDS,
        "marks": [
            {
                "label": mark_label(mark, scenario),
                "names": name,
                "words": page.words(mark.model, mark.threshold),
                "kind": mark.kind,
                "model": mark.model,
                "at": repr(float(mark.threshold)),
                "x": mark.x,
                "y": mark.y,
                "away": away_words(mark, view, scenario) if mark.kind == "today" else None,
            }
            for mark, name in zip(view.marks, mark_names, strict=True)
        ],
        "limits": [
            {
                "axis": line.axis,
                "value": line.value,
                "words": limit_line_words(line.bound, scenario),
            }
            for line in limits
        ],
        "alt": front_alt(view, finding),
    }


def _names(page: PageView, view: FrontView) -> list[dict[str, str]]:
    """Names and colours of the models' curves. The models with most points on the front are first."""
    is_on_front = view.points["front"].to_numpy()
    curves = view.curves.items()
    on_front = {model: np.count_nonzero(is_on_front[curve.index]) for model, curve in curves}
    return [
        {
            "model": model,
            "words": shortened(page.label(model)),
            "color": page.styles[model].color(page.palette),
        }
        for model in sorted(on_front, key=lambda model: -on_front[model])
    ]


def _side(o: Objective) -> int:
    """Direction in which an axis gets better, where labels do not cover a curve."""
    return 1 if o.direction is Direction.MAXIMISE else -1


def _draw_tradeoff(page: PageView) -> None:
    message = _tradeoff_message(page)
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="head_tradeoff"
    ):
        heading = span("Threshold", css="cg-eyebrow")
        write(paragraph(heading, _limits_key(page), css="cg-chart-head"))
        _draw_axis_popover(recipe_of(page))
    mount("tradeoff", message)


def _limits_key(page: PageView) -> Markup:
    """Key of the bar along the axis; empty without a bar."""
    words = within_limits_words(page.selection, page.choices.x)
    if not words:
        return Markup()
    has_bar = bool(intervals_within_limits(page.selection, page.choices.x))
    return span(shade("bar" if has_bar else "", words), css="cg-key")


@st.fragment
def _draw_axis_popover(recipe: Recipe) -> None:
    """Draw the popover that chooses the axis and explains the trade-off."""
    if session.is_changed():
        session.rerun()
    with lazy_popover("Axis", "axis_x", type="tertiary", width="content") as popover:
        if not popover.open:
            return
        page = recipe.at(session.current()).page_of_fragment()
        chosen = session.widget("x", page.choices.x)
        st.segmented_control("Axis", required=True, **named_options(X_AXES), **chosen)
        notes = tradeoff_notes(page.selection, page.names, page.choices.x)
        write(bullets(notes, css="cg-how"))


def _tradeoff_message_reads(page: PageView) -> Hashable:
    c, analysis = page.choices, page.analysis
    shown = page.selection.point.model, c.x, c.names, analysis.limit_values
    return analysis.intervals_key, page.palette, shown, least_shown(page.selection)


@part(reads=_tradeoff_message_reads)
def _tradeoff_message(page: PageView) -> bytes:
    """Chart of the trade-off and its data for the browser."""
    model = str(page.selection.point.model)
    view = tradeoff_of(page.selection, page.choices.x)
    least_cost = least_cost_sentence(page.selection, page.names)
    head = {
        "model": model,
        "axis": page.choices.x,
        "objectives": [curve.objective.id for curve in view.curves],
        "levels": [
            [
                value
                for value in (curve.today, *(line.value for line in curve.limits))
                if isfinite(value)
            ]
            for curve in view.curves
        ],
        "help": THRESHOLD_HELP,
        "alt": tradeoff_alt(page.label(model), least_cost),
    }
    return chart_envelope("tradeoff", head, _tradeoff_chart(page, view))


def _tradeoff_chart_reads(page: PageView, view: TradeoffView) -> Hashable:
    marked = tuple((curve.best, curve.limits) for curve in view.curves), view.least
    intervals = (
        page.analysis.uncertainty is not None,
        page.analysis.seed,
        required_positions(page.analysis),
    )
    return scales_read(page.analysis), view.model, view.axis, marked, intervals, page.palette


@part(reads=_tradeoff_chart_reads, kind=Kind.PART)
def _tradeoff_chart(page: PageView, view: TradeoffView) -> bytes:
    """Chart of the trade-off as JSON. It is drawn once for all prices of a miss with the same curves."""
    color = page.styles[view.model].color(page.palette)
    fig = tradeoff_figure(view, page.palette, color, page.analysis.scenario)
    fig.update_layout(uirevision=f"{view.axis} {view.model}")
    return fig.drawn().json

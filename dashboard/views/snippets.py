"""Small elements that several views use: the person, operating points as text, pagers, charts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.decisions.decision import Spot
from dashboard.figures.palette import POINT_MARKS, ModelStyle
from dashboard.figures.plotly_json import Drawn
from dashboard.live.component import mount
from dashboard.live.message import chart_envelope
from dashboard.page_view import PageView
from dashboard.server.sign_in import SIGN_OUT
from dashboard.session import session
from dashboard.views import elements
from dashboard.views.elements import lines, notice, swatch, with_tooltip
from dashboard.words.data.stored_data import signed_in_words
from dashboard.words.names import threshold_of
from dashboard.words.notices import names_notice
from dashboard.words.numbers.thresholds import exact_threshold
from dashboard.words.phrases import capital
from metrics import OperatingPoint


def draw_person() -> None:
    """Say who is signed in, with a link that signs out."""
    if identity := session.signed_in():
        words = signed_in_words(identity)
        elements.write(elements.note(words, " ", elements.link("Sign out", f".{SIGN_OUT}")))


def pager(key: str, count: int, size: int = 12, what: str = "models") -> range:
    """Draw a pager if a list has several pages. Return the positions of the items to show."""
    if count <= size:
        return range(count)
    first = st.selectbox(
        f"{capital(what)} shown",
        range(0, count, size),
        format_func=lambda k: f"{k + 1} to {min(k + size, count)} of {count} {what}",
        label_visibility="collapsed",
        width=260,
        key=f"page_{key}",
    )
    return range(first, min(first + size, count))


def keep_room(key: str, height: int) -> None:
    """Reserve the height of a chart in pixels, so that nothing moves when the chart is drawn."""
    rule = f"@media screen {{ .st-key-{key} {{ min-height: {height}px; }} }}"
    elements.write(elements.style(rule))


def chart(key: str, figure: Drawn, alt: str) -> None:
    """Draw a chart with texts under the pointer; `alt` describes it in words."""
    keep_room(key, figure.height)
    mount(key, chart_envelope("chart", {"alt": alt}, figure.json))


def threshold_markup(figures: ScenarioFigures, model: str, at: float) -> Markup:
    """Threshold of a model, with all its digits in a tooltip."""
    return with_tooltip(threshold_of(figures, model, at), exact_threshold(at))


def point_markup(
    page: PageView,
    model: str | None,
    at: float,
    *,
    alone: bool = False,
    lower: float | None = None,
) -> Markup:
    """Model and threshold, with all digits of the threshold in a tooltip."""
    words, exact = (
        page.names.at(page.analysis, model, at, lower, alone=alone, exact=is_exact)
        for is_exact in (False, True)
    )
    return with_tooltip(words, exact)


def place_markup(
    page: PageView, point: OperatingPoint, model_styles: Mapping[str, ModelStyle] | None = None
) -> Markup:
    """Operating point, with all digits of its threshold in a tooltip.

    Parameters
    ----------
    model_styles : mapping of str to ModelStyle, optional
        Styles of the models. If given, the colour and shape of the model is in front.
    """
    alone = page.analysis.is_alone(point)
    words = point_markup(page, point.model, point.threshold, alone=alone, lower=point.lower)
    if model_styles is None or point.model is None:
        return words
    return swatch(model_styles[point.model], page.palette) + words


def chosen_line(page: PageView) -> Markup:
    """Line about the selected point."""
    return lines(POINT_MARKS["chosen"], " Chosen: ", place_markup(page, page.selection.point))


def spot_markup(spot: Spot) -> Markup:
    """Recorded operating point, with all digits of its threshold in a tooltip."""
    if spot.model is None:
        return elements.inline(spot.words)
    joined = " at " if math.isfinite(spot.threshold) else ", "
    return with_tooltip(spot.words, f"{spot.model}{joined}{exact_threshold(spot.threshold)}")


def names_not_given() -> Markup:
    """Notice of the names that could not be given to models; empty if all could."""
    return notice(names_notice(session.names_not_given()), role="status")

"""Small pieces of text that several views show."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.data.confusable_names import exact
from dashboard.decisions.decision import Spot
from dashboard.figures.palette import POINT_MARKS
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.words.names import threshold_of
from dashboard.words.numbers import exact_threshold


def pager(key: str, count: int, size: int = 12) -> range:
    """Positions of what is shown of a long list; where it is longer than a page, the reader turns it."""
    if count <= size:
        return range(count)
    first = st.selectbox(
        "Models shown",
        range(0, count, size),
        format_func=lambda k: f"{k + 1} to {min(k + size, count)} of {count} models",
        label_visibility="collapsed",
        width=260,
        key=f"page_{key}",
    )
    return range(first, min(first + size, count))


def keep_room(key: str, height: int) -> None:
    """Keep the room of a chart from the start, in pixels, so that nothing moves when it comes."""
    st.html(f"<style>@media screen {{ .st-key-{key} {{ min-height: {height}px; }} }}</style>")


def with_tooltip(text: str, exact: str) -> str:
    """Markup of a text that is said in full where the pointer rests on it."""
    return (
        escaped(text) if exact == text else f'<span title="{escaped(exact)}">{escaped(text)}</span>'
    )


def threshold_markup(figures: ScenarioFigures, model: str, at: float) -> str:
    """Markup of a model's threshold, with all its digits under the pointer."""
    return with_tooltip(threshold_of(figures, model, at), exact_threshold(at))


def point_markup(
    page: PageView,
    model: str | None,
    at: float,
    *,
    alone: bool = False,
    lower: float | None = None,
) -> str:
    """Markup of an operating point, with all digits of its threshold under the pointer."""
    written = (page.words, page.exact_words)
    words, exact = (say(model, at, alone=alone, lower=lower) for say in written)
    return with_tooltip(words, exact)


def chosen_and_today(page: PageView) -> str:
    """Markup of a line that says what is chosen, and what today's system is."""
    chosen = point_markup(
        page, str(page.chosen.model), page.chosen.threshold, lower=page.chosen.lower
    )
    today = page.scenario.today
    beside = f"compared with {page.today_title}"
    if today is not None:
        words = point_markup(page, today.model, today.threshold, alone=True)
        beside = f"{POINT_MARKS['today']} today: {words}"
    return f'<p class="cg-lines">{POINT_MARKS["chosen"]} Chosen: {chosen}; {beside}</p>'


def spot_markup(spot: Spot) -> str:
    """Markup of a recorded operating point, with all digits of its threshold under the pointer."""
    if spot.model is None:
        return escaped(spot.words)
    joined = " at " if math.isfinite(spot.threshold) else ", "
    return with_tooltip(spot.words, f"{spot.model}{joined}{exact_threshold(spot.threshold)}")


def names_not_given() -> str:
    """Markup that says which names were not given to models, or nothing."""
    words = " ".join(
        f"{model} keeps its own name: “{name}” (exactly {exact(name)}) reads like the own name of another "
        "model, or as one."
        for model, name in session.names_not_given()
    )
    return f'<p class="cg-notice" role="status">{escaped(words)}</p>' if words else ""


def write(markup: str) -> None:
    """Put markup of ours on the page, where there is any; every name in it was escaped."""
    if markup:  # Streamlit refuses to write nothing
        st.html(markup)

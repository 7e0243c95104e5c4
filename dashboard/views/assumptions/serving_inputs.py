"""The load of production and what serving costs, as inputs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import LEAST
from dashboard.views.assumptions.large_number import labelled
from dashboard.views.elements import note, span, write
from dashboard.words.phrases import requests_alignment
from dashboard.words.safe_text import one_line
from metrics.scenario.capacity import UTILISATION
from metrics.scenario.serving_load import MOST_REQUESTS, MOST_SECONDS, Serving


def draw(page: PageView) -> None:
    """All inputs of serving, each in force as soon as it is changed."""
    serving = page.scenario.serving or Serving()
    # Its place is kept: what is said of a number must not move it while it is typed.
    off = requests_alignment(page.scenario)
    asked = "\N{NO-BREAK SPACE}" if off is None else span(off[1], css="cg-alignment")
    write(note(asked, css="cg-kept", role="status"))
    st.number_input(
        labelled("Requests an hour", serving.requests_per_hour),
        min_value=LEAST,
        max_value=MOST_REQUESTS / 10,
        value=None,
        step=100_000.0,
        format="%.6g" if (serving.requests_per_hour or 0) % 1 else "%.0f",
        placeholder="not known",
        help="Units that the workers must be able to score in an hour.",
        **_number("requests_per_hour", serving.requests_per_hour),
    )
    st.number_input(
        "Workers are busy, %",
        min_value=100 * LEAST,
        max_value=100.0,
        value=None,
        step=5.0,
        format="%.6g",
        placeholder=f"{100 * UTILISATION:.6g}",
        help="Share of a worker’s time that goes into scoring.",
        **session.widget(
            "serving_utilisation",
            round(100 * serving.utilisation, 10),
            lambda c, v: c.with_serving("utilisation", None if v is None else float(v) / 100),
        ),
    )
    own = {worker.price_per_worker_hour for worker in serving.models.values()} - {None}
    st.number_input(
        plain(f"Price of a worker hour, {page.scenario.currency}"),
        min_value=LEAST,
        value=None,
        step=0.01,
        format="%.6g",
        placeholder="each model’s own" if own else "not known",
        help="Given here, it is the price of every model’s worker.",
        **_number("price_per_worker_hour", serving.price_per_worker_hour),
    )
    _times(page, serving)


def _number(name: str, value: float | None) -> dict[str, Any]:
    return session.widget(
        f"serving_{name}", value, lambda c, v: c.with_serving(name, None if v is None else float(v))
    )


def _times(page: PageView, serving: Serving) -> None:
    models = list(page.dataset.scores.models)
    labels = {name: one_line(page.label(name)) for name in models}
    model = st.selectbox(
        "Scoring time of",
        models,
        format_func=lambda name: labels[name],
        key="serving_model",
    )
    seconds = serving.seconds_of(model)
    st.number_input(
        "Microseconds a unit",
        min_value=LEAST,
        max_value=1e6 * MOST_SECONDS * (1 - LEAST),
        value=None,
        step=10.0,
        format="%.6g",
        placeholder="not known",
        help="From input to score, one unit after the other on one worker.",
        **session.widget(
            f"serving_time_{models.index(model)}",
            None if seconds is None else float(f"{1e6 * seconds:.12g}"),
            lambda c, v: c.with_time(model, None if v is None else float(v) / 1e6),
        ),
    )

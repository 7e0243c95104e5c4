"""Inputs of production: units a year, defect rate, and the load and costs of serving."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.session.choices import LEAST
from dashboard.views.assumptions.number_field import labelled, number_field
from dashboard.views.html_elements import note, span, write
from dashboard.views.menus import named_options
from dashboard.words.assumptions import HELP, file_rate_words
from dashboard.words.phrases import requests_alignment
from metrics.scenario.capacity import UTILISATION
from metrics.scenario.serving import MOST_REQUESTS, MOST_SECONDS, Serving


def draw_volume(page: PageView) -> None:
    """Draw the number of units a year."""
    number_field(
        labelled("Units a year", page.analysis.scenario.units_per_year),
        "units_per_year",
        page.analysis.scenario.units_per_year,
        lambda c, v: replace(c, units_per_year=v or 0.0),
        empty="figures of this file",
        step=100_000.0,
        format="%.0f",
    )


def draw_defect_rate(page: PageView) -> None:
    """Draw the defect rate in production, with the file's rate."""
    mass = page.analysis.evaluation.tally.class_mass
    rate = page.analysis.scenario.defect_rate
    write(note(file_rate_words(float(mass[1] / mass.sum()), is_used=rate is None)))
    number_field(
        "Defects in production, %",
        "defect_rate",
        rate,
        lambda c, v: replace(c, defect_rate=v or 0.0),
        scale=100,
        empty="as in the file",
        least=100 * LEAST,
        max_value=100 * (1 - LEAST),
        step=0.1,
        format="%.4g",
    )


def draw_serving(page: PageView) -> None:
    """Draw all inputs of serving; each change takes effect at once."""
    serving = page.analysis.scenario.serving or Serving()
    # An empty remark takes a line as well, so that the number does not move while it is typed.
    alignment = requests_alignment(page.analysis.scenario)
    question = "\N{NO-BREAK SPACE}" if alignment is None else span(alignment[1], css="cg-alignment")
    write(note(question, css="cg-kept", role="status"))
    number_field(
        labelled("Requests an hour", serving.requests_per_hour),
        "serving_requests_per_hour",
        serving.requests_per_hour,
        lambda c, v: c.with_serving("requests_per_hour", v),
        empty="not known",
        max_value=MOST_REQUESTS / 10,
        step=100_000.0,
        format="%.6g" if (serving.requests_per_hour or 0) % 1 else "%.0f",
    )
    number_field(
        "Workers are busy, %",
        "serving_utilisation",
        serving.utilisation,
        lambda c, v: c.with_serving("utilisation", v),
        scale=100,
        empty=f"{100 * UTILISATION:.6g}",
        least=100 * LEAST,
        max_value=100.0,
        step=5.0,
    )
    prices = {worker.price_per_worker_hour for worker in serving.models.values()} - {None}
    number_field(
        plain(f"Price of a worker hour, {page.analysis.scenario.currency}"),
        "serving_price_per_worker_hour",
        serving.price_per_worker_hour,
        lambda c, v: c.with_serving("price_per_worker_hour", v),
        empty="each model’s own" if prices else "not known",
        step=0.01,
    )
    _draw_times(page, serving)


def _draw_times(page: PageView, serving: Serving) -> None:
    models = list(page.analysis.dataset.scores.models)
    labels = {name: one_line(page.label(name)) for name in models}
    model = st.selectbox("Scoring time of", **named_options(labels), key="serving_model")
    number_field(
        "Microseconds a unit",
        f"serving_time_{models.index(model)}",
        serving.seconds_of(model),
        lambda c, v: c.with_time(model, v),
        scale=1e6,
        empty="not known",
        max_value=1e6 * MOST_SECONDS * (1 - LEAST),
        step=10.0,
        help=HELP["serving_time"],
    )

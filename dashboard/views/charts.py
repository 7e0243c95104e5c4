"""The two charts: the front of all models, and one model's trade-off along its thresholds."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.figures.front import front_figure
from dashboard.figures.front_view import FrontView
from dashboard.figures.tradeoff import tradeoff_figure
from dashboard.live.component import mount
from dashboard.live.pack import envelope
from dashboard.markup import escaped, swatch
from dashboard.page import cache
from dashboard.page.charts import cheapest, finding_of, front_of, tradeoff_of
from dashboard.page.state import PageState
from dashboard.session import session
from dashboard.session.choices import STAKEHOLDERS, X_AXES
from dashboard.views.parts import write


def draw(page: PageState) -> None:
    """Front at the left, trade-off at the right."""
    with st.container(key="charts"):
        left, right = st.columns([1, 1], gap="small")
        with left, st.container(border=True, gap="xsmall", height="stretch", key="part_front"):
            _front(page)
        with right, st.container(border=True, gap="xsmall", height="stretch", key="part_tradeoff"):
            _tradeoff(page)


def _front(page: PageState) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        write('<p class="cg-eyebrow">The front</p>')
        pairs = [
            (STAKEHOLDERS[1], STAKEHOLDERS[2]),
            (STAKEHOLDERS[0], STAKEHOLDERS[1]),
            (STAKEHOLDERS[0], STAKEHOLDERS[2]),
        ]
        shown = page.choices.axes if page.choices.axes in pairs else page.choices.axes[::-1]
        short = {"data": "Data", "product": "Product", "executive": "Executive"}
        st.segmented_control(
            "Axes of the front",
            pairs,
            required=True,
            format_func=lambda pair: f"{short[pair[0]]} × {short[pair[1]]}",
            label_visibility="collapsed",
            **session.widget("axes", shown, lambda choices, value: replace(choices, axes=value)),
        )
    c = page.choices
    follows = c.axes, c.names, c.pin, c.compare, page.limits_in_force, c.weights
    key = page.keyed("front", page.intervals_key, page.look, follows)
    finding, message, names = cache.part(key, lambda: _front_made(page))
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    mount("front", message)
    write(names)


def _front_made(page: PageState) -> tuple[str, bytes, str]:
    """The front's finding, its chart, and the names of the models."""
    view = front_of(page)
    fig = front_figure(view, page.look, page.styles, page.scenario, page.exact_words)
    across, up = view.across, view.up
    fig.update_layout(uirevision=f"{across.id} {up.id}")
    finding = finding_of(page, view)
    head = {
        "axes": [across.id, up.id],
        "alt": f"{up.label} against {across.label} of every model at every threshold. {finding}",
    }
    return finding, envelope("front", head, fig.to_json().encode()), _key(page, view)


def _key(page: PageState, view: FrontView) -> str:
    """Names of the models on the front; those beaten everywhere fold away where they are many."""
    on_front = set(view.points.loc[view.points["front"], "model"])
    shown = list(view.points["model"].unique())
    beaten = [model for model in shown if model not in on_front]
    items = "".join(
        f"<li>{swatch(page.styles[model], page.look)}{escaped(page.label(model))}</li>"
        for model in shown
        if model in on_front
    )
    rest = [
        f"{swatch(page.styles[model], page.look)}{escaped(page.label(model))}" for model in beaten
    ]
    if len(rest) > FEW_BEATEN:
        items += (
            f"<li><details><summary>{len(rest)} models beaten everywhere</summary>"
            f"{', '.join(rest)}</details></li>"
        )
    elif rest:
        items += f'<li class="cg-note">Beaten everywhere: {", ".join(rest)}</li>'
    shade = "" if view.band is None else "Grey: where the line lies in 95 of 100 other samples. "
    if page.limits:
        shade += "Blue: keeps every limit. "
    note = f'<p class="cg-note">{shade}Click a marker to discuss it; a double click shows everything.</p>'
    return f'<ul class="cg-key">{items}</ul>{note}'


FEW_BEATEN = 6


def _tradeoff(page: PageState) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        write('<p class="cg-eyebrow">Threshold trade-off</p>')
        st.segmented_control(
            "Axis of the trade-off",
            list(X_AXES),
            required=True,
            format_func=X_AXES.__getitem__,
            label_visibility="collapsed",
            **session.widget("x", page.choices.x, lambda choices, value: replace(choices, x=value)),
        )
    c = page.choices
    follows = page.chosen.model, c.x, c.names
    key = page.keyed("tradeoff", page.intervals_key, page.look, follows)
    finding, cost, note, message = cache.part(key, lambda: _tradeoff_made(page))
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    mount("tradeoff", message)
    if cost:
        write(f'<p class="cg-lines">{escaped(cost)}</p>')
    write(
        f'<p class="cg-note">Ring: the stakeholder’s own best threshold of this model. {escaped(note)}</p>'
    )


def _tradeoff_made(page: PageState) -> tuple[str, str, str, bytes]:
    """The trade-off's finding, its least cost, what else is to be said, and its chart."""
    model = str(page.chosen.model)
    fig = tradeoff_figure(
        tradeoff_of(page),
        page.look,
        page.styles[model].color(page.look),
        page.scenario,
    )
    fig.update_layout(uirevision=f"{page.choices.x} {model}")
    finding, cost, note = cheapest(page, model)
    head = {
        "model": model,
        "axis": page.choices.x,
        "objectives": [stakeholder.objective.id for stakeholder in page.stakeholders],
        "alt": f"The objectives of the three stakeholders along the thresholds of {page.label(model)}. "
        f"{finding}",
    }
    return finding, cost, note, envelope("tradeoff", head, fig.to_json().encode())

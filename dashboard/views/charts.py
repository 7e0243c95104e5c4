"""The two charts: the front of all models, and one model's trade-off along its thresholds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import cache, session
from dashboard.choices import SEAT_TITLES, SEATS, X_AXES
from dashboard.figures.acceptable import add_acceptable
from dashboard.figures.front import front_figure
from dashboard.figures.front_view import FrontView, Mark, front_view
from dashboard.figures.tradeoff import tradeoff_figure
from dashboard.figures.tradeoff_view import SeatCurve, TradeoffView, along
from dashboard.table import mount
from dashboard.table.pack import envelope
from dashboard.views import deciding
from dashboard.views.optimism import on_other_rows
from dashboard.views.parts import escaped, plural, swatch, write
from dashboard.views.state import Table
from dashboard.views.sure import interval, shown_ranges
from metrics import OBJECTIVES, pick
from metrics.attainment import attained
from metrics.decision import model_mark
from metrics.margins import Interval
from metrics.wording import figure, span, unit_words


def draw(table: Table) -> None:
    """Front at the left, trade-off at the right."""
    with st.container(key="charts"):
        left, right = st.columns([1, 1], gap="small")
        with left, st.container(border=True, gap="xsmall", height="stretch", key="part_front"):
            _front(table)
        with right, st.container(border=True, gap="xsmall", height="stretch", key="part_tradeoff"):
            _tradeoff(table)


def _front(table: Table) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        write('<p class="cg-eyebrow">The front</p>')
        pairs = [(SEATS[1], SEATS[2]), (SEATS[0], SEATS[1]), (SEATS[0], SEATS[2])]
        shown = table.choices.axes if table.choices.axes in pairs else table.choices.axes[::-1]
        short = {"data": "Data", "product": "Product", "executive": "Executive"}
        st.segmented_control(
            "Axes of the front",
            pairs,
            required=True,
            format_func=lambda pair: f"{short[pair[0]]} × {short[pair[1]]}",
            label_visibility="collapsed",
            **session.widget("axes", shown, lambda choices, value: replace(choices, axes=value)),
        )
    c = table.choices
    limits = [(bound.objective.id, bound.value) for bound in table.limits]
    key = repr((table.sure, table.look, c.axes, c.names, c.pin, c.compare, limits, c.weights))
    finding, message, names = cache.drawn("front", key, lambda: _front_made(table))
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    mount("front", message)
    write(names)


def _front_made(table: Table) -> tuple[str, bytes, str]:
    """The front's finding, its chart, and the names of the models."""
    view, fig = front_of(table)
    across, up = view.across, view.up
    fig.update_layout(uirevision=f"{across.id} {up.id}")
    finding = finding_of(table, view)
    head = {
        "axes": [across.id, up.id],
        "alt": f"{up.label} against {across.label} of every model at every threshold. {finding}",
    }
    return finding, envelope("front", head, fig.to_json().encode()), _key(table, view)


def front_of(table: Table, *, chosen: bool = False) -> tuple[FrontView, go.Figure]:
    """The front as a value and as a figure; with the point under discussion where it is not drawn live."""
    across, up = (table.seat(name).objective for name in table.choices.axes)
    objectives = [seat.objective for seat in table.seats]
    stands = band = None
    known = table.uncertainty
    if known is not None:
        stands = known.stands[table.shown]
        band = attained(known.resampled, across, up, known.places)
    decided = deciding.deciding(table)
    named = [*table.marks(across, up), *deciding.marks(decided, table, across, up)]
    if chosen:
        point = table.chosen
        model, at = str(point["model"]), float(point["threshold"])
        place = float(point[across.id]), float(point[up.id])
        named.append(Mark("chosen", model, at, *place, "chosen"))
    view = front_view(table.points, objectives, across, up, named, stands)
    view = replace(view, band=band, ranges=shown_ranges(table))
    fig = front_figure(view, table.look, table.styles, table.scenario, table.words)
    acceptable = deciding.acceptable(decided, table, across, up)
    if acceptable is not None:
        add_acceptable(fig, view, acceptable, table.look)
    return view, fig


def finding_of(table: Table, view: FrontView) -> str:
    """The front in one sentence."""
    front = view.points[view.points["front"]]
    models = list(dict.fromkeys(front["model"]))
    everyone = table.points["model"].nunique()
    if len(models) == 1:
        text = f"{table.label(models[0])} alone is on the front of all three seats"
    elif len(models) == everyone:
        text = f"Each of the {everyone} models is on the front of all three seats somewhere"
    else:
        text = f"{len(models)} of {everyone} models are on the front of all three seats"
    if view.undefined:
        text += f"; {plural(view.undefined, 'point')} left out where an objective is undefined"
    if not any(mark.kind == "today" for mark in view.marks):
        text += f"; today has no {_missing(table, view)} to be drawn at"
    return text


def _missing(table: Table, view: FrontView) -> str:
    return next(o.label for o in (view.across, view.up) if np.isnan(float(table.today[o.id])))


def _key(table: Table, view: FrontView) -> str:
    """Names of the models on the front; those beaten everywhere fold away where they are many."""
    on_front = set(view.points.loc[view.points["front"], "model"])
    shown = list(view.points["model"].unique())
    beaten = [model for model in shown if model not in on_front]
    items = "".join(
        f"<li>{swatch(table.styles[model], table.look)}{escaped(table.label(model))}</li>"
        for model in shown
        if model in on_front
    )
    rest = [
        f"{swatch(table.styles[model], table.look)}{escaped(table.label(model))}"
        for model in beaten
    ]
    if len(rest) > FEW_BEATEN:
        items += (
            f"<li><details><summary>{len(rest)} models beaten everywhere</summary>"
            f"{', '.join(rest)}</details></li>"
        )
    elif rest:
        items += f'<li class="cg-note">Beaten everywhere: {", ".join(rest)}</li>'
    shade = "" if view.band is None else "Grey: where the line lies in 95 of 100 other samples. "
    if table.limits:
        shade += "Blue: keeps every limit. "
    note = f'<p class="cg-note">{shade}Click a marker to discuss it; a double click shows everything.</p>'
    return f'<ul class="cg-key">{items}</ul>{note}'


FEW_BEATEN = 6


def _tradeoff(table: Table) -> None:
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
            **session.widget(
                "x", table.choices.x, lambda choices, value: replace(choices, x=value)
            ),
        )
    c = table.choices
    key = repr((table.sure, table.look, table.chosen["model"], c.x, c.names))
    finding, cost, note, message = cache.drawn("tradeoff", key, lambda: _tradeoff_made(table))
    write(f'<h2 class="cg-finding">{escaped(finding)}</h2>')
    mount("tradeoff", message)
    if cost:
        write(f'<p class="cg-lines">{escaped(cost)}</p>')
    write(
        f'<p class="cg-note">Ring: the seat’s own best threshold of this model. {escaped(note)}</p>'
    )


def _tradeoff_made(table: Table) -> tuple[str, str, str, bytes]:
    """The trade-off's finding, its least cost, what else is to be said, and its chart."""
    model = str(table.chosen["model"])
    fig = tradeoff_of(table)
    fig.update_layout(uirevision=f"{table.choices.x} {model}")
    finding, cost, note = cheapest(table, model)
    head = {
        "model": model,
        "axis": table.choices.x,
        "objectives": [seat.objective.id for seat in table.seats],
        "alt": f"The objectives of the three seats along the thresholds of {table.label(model)}. {finding}",
    }
    return finding, cost, note, envelope("tradeoff", head, fig.to_json().encode())


def tradeoff_of(table: Table, *, chosen: bool = False) -> go.Figure:
    """The trade-off as a figure; with the threshold under discussion where it is not drawn live."""
    model = str(table.chosen["model"])
    return tradeoff_figure(
        tradeoff_view_of(table, chosen=chosen),
        table.look,
        table.styles[model].color(table.look),
        table.scenario,
        table.own["share_flagged"].to_numpy(),
        partial(table.threshold_words, model),
    )


def tradeoff_view_of(table: Table, *, chosen: bool = False) -> TradeoffView:
    """The trade-off as a value."""
    own, model = table.own, str(table.chosen["model"])
    at = float(table.chosen["threshold"])
    return TradeoffView(
        model=model,
        thresholds=own["threshold"].to_numpy(),
        x=along(own, table.choices.x),
        axis=table.choices.x,
        curves=[_seat_curve(table, name) for name in SEATS],
        chosen=int(np.searchsorted(own["threshold"], at, side="left")) if chosen else None,
        implied=model_mark(table.evaluated.evaluation),
    )


def _seat_curve(table: Table, name: str) -> SeatCurve:
    seat, own = table.seat(name), table.own
    best = pick(own, seat.objective, table.evaluated.evaluation, bound=seat.bound)
    ends = shown_ranges(table).get(seat.objective.id)
    mine = (table.points["model"] == table.chosen["model"]).to_numpy()
    return SeatCurve(
        seat=SEAT_TITLES[name],
        objective=seat.objective,
        values=own[seat.objective.id].to_numpy(np.float64),
        best=None if best is None else best.row,
        today=float(table.today[seat.objective.id]),
        ends=None if ends is None else Interval(ends.low[mine], ends.high[mine]),
    )


def cheapest(table: Table, model: str) -> tuple[str, str, str]:
    """Where the model's errors cost least; how much; and whether its probabilities say so."""
    o, evaluation = OBJECTIVES["cost_of_errors"], table.evaluated.evaluation
    best = pick(table.own, o, evaluation)
    if best is None:
        return f"No threshold of {table.label(model)} flags some units and not all", "", ""
    finding = f"Errors cost least at {table.threshold_words(model, best.threshold)}"
    cost = f"Least cost: {figure(o, best.value, table.scenario)} {unit_words(o, table.scenario)}".rstrip()
    if table.uncertainty is not None:
        point = table.own.iloc[best.row].astype(object)
        known = span(o, best.value, *interval(table, table.uncertainty, o, point), table.scenario)
        elsewhere = on_other_rows(table, o, best)
        cost += (f" ({known})" if known else "") + (f"; {elsewhere}" if elsewhere else "")
    cost += "."
    mark = model_mark(evaluation)
    if np.isnan(mark):
        return finding, cost, ""
    off = ": look at its calibration" if _off(mark, best.threshold) else ""
    return finding, cost, f"Short upright dash: its probabilities alone would say {mark:.3g}{off}."


def _off(implied: float, best: float) -> bool:
    """Whether the implied threshold is far from the cheapest: by more than a factor of two."""
    return not (0.5 <= (best / implied if implied else np.inf) <= 2)

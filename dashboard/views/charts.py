"""The two charts, and the controls of the operating point under discussion."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from dashboard import session
from dashboard.choices import SEAT_TITLES, SEATS, X_AXES, Choices, Point
from dashboard.figures.front import front_figure
from dashboard.figures.front_view import FrontView, front_view
from dashboard.figures.look import CONFIG
from dashboard.figures.tradeoff import SeatCurve, TradeoffView, along, tradeoff_figure
from dashboard.views.parts import escaped, plural, swatch, write
from dashboard.views.state import Table, own_points
from metrics import pick
from metrics.decision import model_mark

SLIDER_STEPS = 400


def draw(table: Table) -> None:
    """Front at the left, trade-off at the right."""
    with st.container(key="charts"):
        left, right = st.columns([1, 1], gap="small")
        with left, st.container(border=True, gap="xsmall", height="stretch"):
            _front(table)
        with right, st.container(border=True, gap="xsmall", height="stretch"):
            _tradeoff(table)


def _front(table: Table) -> None:
    across, up = (table.seat(name).objective for name in table.choices.axes)
    view = front_view(
        table.points,
        [seat.objective for seat in table.seats],
        across,
        up,
        table.marks(across, up),
    )
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        write('<h2 class="cg-title">The front</h2>')
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
    write(f'<p class="cg-note">{escaped(_finding(table, view))}</p>')
    st.plotly_chart(
        front_figure(view, table.look, table.styles, table.scenario, table.words),
        theme=None,
        key="front",
        on_select=_clicked,
        selection_mode="points",
        config=CONFIG,
        alt=f"Front of {up.label} against {across.label}. {_finding(table, view)}",
    )
    write(_key(table, view))


def _clicked() -> None:
    for point in session.selected_points("front"):
        data = point.get("customdata")
        if data and data[0]:
            session.choose(point=Point(data[0], float(data[1])))


def _finding(table: Table, view: FrontView) -> str:
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
    return text + ". Click a marker to discuss it; a double click shows everything."


def _missing(table: Table, view: FrontView) -> str:
    return next(o.label for o in (view.across, view.up) if np.isnan(float(table.today[o.id])))


def _key(table: Table, view: FrontView) -> str:
    on_front = set(view.points.loc[view.points["front"], "model"])
    shown = view.points["model"].unique()
    beaten = [model for model in shown if model not in on_front]
    items = [
        f"<li>{swatch(table.styles[model], table.look)}{escaped(table.label(model))}</li>"
        for model in [*(m for m in shown if m in on_front), *beaten]
    ]
    if beaten:
        names = ", ".join(table.label(model) for model in beaten)
        items.append(f'<li class="cg-note">Beaten everywhere: {escaped(names)}.</li>')
    return f'<ul class="cg-key">{"".join(items)}</ul>'


def _tradeoff(table: Table) -> None:
    own = table.own
    model = str(table.chosen["model"])
    position = int(np.searchsorted(own["threshold"], float(table.chosen["threshold"]), side="left"))
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        write('<h2 class="cg-title">Threshold trade-off</h2>')
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
    _point_controls(table, model, position)
    view = TradeoffView(
        model=model,
        thresholds=own["threshold"].to_numpy(),
        x=along(own, table.choices.x),
        axis=table.choices.x,
        curves=[_seat_curve(table, name) for name in SEATS],
        chosen=position,
        implied=model_mark(table.evaluated.evaluation),
    )
    fig = tradeoff_figure(
        view,
        table.look,
        table.styles[model].color(table.look),
        table.scenario,
        own["share_flagged"].to_numpy(),
        partial(table.threshold_words, model),
    )
    st.plotly_chart(
        fig,
        theme=None,
        key="tradeoff",
        config=CONFIG,
        alt=f"Objectives of the three seats along the thresholds of {model}",
    )
    write(f'<p class="cg-note">{_marks_words(table)}</p>')


def _seat_curve(table: Table, name: str) -> SeatCurve:
    seat, own = table.seat(name), table.own
    best = pick(own, seat.objective, table.evaluated.evaluation, bound=seat.bound)
    return SeatCurve(
        seat=SEAT_TITLES[name],
        objective=seat.objective,
        values=own[seat.objective.id].to_numpy(np.float64),
        best=None if best is None else best.row,
        today=float(table.today[seat.objective.id]),
    )


def _marks_words(table: Table) -> str:
    words = (
        "Ring: the seat’s own best threshold of this model. Dot and line: the chosen threshold. "
        "Dotted: today."
    )
    mark = model_mark(table.evaluated.evaluation)
    if not np.isnan(mark):
        words += f" Dashed: {mark:.4g}, what calibrated probabilities would imply"
        best = pick(
            table.own, table.evaluated.objectives["cost_of_errors"], table.evaluated.evaluation
        )
        if best is not None:
            at = table.threshold_words(str(table.chosen["model"]), best.threshold)
            words += f"; the cheapest is {at}"
            words += ", so this model’s probabilities are off" if _off(mark, best.threshold) else ""
        words += "."
    return escaped(words)


def _off(implied: float, best: float) -> bool:
    """Whether the implied threshold is far from the cheapest: by more than a factor of two."""
    return not (0.5 <= (best / implied if implied else np.inf) <= 2)


def _point_controls(table: Table, model: str, position: int) -> None:
    own = table.own
    models = list(table.points["model"].unique())
    number = table.dataset.scores.models.index(model)
    left, middle, right = st.columns([4, 5, 3], vertical_alignment="bottom", wrap=False)

    def change_model(choices: Choices, value: str) -> Choices:
        # The same share of units flagged: scores of two models are not on one scale.
        share = float(table.chosen["share_flagged"])
        other = own_points(table.points, value)
        nearest = int((other["share_flagged"] - share).abs().to_numpy().argmin())
        return replace(choices, point=Point(value, float(other["threshold"].iloc[nearest])))

    def change_threshold(choices: Choices, value: int) -> Choices:
        return replace(choices, point=Point(model, float(own["threshold"].iloc[value])))

    with left:
        st.selectbox(
            "Model",
            models,
            format_func=table.label,
            help="Changing the model keeps the share of units flagged.",
            **session.widget("model", model, change_model),
        )
    steps = np.unique(
        np.append(np.linspace(0, len(own) - 1, SLIDER_STEPS).round().astype(int), position)
    ).tolist()
    # A slider of its own for each model: one whose steps change under the hand reports the wrong one.
    with middle:
        st.select_slider(
            "Threshold",
            steps,
            format_func=lambda k: table.threshold_words(model, float(own["threshold"].iloc[k])),
            **session.widget(f"threshold_{number}", position, change_threshold),
        )
    with right:
        st.number_input(
            "or exactly",
            value=None,
            step=0.01,
            format="%.6g",
            placeholder="0.5",
            help="The units scored at or above it are flagged.",
            **session.widget(
                f"exact_{number}",
                None,
                lambda c, v: c if v is None else replace(c, point=Point(model, float(v))),
            ),
        )

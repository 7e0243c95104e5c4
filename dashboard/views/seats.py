"""The three seats: each with its objective and its limit; the figures are the live component's."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from dashboard import session
from dashboard.choices import Choices, Point
from dashboard.views import live
from dashboard.views.state import Seat, Table
from metrics import Objective, Unit


def draw(table: Table) -> None:
    """Three cards side by side."""
    columns = st.columns(3, gap="small", wrap=False)
    for column, seat in zip(columns, table.seats, strict=True):
        with (
            column,
            st.container(border=True, height="stretch", gap="xsmall", key=f"card_{seat.name}"),
        ):
            _card(table, seat)


def wish(objective: Objective) -> str:
    """An objective as it is asked for: ``fewest missed defects``."""
    return f"{objective.superlative} {objective.label}"


def _card(table: Table, seat: Seat) -> None:
    _objective(seat, table.evaluated.objectives)
    live.element("seat", seat=seat.name)
    with st.container(horizontal=True, gap="small", key=f"foot_{seat.name}"):
        if seat.pick is not None:
            st.button(
                "Show its pick",
                key=f"show_{seat.name}",
                type="tertiary",
                help=f"Put the {seat.title.lower()}’s own pick under discussion",
                on_click=session.choose,
                kwargs={"point": Point(seat.pick.model, seat.pick.threshold)},
            )
        _bound_button(table, seat)


def _objective(seat: Seat, offered: Mapping[str, Objective]) -> None:
    st.selectbox(
        f"{seat.title} wants",
        list(offered),
        format_func=lambda name: wish(offered[name]),
        help=seat.objective.term,
        **session.widget(
            f"objective_{seat.name}",
            seat.objective.id,
            lambda choices, value: choices.with_seat(seat.name, value),
        ),
    )


def _bound_button(table: Table, seat: Seat) -> None:
    """A small form for the limit within which the seat picks."""
    if seat.bound is None and seat.objective.extreme is None:
        return
    bound = seat.bound
    with st.popover("Change its limit", type="tertiary"):
        if bound is None:
            return
        offered: Mapping[str, Objective] = table.evaluated.objectives

        def change_objective(choices: Choices, value: str) -> Choices:
            if value not in offered:  # the scenario has since made it undefined
                return choices
            now = float(table.chosen[value])
            return choices.with_bound(seat.name, (value, now if math.isfinite(now) else 0.0))

        def change_value(choices: Choices, value: float) -> Choices:
            return choices.with_bound(seat.name, (bound.objective.id, float(value) / points))

        st.selectbox(
            "Limit on",
            list(offered),
            format_func=lambda name: offered[name].label,
            **session.widget(f"bound_on_{seat.name}", bound.objective.id, change_objective),
        )
        # Shares are said in per cent everywhere, so they are typed so.
        points = 100 if bound.objective.unit is Unit.SHARE else 1
        least = "least" if bound.objective.direction.value == "maximise" else "most"
        st.number_input(
            f"At {least}" + (", %" if points > 1 else ""),
            format="%.6g",
            **session.widget(
                f"bound_value_{seat.name}", round(bound.value * points, 10), change_value
            ),
        )
        st.button(
            "Back to the default",
            key=f"bound_reset_{seat.name}",
            on_click=session.choose,
            kwargs={"bounds": table.choices.with_bound(seat.name, None).bounds},
        )

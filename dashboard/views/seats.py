"""The three seats: each with its objective, its figure, its own pick, and what the choice costs it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from dashboard import session
from dashboard.choices import Choices, Point
from dashboard.views.parts import escaped, swatch, write
from dashboard.views.state import Seat, Table, own_points
from metrics import OBJECTIVES, Objective, Unit, pick
from metrics.decision import cost_to_seat
from metrics.wording import difference, figure, number, unit_words


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
    offered = table.evaluated.objectives
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key=f"head_{seat.name}",
    ):
        write(f'<h2 class="cg-seat">{escaped(seat.title)}</h2>')
        if seat.pick is not None:
            st.button(
                "Show pick",
                key=f"show_{seat.name}",
                type="tertiary",
                help=f"Put the {seat.title.lower()}’s own pick under discussion",
                on_click=session.choose,
                kwargs={"point": Point(seat.pick.model, seat.pick.threshold)},
            )
    _objective(seat, offered)
    write(_figures(table, seat))
    _bound_button(table, seat)


def _objective(seat: Seat, offered: Mapping[str, Objective]) -> None:
    st.selectbox(
        f"{seat.title} wants",
        list(offered),
        format_func=lambda name: wish(offered[name]),
        label_visibility="collapsed",
        help=seat.objective.term,
        **session.widget(
            f"objective_{seat.name}",
            seat.objective.id,
            lambda choices, value: choices.with_seat(seat.name, value),
        ),
    )


def _figures(table: Table, seat: Seat) -> str:
    o, scenario = seat.objective, table.scenario
    value = float(table.chosen[o.id])
    text = figure(o, value, scenario)
    unit = unit_words(o, scenario)
    lines = [f'<p class="cg-figure" data-testid="figure-{seat.name}">{escaped(text)} ']
    lines.append(f"<small>{escaped(unit)}</small></p>")
    lines.append('<p class="cg-lines">')
    lines.append("<br>".join(_lines(table, seat, value)))
    lines.append("</p>")
    return "".join(lines)


def _lines(table: Table, seat: Seat, value: float) -> list[str]:
    o, scenario, evaluation = seat.objective, table.scenario, table.evaluated.evaluation
    out = []
    aside = _aside(table, o)
    if aside:
        out.append(f'<span class="cg-quiet">{escaped(aside)}</span>')
    if not math.isnan(float(table.today[o.id])):
        against = difference(o, value, float(table.today[o.id]), scenario, than="today")
        if not o.id.startswith("revenue_impact"):
            out.append(escaped(against))
    if seat.bound is not None and not seat.bound.keeps(
        float(table.chosen[seat.bound.objective.id])
    ):
        limited = seat.bound.objective
        there = figure(limited, float(table.chosen[limited.id]), scenario)
        out.append(f"<b>Breaks its limit:</b> {escaped(limited.label)} {escaped(there)}")
    if seat.pick is None:
        reason = (
            f"no threshold qualifies {seat.bound.words(evaluation)}"
            if seat.bound
            else "no threshold flags some units and not all"
        )
        out.append(f"<b>No own pick:</b> {escaped(reason)}")
        return out
    own = figure(o, seat.pick.value, scenario)
    style = table.styles[seat.pick.model]
    out.append(
        f"<b>Own pick:</b> {escaped(own)}, {swatch(style, table.look)}"
        f"{escaped(table.words(seat.pick.model, seat.pick.threshold))}"
    )
    if o.of_model:
        cheapest = pick(
            own_points(table.points, seat.pick.model),
            OBJECTIVES["cost_of_errors"],
            evaluation,
        )
        words = seat.pick.words
        if cheapest is not None and cheapest.threshold != seat.pick.threshold:
            at = table.threshold_words(seat.pick.model, cheapest.threshold)
            words += f"; its errors cost least at {at}"
        out.append(f'<span class="cg-quiet">{escaped(words)}</span>')
    elif seat.pick.words:
        out.append(f'<span class="cg-quiet">{escaped(seat.pick.words)}</span>')
    cost = cost_to_seat(o, value, seat.pick, evaluation)
    out.append(f'<b data-testid="cost-{seat.name}">{escaped(cost)}</b>')
    return out


def _aside(table: Table, o: Objective) -> str:
    """A second way to read the figure, where one is needed to make sense of it."""
    if o.id == "missed_defects":
        per = float(table.chosen["missed_defects_per_1000_defects"])
        return f"{number(per)} of every 1,000 defects"
    if o.id == "log_loss":
        evaluation = table.evaluated.evaluation
        figures = evaluation.figures[evaluation.tally.index(table.chosen["model"])]
        if figures.infinite_rows:
            units = "unit" if figures.infinite_rows == 1 else "units"
            return (
                f"infinite unclipped: {number(figures.infinite_rows)} {units} scored exactly 0 or 1 "
                "on the wrong side"
            )
    if o.id == "revenue_impact":
        if table.scenario.payoff is None:
            return (
                "no payoffs given: a good unit shipped counts 1, a miss "
                f"{number(table.scenario.miss_cost, 0 if table.scenario.miss_cost % 1 == 0 else 1)}"
            )
        percent = float(table.chosen["revenue_impact_percent"])
        if not math.isnan(percent):
            return f"{figure(OBJECTIVES['revenue_impact_percent'], percent, table.scenario)} on today’s"
    if o.of_model:
        return f"of {table.label(table.chosen['model'])}, at every threshold"
    return ""


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

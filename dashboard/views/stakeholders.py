"""The three stakeholders: each with its objective and its limit; the figures are the live component's."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from dashboard.page.state import PageState, Stakeholder
from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.views import live
from metrics import Objective, Unit


def draw(page: PageState) -> None:
    """Three cards side by side."""
    columns = st.columns(3, gap="small", wrap=False)
    for column, stakeholder in zip(columns, page.stakeholders, strict=True):
        with (
            column,
            st.container(
                border=True, height="stretch", gap="xsmall", key=f"card_{stakeholder.name}"
            ),
        ):
            _card(page, stakeholder)


def wish(objective: Objective) -> str:
    """An objective as it is asked for: ``fewest missed defects``."""
    return f"{objective.superlative} {objective.label}"


def _card(page: PageState, stakeholder: Stakeholder) -> None:
    _objective(stakeholder, page.objectives)
    live.element("stakeholder", stakeholder=stakeholder.name)
    with st.container(horizontal=True, gap="small", key=f"foot_{stakeholder.name}"):
        if stakeholder.pick is not None:
            st.button(
                "Show its pick",
                key=f"show_{stakeholder.name}",
                type="tertiary",
                help=f"Put the {stakeholder.title.lower()}’s own pick under discussion",
                on_click=session.choose,
                kwargs={"point": Point(stakeholder.pick.model, stakeholder.pick.threshold)},
            )
        _bound_button(page, stakeholder)


def _objective(stakeholder: Stakeholder, offered: Mapping[str, Objective]) -> None:
    st.selectbox(
        f"{stakeholder.title} wants",
        list(offered),
        format_func=lambda name: wish(offered[name]),
        help=stakeholder.objective.term,
        **session.widget(
            f"objective_{stakeholder.name}",
            stakeholder.objective.id,
            lambda choices, value: choices.with_stakeholder(stakeholder.name, value),
        ),
    )


def _bound_button(page: PageState, stakeholder: Stakeholder) -> None:
    """A small form for the limit within which the stakeholder picks."""
    if stakeholder.bound is None and stakeholder.objective.extreme is None:
        return
    bound = stakeholder.bound
    with st.popover("Change its limit", type="tertiary"):
        if bound is None:
            return
        offered: Mapping[str, Objective] = page.objectives

        def change_objective(choices: Choices, value: str) -> Choices:
            if value not in offered:  # the scenario has since made it undefined
                return choices
            now = page.chosen.figures[value]
            return choices.with_bound(stakeholder.name, (value, now if math.isfinite(now) else 0.0))

        def change_value(choices: Choices, value: float) -> Choices:
            return choices.with_bound(stakeholder.name, (bound.objective.id, float(value) / points))

        st.selectbox(
            "Limit on",
            list(offered),
            format_func=lambda name: offered[name].label,
            **session.widget(f"bound_on_{stakeholder.name}", bound.objective.id, change_objective),
        )
        # Shares are said in per cent everywhere, so they are typed so.
        points = 100 if bound.objective.unit is Unit.SHARE else 1
        least = "least" if bound.objective.direction.value == "maximise" else "most"
        st.number_input(
            f"At {least}" + (", %" if points > 1 else ""),
            format="%.6g",
            **session.widget(
                f"bound_value_{stakeholder.name}", round(bound.value * points, 10), change_value
            ),
        )
        st.button(
            "Back to the default",
            key=f"bound_reset_{stakeholder.name}",
            on_click=session.choose,
            kwargs={"bounds": page.choices.with_bound(stakeholder.name, None).bounds},
        )

"""Popover for the weights of the stakeholders in a compromise."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.session import session
from dashboard.session.choices import MOST_WEIGHT, STAKEHOLDERS, Choices
from dashboard.words.names import STAKEHOLDER_TITLES


def draw(analysis: Analysis) -> None:
    """Draw the popover, with a number field for each stakeholder."""
    with st.popover("Weights of the stakeholders", type="tertiary"):
        for k, stakeholder in enumerate(analysis.stakeholders):
            st.number_input(
                STAKEHOLDER_TITLES[stakeholder.name],
                min_value=0.0,
                max_value=MOST_WEIGHT,
                step=0.5,
                format="%g",
                **session.widget(
                    f"weight_{STAKEHOLDERS[k]}", analysis.weights[k], partial(_with_weight, k)
                ),
            )


def _with_weight(position: int, choices: Choices, value: float) -> Choices:
    """Choices with another weight of a stakeholder; unchanged if no weight would be above 0."""
    weights = list(choices.weights)
    weights[position] = float(value)
    return (
        replace(choices, weights=(weights[0], weights[1], weights[2])) if any(weights) else choices
    )

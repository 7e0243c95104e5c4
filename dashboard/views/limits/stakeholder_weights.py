"""Popover for the weights of the stakeholders in a compromise."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.session import session
from dashboard.session.choices import MOST_WEIGHT, STAKEHOLDERS, Choices
from dashboard.words.names import STAKEHOLDER_TITLES


def draw(analysis: Analysis) -> None:
    """Draw the popover, with a number field for each stakeholder."""
    with st.popover("Weights of the stakeholders", type="tertiary"):
        for k, stakeholder in enumerate(analysis.stakeholders):

            def change(choices: Choices, value: float, k: int = k) -> Choices:
                weights = list(choices.weights)
                weights[k] = float(value)
                if not any(weights):
                    return choices
                return replace(choices, weights=(weights[0], weights[1], weights[2]))

            st.number_input(
                STAKEHOLDER_TITLES[stakeholder.name],
                min_value=0.0,
                max_value=MOST_WEIGHT,
                step=0.5,
                format="%g",
                help="How much the stakeholder counts in a compromise.",
                **session.widget(f"weight_{STAKEHOLDERS[k]}", analysis.weights[k], change),
            )

"""The scenario in the sidebar: what a miss costs, production, payoffs, today's system."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.markup import escaped
from dashboard.page.state import PageState, points_of_model
from dashboard.page.summary import PAYOFFS
from dashboard.page.uncertainty import resampled_words
from dashboard.session import session
from dashboard.session.choices import LEAST, Choices, Point
from dashboard.views import limit_inputs, serving
from dashboard.views.parts import write
from metrics.narrative.phrases import capital
from metrics.selection.cheapest import cheapest

FIELDS = (
    "miss_cost", "defect_rate", "units_per_year", "currency", "payoff", "today", "limits", "serving", "times",
)  # fmt: skip
EVERYTHING = "Ship everything"


def draw(page: PageState) -> None:
    """All inputs of the scenario, each in force as soon as it is changed."""
    scenario = page.scenario
    st.subheader("Scenario", anchor=False)
    st.number_input(
        "One miss costs (false alarms)",
        min_value=LEAST,
        step=1.0,
        format="%.6g",
        help="What a defect that reaches a customer is worth, counted in good units held back.",
        **session.widget(
            "miss_cost", scenario.miss_cost, lambda c, v: replace(c, miss_cost=float(v))
        ),
    )
    with st.container(key="alignment"):  # always there, so that what follows keeps its place
        if page.figures.alignment is not None:
            write(f'<p class="cg-notice cg-alignment">{escaped(page.figures.alignment)}</p>')
            implied = scenario.payoffs.miss_cost
            if implied >= LEAST:  # false for NaN as well
                st.button(
                    f"Use {implied:.3g}",
                    key="use_payoffs",
                    help="Let a miss cost what the payoffs say",
                    on_click=session.choose,
                    kwargs={"miss_cost": implied},
                )
    _production(page)
    _payoffs(page)
    _today(page)
    serving.draw_inputs(page)
    limit_inputs.draw(page)
    _models(page)
    _sureness(page)
    st.button(
        "Back to the scenario as opened",
        key="reset_scenario",
        on_click=session.choose,
        kwargs=dict.fromkeys(FIELDS),
        disabled=all(getattr(page.choices, name) is None for name in FIELDS),
        width="stretch",
    )


def _production(page: PageState) -> None:
    scenario = page.scenario
    mass = page.evaluation.tally.class_mass
    observed = 100 * float(mass[1] / mass.sum())
    st.number_input(
        "Units a year",
        min_value=LEAST,
        value=None,
        step=100_000.0,
        format="%.0f",
        placeholder="figures of this file",
        help="Left empty, counts and money are those of the file.",
        **session.widget(
            "units_per_year",
            scenario.units_per_year,
            lambda c, v: replace(c, units_per_year=float(v or 0)),
        ),
    )
    st.number_input(
        "Defects in production, %",
        min_value=100 * LEAST,
        max_value=100 * (1 - LEAST),
        value=None,
        step=0.1,
        format="%.4g",
        placeholder=f"as in the file: {observed:.3g}",
        help="Test sets are often enriched with defects. Given the real rate, every figure is re-weighted.",
        **session.widget(
            "defect_rate",
            None if scenario.defect_rate is None else round(100 * scenario.defect_rate, 10),
            lambda c, v: replace(c, defect_rate=float(v or 0) / 100),
        ),
    )


def _payoffs(page: PageState) -> None:
    scenario, payoffs = page.scenario, page.scenario.payoffs
    with st.expander("Payoff of one unit", key="payoffs"):
        for k, (name, label) in enumerate(PAYOFFS.items()):

            def change(choices: Choices, value: float, k: int = k) -> Choices:
                now = [getattr(payoffs, field) for field in PAYOFFS]
                now[k] = float(value)
                return replace(choices, payoff=(now[0], now[1], now[2], now[3]))

            st.number_input(
                capital(label),
                step=0.5,
                format="%.6g",
                **session.widget(f"payoff_{name}", getattr(payoffs, name), change),
            )
        st.text_input(
            "Currency",
            max_chars=12,
            **session.widget(
                "currency",
                scenario.currency,
                lambda c, v: replace(c, currency=v.strip() or None),
            ),
        )


def _today(page: PageState) -> None:
    today = page.scenario.today
    models = page.dataset.scores.models

    def change_model(choices: Choices, value: str) -> Choices:
        if value == EVERYTHING:
            return replace(choices, today="none")
        own = points_of_model(page.figures.points, value)
        # A new incumbent begins at its cheapest threshold; the number below says otherwise.
        thresholds = own["threshold"].to_numpy(np.float64)
        position = cheapest(own, np.isfinite(thresholds))  # what flags nothing is no system
        assert position is not None  # some score is a threshold
        return replace(choices, today=Point(value, float(thresholds[position])))

    st.selectbox(
        "Today’s system",
        [EVERYTHING, *models],
        help="What every figure is compared with.",
        **session.widget("today_model", EVERYTHING if today is None else today.model, change_model),
    )
    if today is not None:
        st.number_input(
            "Today’s threshold",
            step=0.01,
            format="%.6g",
            **session.widget(
                "today_threshold",
                today.threshold,
                lambda c, v: replace(c, today=Point(today.model, float(v))),
            ),
        )


def _models(page: PageState) -> None:
    models = page.dataset.scores.models
    if len(models) < 2:
        return
    shown = [m for m in models if m not in page.choices.hidden]
    with st.expander("Models shown", key="models_shown"):
        st.multiselect(
            "Models shown",
            list(models),
            label_visibility="collapsed",
            **session.widget(
                "shown",
                shown,
                lambda c, v: replace(c, hidden=tuple(m for m in models if m not in v) if v else ()),
            ),
        )


def _sureness(page: PageState) -> None:
    """Whether the page shows how sure its figures are, and the seed of the resampling."""
    st.toggle(
        "Show how sure the figures are",
        help="95 % intervals from 1,000 resamples, and how often a gap holds: "
        f"{resampled_words(page.scenario)}.",
        **session.widget(
            "intervals", page.choices.intervals, lambda c, v: replace(c, intervals=bool(v))
        ),
    )
    if page.choices.intervals:
        with st.expander("Seed of the resampling", key="seed_box"):
            st.number_input(
                "Seed",
                min_value=0,
                max_value=2**32 - 1,
                step=1,
                label_visibility="collapsed",
                **session.widget("seed", page.choices.seed, lambda c, v: replace(c, seed=int(v))),
            )

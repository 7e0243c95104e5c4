"""Inputs of prices: the price of a miss, by kind of defect, and the form of revenue with its target."""

from __future__ import annotations

from dataclasses import astuple, replace

import streamlit as st

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.counts import dataset_counts
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.assumptions import current_system_inputs
from dashboard.views.assumptions.number_field import number_field
from dashboard.views.assumptions.other_miss_costs_table import other_miss_costs_table
from dashboard.views.html_elements import note, notice, write
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words import assumptions as words
from dashboard.words.decision import PAYOFF_NAMES
from dashboard.words.limits.limits_status import PERCENT_TARGET, no_percent_target_words
from dashboard.words.numbers.amounts import number, price_size
from dashboard.words.phrases import payoff_alignment
from metrics import Scenario

APPLIED = ("payoff", "miss_cost", "currency", "today", "limits", "bounds")
"""Choices that the form of the revenue changes."""


def draw_miss_cost(page: PageView) -> None:
    """Draw the price of a miss, with its effect and the prices by kind of defect."""
    scenario = page.analysis.scenario
    number_field(
        "One miss costs (false alarms)",
        "miss_cost",
        scenario.miss_cost / scenario.miss_weight,
        Choices.with_miss_cost,
        step=1.0,
    )
    # The table is below the number, which therefore stays in place while it is typed.
    write(other_miss_costs_table(page))
    if difference := words.miss_price_note(page.analysis.scenario):
        write(note(difference))
    if dataset_counts.kinds(page.analysis.dataset):
        with st.expander("By kind of defect", expanded=bool(scenario.miss_cost_by_type)):
            _draw_prices_by_kind(page.analysis)
    alignment = payoff_alignment(page.analysis.evaluation)
    if alignment is not None:
        write(notice(alignment, css="cg-alignment"))


def _draw_prices_by_kind(analysis: Analysis) -> None:
    """Draw a price for each kind of defect, if the data names kinds."""
    scenario, opened = analysis.scenario, analysis.dataset.scenario.miss_cost_by_type
    for kind, defects in dataset_counts.kinds(analysis.dataset).items():

        def change(choices: Choices, value: float | None, kind: str = kind) -> Choices:
            return choices.with_price_of(kind, value, opened)

        number_field(
            plain(f"A missed {kind or '(empty)'} costs ({number(defects)} in the file)"),
            f"miss_cost_of_{kind}",
            (scenario.miss_cost_by_type or {}).get(kind),
            change,
            empty=f"as any other: {price_size(scenario.miss_cost)}",
            least=0.0,
            step=1.0,
        )


def draw_prices(page: PageView) -> None:
    """Draw the form of the revenue: prices, currency, the current system and a target in per cent."""
    with st.form("prices", border=False):
        _draw_price_fields(page.analysis.scenario)
        st.text_input(
            "Currency",
            max_chars=12,
            **session.form_field("currency", page.analysis.scenario.currency),
        )
        current_system_inputs.draw_fields(page, "prices_today")
        st.number_input(
            "Revenue target, %",
            value=None,
            format="%.6g",
            placeholder=words.NO_TARGET,
            **session.form_field("target", dict(page.analysis.limit_values).get(PERCENT_TARGET)),
        )
        st.form_submit_button(
            words.APPLY, key="use_prices", type="primary", on_click=_apply, args=(recipe_of(page),)
        )
    current_system_inputs.draw_decisions(page, "prices_today")
    if odd := words.odd_price_question(page.analysis.scenario):
        write(notice(odd))
    if why := no_percent_target_words(page.analysis):
        write(notice(why))


def _draw_price_fields(scenario: Scenario) -> None:
    """Draw the amount and the sign of each price. The Tab key leads through the amounts first."""
    with st.container(key="payoffs"):
        amounts, signs = st.columns([4, 1], gap="xsmall", wrap=False)
        signs = signs.container(key="signs")
    for name, label in PAYOFF_NAMES.items():
        price = None if scenario.payoff is None else getattr(scenario.payoffs, name)
        is_earned = price > 0 if price else name == "ship_good"
        amount = plain(f"One {label}, {scenario.currency}")
        amounts.number_input(
            amount,
            min_value=0.0,
            value=None,
            format="%.6g",
            **session.form_field(f"payoff_{name}", None if price is None else abs(price)),
        )
        signs.selectbox(
            amount,
            (words.EARNED, words.LOST),
            label_visibility="collapsed",
            **session.form_field(f"sign_{name}", words.EARNED if is_earned else words.LOST),
        )


def _apply(recipe: Recipe) -> None:
    """Apply the form of the revenue, and close it. Nothing is applied until all amounts are filled in."""
    amounts = {name: session.widget_value(f"payoff_{name}") for name in PAYOFF_NAMES}
    if None in amounts.values():
        st.toast(words.MISSING_PRICES)
        return
    ship_good, reject_good, ship_defect, reject_defect = (
        amount if session.widget_value(f"sign_{name}") == words.EARNED else 0.0 - amount
        for name, amount in amounts.items()
    )
    analysis, payoff = recipe.page().analysis, (ship_good, reject_good, ship_defect, reject_defect)
    choices, removed = recipe.choices, tuple[str, ...]()
    if analysis.scenario.payoff is None or payoff != astuple(analysis.scenario.payoffs):
        choices, removed = choices.with_payoff(payoff, analysis.dataset.scenario)
    if (currency := session.widget_value("currency").strip()) != analysis.scenario.currency:
        choices = replace(choices, currency=currency or None)
    choices = current_system_inputs.entered(replace(recipe, choices=choices), "prices_today")
    analysis = replace(recipe, choices=choices).page().analysis
    limits, target = choices.limits_in(analysis.dataset.scenario), session.widget_value("target")
    if target != dict(limits).get(PERCENT_TARGET) and PERCENT_TARGET in analysis.objectives:
        choices = choices.with_limit(PERCENT_TARGET, target, limits)
    session.choose(**{name: getattr(choices, name) for name in APPLIED})
    for name in removed:
        st.toast(words.removed_limit_words(analysis.objectives[name]))
    # The form stays open to show a doubt about a price, or why there is no target.
    has_no_target = target is not None and no_percent_target_words(analysis)
    is_open = bool(words.odd_price_question(analysis.scenario) or has_no_target)
    session.set_widget("chip_prices", is_open)

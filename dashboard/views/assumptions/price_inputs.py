"""Inputs of prices: the price of a miss, by kind of defect, and the payoff of each kind of unit."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from dashboard.analysis import counts
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.alternatives import other_miss_costs
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.assumptions.number_field import number_field
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.elements import Cell, Row, Text, inline, note, notice, table, write
from dashboard.views.snippets import point_markup
from dashboard.words.assumptions import (
    COSTS,
    EARNS,
    MISSING_PRICES,
    odd_price_question,
    removed_limit_words,
    revenue_at_price,
)
from dashboard.words.decision import PAYOFF_NAMES
from dashboard.words.limit_names import within_noun
from dashboard.words.models.cost_curves import stays_cheapest_words
from dashboard.words.numbers.amounts import number, price_size
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import capital, payoff_alignment
from metrics import OBJECTIVES

_PRICES = "prices in the form"
"""Session key: prices that the form was filled with."""


def draw_miss_cost(page: PageView) -> None:
    """Draw the price of a miss, with its effect and the prices by kind of defect."""
    scenario = page.analysis.scenario
    number_field(
        "One miss costs (false alarms)",
        "miss_cost",
        scenario.miss_cost / scenario.miss_weight,
        lambda c, v: c.with_miss_cost(float(v)),
        step=1.0,
    )
    # The table always has the same height, so that the number does not move while it is typed.
    write(at_other_miss_costs(page))
    if counts.kinds(page.analysis.dataset):
        with st.expander("By kind of defect", expanded=bool(scenario.miss_cost_by_type)):
            _prices_by_kind(page.analysis)
    alignment = payoff_alignment(page.analysis.evaluation)
    if alignment is not None:
        write(notice(alignment, css="cg-alignment"))


def at_other_miss_costs(page: PageView) -> Markup:
    """Table of the cheapest point at the price of a miss, at half and at twice of it; empty if unknown."""
    other_prices = other_miss_costs(page.analysis)
    if other_prices is None:
        return Markup()
    analysis, scenario = page.analysis, page.analysis.scenario
    objectives = [OBJECTIVES[name] for name in ("missed_defects", "false_alarms")]
    has_revenue = not all(math.isnan(at.current_revenue) for at in other_prices.cheapest)
    rows = []
    for at in other_prices.cheapest:
        cells: list[Cell | Text] = [f"none {within_noun(analysis)}" if analysis.limits else "none"]
        if (point := at.point) is not None:
            cells = [Markup(point_markup(page, point.model, point.threshold, lower=point.lower))]
            cells += [figure(o, point.figures[o.id], scenario) for o in objectives]
        cells += [""] * (len(objectives) + 1 - len(cells))
        if has_revenue:
            cells.append(Cell(*revenue_at_price(analysis, at)))
        css = "cg-better" if at.price == analysis.evaluation.miss_cost else ""
        rows.append(Row([price_size(at.price / scenario.miss_weight), *cells], css=css))
    cheapest = f"Cheapest {within_noun(analysis)}" if analysis.limits else "Cheapest"
    miss = "Alarms a miss, on average" if scenario.miss_cost_by_type else "Alarms a miss"
    shown = [*objectives, OBJECTIVES["revenue"]] if has_revenue else objectives
    heads = [miss, cheapest, *(capital(o.label) for o in shown)]
    holds = "" if other_prices.holds is None else note(stays_cheapest_words(other_prices.holds))
    return inline(table(heads, rows, css="cg-miss-costs"), holds)


def _prices_by_kind(analysis: Analysis) -> None:
    """Draw a price for each kind of defect, if the data names kinds."""
    scenario, opened = analysis.scenario, analysis.dataset.scenario.miss_cost_by_type
    for kind, defects in counts.kinds(analysis.dataset).items():

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
    """Draw the form with the payoff of each kind of unit, and the currency."""
    scenario = page.analysis.scenario
    filled = session.stored(_PRICES)
    with st.form("payoffs", border=False):
        for name, label in PAYOFF_NAMES.items():
            price = None if scenario.payoff is None else getattr(scenario.payoffs, name)
            # The form is filled again only if the price has changed, because the reader may be typing.
            if filled.get(name, math.nan) != price or not session.has_widget(f"payoff_{name}"):
                filled[name] = price
                earns = price > 0 if price else name == "ship_good"
                session.set_widget(f"sign_{name}", EARNS if earns else COSTS)
                session.set_widget(f"payoff_{name}", None if price is None else abs(price))
            amount = plain(f"One {label}, {scenario.currency}")
            with st.container(horizontal=True, vertical_alignment="bottom"):
                st.selectbox(amount, (EARNS, COSTS), key=f"sign_{name}", width=190)
                st.number_input(
                    amount,
                    min_value=0.0,
                    value=None,
                    format="%.6g",
                    placeholder="not known",
                    label_visibility="collapsed",
                    key=f"payoff_{name}",
                )
        st.form_submit_button(
            "Use these prices", key="use_prices", on_click=_use_prices, args=(recipe_of(page),)
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
    if scenario.payoff is None:
        write(note(MISSING_PRICES))
    elif odd := odd_price_question(page.analysis):
        write(notice(odd))


def _use_prices(recipe: Recipe) -> None:
    """Apply the prices of the form if all are filled in."""
    amounts = [session.widget_value(f"payoff_{name}") for name in PAYOFF_NAMES]
    if None not in amounts:
        ship_good, reject_good, ship_defect, reject_defect = (
            amount if session.widget_value(f"sign_{name}") == EARNS else -amount
            for name, amount in zip(PAYOFF_NAMES, amounts, strict=True)
        )
        payoff, page = (ship_good, reject_good, ship_defect, reject_defect), recipe.page()
        choices, removed = page.choices.with_payoff(payoff, page.analysis.dataset.scenario)
        session.choose(payoff=payoff, miss_cost=None, limits=choices.limits, bounds=choices.bounds)
        for name in removed:
            st.toast(removed_limit_words(page.analysis.objectives[name]))

"""Line of chips with the assumptions. A reader opens a chip to change its assumption."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st
from markupsafe import Markup

from dashboard.analysis import counts
from dashboard.analysis.analysis import Analysis, points_of_model
from dashboard.analysis.decide.alternatives import other_miss_costs
from dashboard.analysis.missing_figures import scarcities_of
from dashboard.analysis.optimism import is_today_cheapest
from dashboard.figures.palette import shortened
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import LEAST, Choices, Point
from dashboard.views.assumptions import inspection_inputs, limit_inputs, serving_inputs
from dashboard.views.assumptions.number_field import labelled, number_field
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.elements import Row, inline, note, notice, span, table, write
from dashboard.views.lazy_popover import lazy_popover
from dashboard.views.problem_markup import notes
from dashboard.views.snippets import point_markup
from dashboard.words.assumptions import (
    COSTS,
    EARNS,
    GUESSED,
    HELP,
    MISSING_PRICES,
    NOT_ENTERED,
    current_chip_words,
    defect_rate_words,
    file_rate_words,
    inspection_chip_words,
    limits_chip_words,
    load_chip_words,
    miss_chip_words,
    models_chip_words,
    odd_price_question,
    presented_words,
    prices_chip_words,
    volume_words,
)
from dashboard.words.data_size import size_sentence
from dashboard.words.decision import PAYOFF_NAMES, basis
from dashboard.words.limit_names import within_noun
from dashboard.words.models.cost_curves import stays_cheapest_words
from dashboard.words.notices import scarcity_notices
from dashboard.words.numbers import (
    digits,
    figure,
    number,
    price_size,
)
from dashboard.words.phrases import capital, payoff_alignment
from dashboard.words.resampling import intervals_help
from metrics import OBJECTIVES, Scenario
from metrics.evaluation.objective import NO_CHECKS
from metrics.selection.picks import cheapest

FIELDS = (
    "miss_cost", "defect_rate", "units_per_year", "currency", "payoff", "today", "limits", "serving", "times",
    "miss_cost_by_type", "inspection", "miss_weight",
)  # fmt: skip
"""Choices that differ from the scenario as opened if they are not `None`."""
EVERYTHING = capital(NO_CHECKS)
"""Option of today's system: nothing is inspected, everything is shipped."""
LONGEST_PIN = 34
"""Maximum length of a pinned point's name, which is next to the selected point."""


def draw(page: PageView) -> None:
    """Draw the chips, with all inputs of the scenario."""
    _chips(recipe_of(page))


@st.fragment
def _chips(recipe: Recipe) -> None:
    """Draw the chips, and the inputs of open chips only, because most chips are never opened."""
    if session.is_changed():
        session.rerun()
    page = recipe.at(session.current()).page_of_fragment()
    with st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", key="part_assumptions"
    ):
        presented = presented_words(page.analysis, _current_words(page))
        scarce = span(_scarce(page), css="cg-scarce")
        write(span("Assuming", css="cg-assuming"), span(presented, scarce, css="cg-assumed"))
        _chip(page, volume_words(page.analysis), "volume", _volume)
        _chip(page, defect_rate_words(page.analysis), "rate", _rate)
        is_default = page.choices.miss_cost is None and page.analysis.dataset.scenario == Scenario()
        miss = miss_chip_words(page.analysis, is_default=is_default)
        _chip(page, miss, "miss", _miss_cost)
        _chip(page, prices_chip_words(page.analysis), "prices", _prices)
        _chip(page, _current_words(page), "today", _today)
        _chip(
            page,
            limits_chip_words(page.analysis),
            "limits",
            limit_inputs.draw,
            limit_inputs.draw_conditions,
        )
        optional = {
            "serving": ("Computing load", load_chip_words(page.analysis), serving_inputs.draw),
            "inspection": (
                "Inspectors",
                inspection_chip_words(page.analysis),
                inspection_inputs.draw,
            ),
        }
        without_chip = _names_without_chip(
            {name for name, (_, words, _) in optional.items() if not words}
        )
        for name, (title, words, draw_inputs) in optional.items():
            if name not in without_chip:
                _chip(page, words or title, name, draw_inputs)
        tabs = {
            title: inputs for name, (title, _, inputs) in optional.items() if name in without_chip
        }
        with lazy_popover(models_chip_words(page.analysis), "chip_details") as popover:
            if popover.open:
                _last_chip(page, tabs)


def _scarce(page: PageView) -> str:
    """Warnings about scarce data, as a part of the summary; usually empty."""
    warnings = scarcity_notices(
        scarcities_of(page.analysis), with_intervals=page.analysis.shows_intervals
    )
    return f". {' '.join(warnings)}" if warnings else ""


_WITHOUT_CHIP = "assumptions in the last chip"
"""Session key: names of the assumptions without an individual chip."""


def _names_without_chip(unused: Collection[str]) -> Collection[str]:
    """Names of the assumptions that are in the last chip.

    Unused assumptions are in the last chip. An input in an open chip stays there until the chip is closed, so
    that it does not move while the reader types.
    """
    names = session.stored(_WITHOUT_CHIP)
    if not (names and session.is_open("chip_details")):
        names.clear()
        names.update({name: True for name in unused if not session.is_open(f"chip_{name}")})
    return names.keys()


def _last_chip(page: PageView, inputs: Mapping[str, Callable[[PageView], None]]) -> None:
    """Draw the content of the last chip: further inputs by title, the models shown, and facts of the data."""
    if not inputs:
        _models(page)
        _details(page)
        return
    *first, last = st.tabs([*inputs, "Models and data"])
    for tab, draw_inputs in zip(first, inputs.values(), strict=True):
        with tab:
            draw_inputs(page)
    with last:
        _models(page)
        _details(page)


def unpin(page: PageView) -> None:
    """Draw a button with the name of the pinned point, which compares with the current system again."""
    pinned = page.selection.compared
    name = shortened(page.words(pinned.model, pinned.threshold, lower=pinned.lower), LONGEST_PIN)
    st.button(
        f"pinned {plain(name)}",
        key="unpin",
        type="tertiary",
        help="Compare with today again",
        on_click=session.choose,
        kwargs={"compare": "today", "pin": None},
    )


def _chip(page: PageView, words: str, key: str, *inputs: Callable[[PageView], None]) -> None:
    """Draw a chip, and its inputs if it is open."""
    with lazy_popover(words, f"chip_{key}") as popover:
        if popover.open:
            for draw_inputs in inputs:
                draw_inputs(page)


def _current_words(page: PageView) -> str:
    """Words of the chip of the current system; a long name is shortened."""
    current, name = page.analysis.scenario.today, ""
    if current is not None:
        name = shortened(page.words(current.model, current.threshold, alone=True), LONGEST_PIN)
    return current_chip_words(
        page.analysis,
        name,
        is_unspecified=page.analysis.is_current_unspecified,
        is_guessed=_is_guessed(page),
    )


_GUESS = "guessed threshold of today's system"
"""Session key: by model, the threshold of the current system that the app filled in."""
_CONFIRMED = "confirmed threshold of today's system"
"""Session key: by model, the threshold of the current system that the reader typed or confirmed."""


def _is_guessed(page: PageView) -> bool:
    """Whether the current system's threshold was filled in, by the app or in a link."""
    today = page.analysis.scenario.today
    if today is None or session.stored(_CONFIRMED).get(today.model) == today.threshold:
        return False
    is_filled_in = session.stored(_GUESS).get(today.model) == today.threshold
    return is_filled_in or (
        isinstance(page.choices.today, Point) and is_today_cheapest(page.analysis)
    )


def _confirm(model: str, threshold: float) -> None:
    """Mark the threshold of the current system as confirmed."""
    session.stored(_GUESS).pop(model, None)
    session.stored(_CONFIRMED)[model] = threshold


def _miss_cost(page: PageView) -> None:
    """Draw the price of a miss, with its effect and the prices by kind of defect."""
    scenario = page.analysis.scenario
    number_field(
        "One miss costs (false alarms)",
        "miss_cost",
        scenario.miss_cost / scenario.miss_weight,
        lambda c, v: c.with_miss_cost(float(v)),
        step=1.0,
    )
    # The height is constant, because a remark on a number must not move the number while it is typed.
    write(_at_other_miss_costs(page))
    if counts.kinds(page.analysis.dataset):
        with st.expander("By kind of defect", expanded=bool(scenario.miss_cost_by_type)):
            _prices_by_kind(page.analysis)
    alignment = payoff_alignment(page.analysis.evaluation)
    if alignment is not None:
        write(notice(alignment, css="cg-alignment"))


def _at_other_miss_costs(page: PageView) -> Markup:
    """Table of the cheapest point at the price of a miss, at half and at twice of it; empty if unknown."""
    found = other_miss_costs(page.analysis)
    if found is None:
        return Markup()
    scenario = page.analysis.scenario
    counts = [OBJECTIVES[name] for name in ("missed_defects", "false_alarms")]
    rows = [
        Row(
            [
                price_size(price / scenario.miss_weight),
                Markup(point_markup(page, point.model, point.threshold, lower=point.lower)),
                *(figure(o, point.figures[o.id], scenario) for o in counts),
            ],
            css="cg-better" if price == page.analysis.evaluation.miss_cost else "",
        )
        for price, point in found.cheapest
    ]
    cheapest = f"Cheapest {within_noun(page.analysis)}" if page.analysis.limits else "Cheapest"
    miss = "Alarms a miss, on average" if scenario.miss_cost_by_type else "Alarms a miss"
    heads = [miss, cheapest, *(capital(o.label) for o in counts)]
    return inline(table(heads, rows, css="cg-miss-costs"), note(stays_cheapest_words(found.holds)))


def _prices_by_kind(analysis: Analysis) -> None:
    """Draw a price for each kind of defect, if the data names kinds."""
    scenario, opened = analysis.scenario, analysis.dataset.scenario.miss_cost_by_type
    for kind, count_there in counts.kinds(analysis.dataset).items():

        def change(choices: Choices, value: float | None, kind: str = kind) -> Choices:
            return choices.with_price_of(kind, value, opened)

        number_field(
            plain(f"A missed {kind or '(empty)'} costs ({number(count_there)} in the file)"),
            f"miss_cost_of_{kind}",
            (scenario.miss_cost_by_type or {}).get(kind),
            change,
            empty=f"as any other: {price_size(scenario.miss_cost)}",
            least=0.0,
            step=1.0,
        )


def _volume(page: PageView) -> None:
    """Draw the number of units a year."""
    number_field(
        labelled("Units a year", page.analysis.scenario.units_per_year),
        "units_per_year",
        page.analysis.scenario.units_per_year,
        lambda c, v: replace(c, units_per_year=float(v or 0)),
        empty="figures of this file",
        step=100_000.0,
        format="%.0f",
    )


def _rate(page: PageView) -> None:
    """Draw the defect rate in production, with the file's rate."""
    mass = page.analysis.evaluation.tally.class_mass
    observed = 100 * float(mass[1] / mass.sum())
    rate = page.analysis.scenario.defect_rate
    write(note(file_rate_words(observed / 100, is_used=rate is None)))
    number_field(
        "Defects in production, %",
        "defect_rate",
        None if rate is None else round(100 * rate, 10),
        lambda c, v: replace(c, defect_rate=float(v or 0) / 100),
        empty=f"as in the file: {digits(observed)}",
        least=100 * LEAST,
        max_value=100 * (1 - LEAST),
        step=0.1,
        format="%.4g",
    )


_PRICES = "prices in the form"
"""Session key: prices that the form was filled with."""


def _prices(page: PageView) -> None:
    """Draw the form with the payoff of each kind of unit, and the currency."""
    scenario = page.analysis.scenario
    filled = session.stored(_PRICES)
    with st.form("payoffs", border=False):
        for name, label in PAYOFF_NAMES.items():
            price = None if scenario.payoff is None else getattr(scenario.payoffs, name)
            # The form is filled again only if the price has changed, because the reader may be typing.
            if filled.get(name, math.nan) != price or not session.has_widget(f"payoff_{name}"):
                filled[name] = price
                earns = name == "ship_good" if price is None else price >= 0
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
        st.form_submit_button("Use these prices", key="use_prices", on_click=_use_prices)
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


def _use_prices() -> None:
    """Apply the prices of the form if all are filled in. The price of a miss follows from them."""
    amounts = [session.widget_value(f"payoff_{name}") for name in PAYOFF_NAMES]
    if None not in amounts:
        ship_good, reject_good, ship_defect, reject_defect = (
            amount if session.widget_value(f"sign_{name}") == EARNS else -amount
            for name, amount in zip(PAYOFF_NAMES, amounts, strict=True)
        )
        session.choose(payoff=(ship_good, reject_good, ship_defect, reject_defect), miss_cost=None)


def _today(page: PageView) -> None:
    """Draw the model and the threshold of the current system."""
    today = page.analysis.scenario.today
    models = page.analysis.dataset.scores.models
    recipe = recipe_of(page)

    def change_model(choices: Choices, value: str | None) -> Choices:
        if value is None:
            return replace(choices, today=None)
        if value == EVERYTHING:
            return replace(choices, today="none")
        model_points = points_of_model(recipe.page().analysis.figures.points, value)
        # A new current system gets its cheapest threshold that flags a unit. The reader can change it below.
        thresholds = model_points["threshold"].to_numpy(np.float64)
        position = cheapest(model_points, np.isfinite(thresholds))
        assert position is not None  # At least one threshold is a score.
        session.stored(_GUESS)[value] = float(thresholds[position])
        return replace(choices, today=Point(value, float(thresholds[position])))

    without_model = EVERYTHING if page.choices.today == "none" else None
    option = without_model if today is None else today.model
    if page.analysis.is_current_unspecified:
        write(note(NOT_ENTERED))
    st.selectbox(
        "Today’s system",
        [EVERYTHING, *models],
        index=None,
        placeholder="Which is in use today?",
        help=HELP["today_model"],
        **session.widget("today_model", option, change_model),
    )
    if today is None:
        return

    def change_threshold(choices: Choices, value: float) -> Choices:
        _confirm(today.model, float(value))
        return replace(choices, today=Point(today.model, float(value)))

    number_field(
        "Today’s threshold",
        "today_threshold",
        today.threshold,
        change_threshold,
        least=None,
        step=0.01,
    )
    if _is_guessed(page):
        write(notice(GUESSED))
        st.button(
            "This one",
            key="today_confirmed",
            on_click=_confirm,
            args=(today.model, today.threshold),
        )


def _models(page: PageView) -> None:
    """Draw the choice of the models shown. Without any model all are shown."""
    models = page.analysis.dataset.scores.models
    shown = [m for m in models if m not in page.choices.hidden]
    st.multiselect(
        "Models shown",
        list(models),
        disabled=len(models) < 2,
        **session.widget(
            "shown",
            shown,
            lambda c, v: replace(c, hidden=tuple(m for m in models if m not in v) if v else ()),
        ),
    )


def _details(page: PageView) -> None:
    """Draw facts of the data, what the figures count, their intervals, and the reset of the scenario."""
    facts = size_sentence(page.analysis.evaluation.tally.rows.tolist(), page.analysis.held_out)
    write(note(facts, css="cg-facts"))
    write(note(basis(page.analysis), css="cg-basis"))
    for line in notes(page.analysis.dataset):
        write(line)
    scenario = page.analysis.scenario
    if not math.isnan(scenario.implied_miss_cost):
        number_field(
            "A miss weighs so many times its money",
            "miss_weight",
            scenario.miss_weight,
            lambda c, v: replace(c, miss_weight=float(v)),
            step=0.5,
        )
    st.toggle(
        "Show how sure the figures are",
        help=intervals_help(page.analysis.scenario),
        **session.widget(
            "intervals", page.analysis.shows_intervals, lambda c, v: replace(c, intervals=bool(v))
        ),
    )
    if page.analysis.shows_intervals:
        st.number_input(
            "Number that the samples are drawn by (seed)",
            min_value=0,
            max_value=2**32 - 1,
            step=1,
            **session.widget("seed", page.analysis.seed, lambda c, v: replace(c, seed=int(v))),
        )
    st.button(
        "Back to the scenario as opened",
        key="reset_scenario",
        on_click=session.choose,
        kwargs=dict.fromkeys(FIELDS),
        disabled=all(getattr(page.choices, name) is None for name in FIELDS),
        width="stretch",
    )

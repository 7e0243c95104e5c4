"""Line of chips with the assumptions. A reader opens a chip to change its assumption."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from dashboard.analysis.undefined_objectives import undefined_limits
from dashboard.figures.texts import shortened
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views.assumptions import (
    current_system_inputs,
    inspection_inputs,
    limit_inputs,
    models_and_data,
    price_inputs,
    production_inputs,
)
from dashboard.views.html_elements import span, write
from dashboard.views.menus import lazy_popover
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.assumptions import (
    defect_rate_words,
    inspection_chip_words,
    limits_words,
    load_chip_words,
    miss_chip_words,
    models_chip_words,
    presented_words,
    prices_words,
    volume_words,
)
from metrics import Scenario

FIELDS = (
    "miss_cost", "defect_rate", "units_per_year", "currency", "payoff", "today", "limits", "serving", "times",
    "miss_cost_by_type", "inspection", "miss_weight",
)  # fmt: skip
"""Choices that differ from the scenario as opened if they are not `None`."""
_WITHOUT_CHIP = "assumptions in the last chip"
"""Session key: names of the assumptions without an individual chip."""
LONGEST_PIN = 34
"""Maximum length of a pinned point's name, which is next to the selected point."""


def draw(page: PageView) -> None:
    """Draw the chips, with all inputs of the scenario."""
    _draw_chips(recipe_of(page))


@st.fragment
def _draw_chips(recipe: Recipe) -> None:
    """Draw the chips, and the inputs of open chips only, because most chips are never opened."""
    if session.is_changed():
        session.rerun()
    page = recipe.at(session.current()).page_of_fragment()
    with st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", key="part_assumptions"
    ):
        current = current_system_inputs.chip_words(page)
        undefined = undefined_limits(page.choices, page.analysis)
        presented = presented_words(page.analysis, current, undefined)
        scarce = span(f". {' '.join(page.scarcity)}" if page.scarcity else "", css="cg-scarce")
        write(span("Assuming", css="cg-assuming"), span(presented, scarce, css="cg-assumed"))
        _draw_chip(
            page, volume_words(page.analysis.scenario), "volume", production_inputs.draw_volume
        )
        rate = defect_rate_words(page.analysis.evaluation)
        _draw_chip(page, rate, "rate", production_inputs.draw_defect_rate)
        miss = miss_chip_words(page.analysis, is_default=page.is_miss_cost_default)
        _draw_chip(page, miss, "miss", price_inputs.draw_miss_cost)
        _draw_chip(page, prices_words(page.analysis.scenario), "prices", price_inputs.draw_prices)
        _draw_chip(page, current, "today", current_system_inputs.draw)
        _draw_chip(page, limits_words(page.analysis, undefined), "limits", limit_inputs.draw)
        optional = _optional_chips(page.analysis.scenario)
        without_chip = _names_without_chip(
            {name for name, (_, words, _) in optional.items() if not words}
        )
        for name, (title, words, draw_inputs) in optional.items():
            if name not in without_chip:
                _draw_chip(page, words or title, name, draw_inputs)
        tabs = {
            title: inputs for name, (title, _, inputs) in optional.items() if name in without_chip
        }
        with lazy_popover(models_chip_words(page.analysis), "chip_details") as popover:
            if popover.open:
                _draw_last_chip(page, tabs)


def _optional_chips(
    scenario: Scenario,
) -> dict[str, tuple[str, str, Callable[[PageView], None]]]:
    """Title, words and inputs of the assumptions whose chip is only shown if they are used."""
    return {
        "serving": ("Computing load", load_chip_words(scenario), production_inputs.draw_serving),
        "inspection": ("Inspectors", inspection_chip_words(scenario), inspection_inputs.draw),
    }


def _names_without_chip(unused: Collection[str]) -> Collection[str]:
    """Names of the assumptions that are in the last chip.

    Unused assumptions are in the last chip. An input in an open chip stays there until the chip is closed, so
    that it does not move while the reader types.
    """
    without_chip = session.storage(_WITHOUT_CHIP)
    if not (without_chip and session.is_open("chip_details")):
        without_chip.clear()
        without_chip.update({name: True for name in unused if not session.is_open(f"chip_{name}")})
    return without_chip.keys()


def _draw_last_chip(page: PageView, inputs: Mapping[str, Callable[[PageView], None]]) -> None:
    """Draw the last chip: further inputs by title, the models shown, facts of the data, and a reset."""
    places: Sequence[AbstractContextManager[object]] = [nullcontext()]
    if inputs:
        places = st.tabs([*inputs, "Models and data"])
    *first, last = places
    for tab, draw_inputs in zip(first, inputs.values(), strict=True):
        with tab:
            draw_inputs(page)
    with last:
        models_and_data.draw(page)
        st.button(
            "Back to the scenario as opened",
            key="reset_scenario",
            **session.choosing(**dict.fromkeys(FIELDS)),
            disabled=all(getattr(page.choices, name) is None for name in FIELDS),
            width="stretch",
        )


def draw_unpin_button(page: PageView) -> None:
    """Draw a button with the name of the pinned point, which compares with the current system again."""
    pinned = page.selection.compared
    name = shortened(page.words(pinned.model, pinned.threshold, lower=pinned.lower), LONGEST_PIN)
    st.button(
        f"pinned {plain(name)}",
        key="unpin",
        type="tertiary",
        help="Compare with today again",
        **session.choosing(compare="today", pin=None),
    )


def _draw_chip(
    page: PageView, words: str, key: str, draw_inputs: Callable[[PageView], None]
) -> None:
    """Draw a chip, and its inputs if it is open."""
    with lazy_popover(words, f"chip_{key}") as popover:
        if popover.open:
            draw_inputs(page)

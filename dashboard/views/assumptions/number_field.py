"""Number input of the assumptions; each change takes effect at once."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.session import session
from dashboard.session.choices import LEAST, Choices
from dashboard.words.assumptions import HELP
from dashboard.words.numbers.amounts import count


def is_many(value: float) -> bool:
    """True if a number has so many digits that a reader would have to count them."""
    return abs(value) >= 10_000


def labelled(label: str, value: float | None) -> str:
    """Label of a field with a large count in words, such as ``Units a year: 43.8 bn``."""
    return label if value is None or not is_many(value) else f"{label}: {count(value)}"


def number_field(
    label: str,
    key: str,
    value: float | None,
    change: session.Change,
    *,
    scale: float = 1,
    empty: str | None = None,
    least: float | None = LEAST,
    **look: Any,
) -> None:
    """Draw a number input that changes the choices, with the help for its key.

    Parameters
    ----------
    scale : float
        Number that is typed for a value of 1; bounds and steps are typed numbers, too.
    empty : str or None
        Placeholder of an empty field; `None` if the field cannot be emptied.
    least : float or None
        Smallest number; `None` without a bound.
    """

    def changed(choices: Choices, typed: float | None) -> Choices:
        return change(choices, None if typed is None else float(typed) / scale)

    if value is not None and scale != 1:
        value = float(f"{scale * value:.12g}")
    optional = {} if empty is None else {"value": None, "placeholder": empty}
    arguments = {"min_value": least, "format": "%.6g", "help": HELP.get(key)} | optional | look
    st.number_input(label, **arguments, **session.widget(key, value, changed))

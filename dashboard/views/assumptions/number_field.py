"""Number inputs of the assumptions, each in force as soon as it is changed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.session import session
from dashboard.session.choices import LEAST
from dashboard.words.numbers import count


def is_many(value: float) -> bool:
    """Whether a number has so many digits that without groups they would have to be counted."""
    return abs(value) >= 10_000


def labelled(label: str, value: float | None) -> str:
    """A field's label, which says a large count in words: ``Units a year: 43.8 billion``."""
    return label if value is None or not is_many(value) else f"{label}: {count(value)}"


def number_field(
    label: str,
    key: str,
    value: float | None,
    change: session.Change,
    *,
    empty: str | None = None,
    least: float | None = LEAST,
    **look: Any,
) -> None:
    """Draw a number that belongs to the choices.

    Parameters
    ----------
    value : float or None
        Number in force.
    change : callable
        Returns the choices with another number.
    empty : str or None
        Placeholder of an empty field; `None` if the field cannot be emptied.
    least : float or None
        Smallest number; `None` without a bound.
    **look
        Further arguments of ``st.number_input``.
    """
    optional = {} if empty is None else {"value": None, "placeholder": empty}
    arguments = {"min_value": least, "format": "%.6g"} | optional | look
    st.number_input(label, **arguments, **session.widget(key, value, change))

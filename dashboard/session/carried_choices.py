"""Choices that stay when a reader opens other data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.session.choices import Choices

_WORLD = (
    "miss_cost", "defect_rate", "units_per_year", "currency", "payoff", "miss_weight", "limits",
    "serving", "inspection",
)  # fmt: skip
"""Choices about the scenario, which is the same for all data."""


def carried_choices(fingerprint: str, now: Choices, before: Choices) -> Choices:
    """Choices after a switch to other data. Those about the scenario stay; those about models are restored.

    Parameters
    ----------
    fingerprint : str
        Fingerprint of the other data.
    now : Choices
        Current choices.
    before : Choices
        Last choices on the other data; the defaults if it is new.
    """
    carried = (*_WORLD, "objectives", "weights", "axes", "x")
    stay = {name: getattr(now, name) for name in carried}
    defaults = {name: getattr(Choices(), name) for name in ("gaps", "intervals", "seed", "also")}
    return replace(before, data=fingerprint, **stay, **defaults)


def carried_changes(now: Choices, before: Choices) -> dict[str, Any]:
    """Choices about the scenario that differ from the last choices on the other data, by name."""
    carried = {name: getattr(now, name) for name in _WORLD}
    return {name: value for name, value in carried.items() if value != getattr(before, name)}

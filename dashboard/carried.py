"""What of the choices stays when a reader turns to other data, and how the page says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.choices import Choices
from metrics.phrases import joined

_WORLD = (
    "miss_cost", "defect_rate", "units_per_year", "currency", "payoff", "limits", "weights", "serving",
)  # fmt: skip
"""What describes the world, which is the same whatever data is looked at."""
_SAID = {
    "miss_cost": "the price of a miss",
    "defect_rate": "the defect rate",
    "units_per_year": "the units a year",
    "currency": "the currency",
    "payoff": "the payoffs",
    "limits": "the limits",
    "serving": "the load",
}
"""Of that what belongs to the scenario, and how the page calls it."""
_OF_MODELS = ("bounds", "point", "pin", "compare", "today", "hidden", "names", "notes", "times")


def turned_to(fingerprint: str, now: Choices, before: Choices) -> Choices:
    """The choices on other data: what describes the world stays, what names models is as it was there.

    Parameters
    ----------
    fingerprint : str
        Of the data that is turned to.
    now : Choices
        In force.
    before : Choices
        Those that were left on that data; the default where it is new.
    """
    kept = {name: getattr(now, name) for name in _WORLD}
    known = {name: getattr(before, name) for name in _OF_MODELS}
    return replace(now.about(fingerprint), **kept, **known)


def carried(now: Choices, before: Choices) -> dict[str, Any]:
    """What came along and is another than was there before, by name."""
    found = {name: getattr(now, name) for name in _WORLD if name in _SAID}
    return {name: value for name, value in found.items() if value != getattr(before, name)}


def words(names: tuple[str, ...]) -> str:
    """How the page says what came along."""
    said = joined([_SAID[name] for name in names])
    return (
        f"Brought along from the data that was open before: {said}. “Back to the scenario as opened”, below "
        "the scenario, takes that back."
    )

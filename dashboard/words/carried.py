"""Choices that came along from the data that was open before, in words."""

from __future__ import annotations

from dashboard.words.phrases import joined

_WORDS = {
    "miss_cost": "the price of a miss",
    "defect_rate": "the defect rate",
    "units_per_year": "the units a year",
    "currency": "the currency",
    "payoff": "the payoffs",
    "limits": "the limits",
    "serving": "the load",
    "inspection": "the inspection",
}
"""Names of the choices that describe the world, on the screen."""


def carried_over(names: tuple[str, ...]) -> str:
    """Notice of the choices that came along."""
    words = joined([_WORDS[name] for name in names])
    return (
        f"Brought along from the data that was open before: {words}. “Back to the scenario as opened”, below "
        "the scenario, takes that back."
    )

"""Everything a stakeholder chose, as one frozen value, and its form in a link."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from metrics import OBJECTIVES, Payoff, Scenario, Today

SEATS = ("data", "product", "executive")
SeatName = Literal["data", "product", "executive"]
SEAT_TITLES = {
    "data": "Data scientist",
    "product": "Product manager",
    "executive": "Executive",
}
X_AXES = {"threshold": "Threshold", "flagged": "Share flagged", "recall": "Recall"}
COMPARISONS = ("today", *SEATS, "pin")


@dataclass(frozen=True)
class Point:
    """An operating point that was named: a model at a threshold."""

    model: str
    threshold: float

    def text(self) -> str:
        """``threshold@model``: the threshold first, since a model's name may hold any character."""
        return f"{self.threshold!r}@{self.model}"

    @classmethod
    def of(cls, text: str) -> Point:
        """Read `text` back; ValueError where it is not of that form."""
        threshold, at, model = text.partition("@")
        if not at or not model:
            raise ValueError("a point reads threshold@model")
        value = float(threshold)
        if math.isnan(value):
            raise ValueError("a threshold is a number")
        return cls(model, value)


@dataclass(frozen=True)
class Choices:
    """What was chosen; None stands for the default of the data and its scenario.

    Attributes
    ----------
    data : str or None
        Fingerprint of the opened data.
    objectives : tuple of three objective ids
        Of the data scientist, the product manager and the executive.
    bounds : tuple of three (objective id, value) or None
        Within which each seat picks.
    point : Point or None
        The operating point under discussion.
    axes : two different seats
        Whose objectives span the front: across, up.
    x : {"threshold", "flagged", "recall"}
        Axis of the trade-off.
    compare : {"today", "data", "product", "executive", "pin"}
        What the chosen point stands beside: today's system, a seat's own pick, or ``pin``.
    pin : Point or None
    miss_cost, defect_rate, units_per_year, currency, payoff, today
        Overrides of the scenario. ``defect_rate`` 0: the file's own; ``units_per_year`` 0: per file;
        ``today`` a point, or "none": everything is shipped.
    hidden : tuple of str
        Models left out of the picture.
    """

    data: str | None = None
    objectives: tuple[str, str, str] = ("log_loss", "missed_defects", "revenue_impact")
    bounds: tuple[tuple[str, float] | None, ...] = (None, None, None)
    point: Point | None = None
    axes: tuple[str, str] = ("product", "executive")
    x: str = "threshold"
    compare: str = "today"
    pin: Point | None = None
    miss_cost: float | None = None
    defect_rate: float | None = None
    units_per_year: float | None = None
    currency: str | None = None
    payoff: tuple[float, float, float, float] | None = None
    today: Point | Literal["none"] | None = None
    hidden: tuple[str, ...] = ()

    def scenario(self, base: Scenario) -> Scenario:
        """``base`` with what was chosen over it."""
        changes: dict[str, Any] = {}
        if self.miss_cost is not None:
            changes["miss_cost"] = self.miss_cost
        if self.defect_rate is not None:
            changes["defect_rate"] = self.defect_rate or None
        if self.units_per_year is not None:
            changes["units_per_year"] = self.units_per_year or None
        if self.currency is not None:
            changes["currency"] = self.currency
        if self.payoff is not None:
            changes["payoff"] = Payoff(*self.payoff)
        if self.today == "none":
            changes["today"] = None
        elif isinstance(self.today, Point):
            changes["today"] = Today(self.today.model, self.today.threshold)
        return replace(base, **changes)

    def with_seat(self, seat: str, objective: str) -> Choices:
        """The same with another objective for one seat, whose own bound then no longer fits."""
        k = SEATS.index(seat)
        objectives = tuple(objective if i == k else o for i, o in enumerate(self.objectives))
        bounds = tuple(None if i == k else b for i, b in enumerate(self.bounds))
        return replace(self, objectives=objectives, bounds=bounds)  # type: ignore[arg-type]

    def with_bound(self, seat: str, bound: tuple[str, float] | None) -> Choices:
        """The same with another bound for one seat; None: its default."""
        k = SEATS.index(seat)
        return replace(
            self, bounds=tuple(bound if i == k else b for i, b in enumerate(self.bounds))
        )


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number must be finite")
    return value


LEAST = 1e-9
"""Least cost of a miss, least yearly volume and least defect rate that can be chosen."""


def _positive(text: str) -> float:
    value = _number(text)
    if value < LEAST:
        raise ValueError("must be above 0")
    return value


def _positive_or_zero(text: str) -> float:
    return 0.0 if _number(text) == 0 else _positive(text)


def _rate(text: str) -> float:
    value = _positive_or_zero(text)
    if value > 1 - LEAST:
        raise ValueError("must be below 1")
    return value


def _today(text: str) -> Point | str:
    if text == "none":
        return text
    point = Point.of(text)
    if math.isinf(point.threshold):
        raise ValueError("today's threshold must be finite")
    return point


def _objectives(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if len(names) != 3 or any(name not in OBJECTIVES for name in names):
        raise ValueError("three objectives")
    return names


def _bounds(text: str) -> tuple[tuple[str, float] | None, ...]:
    out: list[tuple[str, float] | None] = []
    for part in text.split(","):
        name, _, value = part.partition(":")
        if part and name not in OBJECTIVES:
            raise ValueError("an objective")
        out.append((name, _number(value)) if part else None)
    if len(out) != 3:
        raise ValueError("three bounds")
    return tuple(out)


def _axes(text: str) -> tuple[str, ...]:
    axes = tuple(text.split(","))
    if len(axes) != 2 or axes[0] == axes[1] or not set(axes) <= set(SEATS):
        raise ValueError("two seats")
    return axes


def _payoff(text: str) -> tuple[float, ...]:
    payoff = tuple(_number(part) for part in text.split(","))
    if len(payoff) != 4:
        raise ValueError("four payoffs")
    return payoff


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError("one of " + ", ".join(names))
        return text

    return read


def _currency(text: str) -> str:
    if not text.strip() or len(text) > 12:
        raise ValueError("1 to 12 characters")
    return text.strip()


def _names(text: str) -> tuple[str, ...]:
    # Names may hold commas; a backslash keeps one, and itself.
    names, name, escaped = [], "", False
    for character in text:
        if escaped or character not in "\\,":
            name, escaped = name + character, False
        elif character == "\\":
            escaped = True
        else:
            names.append(name)
            name = ""
    return (*names, name)


def _join(names: tuple[str, ...]) -> str:
    return ",".join(name.replace("\\", "\\\\").replace(",", "\\,") for name in names)


_READ: dict[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "data": ("data", str, str),
    "objectives": ("want", _objectives, ",".join),
    "bounds": (
        "within",
        _bounds,
        lambda bounds: ",".join("" if b is None else f"{b[0]}:{b[1]!r}" for b in bounds),
    ),
    "point": ("point", Point.of, Point.text),
    "axes": ("axes", _axes, ",".join),
    "x": ("x", _one_of(*X_AXES), str),
    "compare": ("beside", _one_of(*COMPARISONS), str),
    "pin": ("pin", Point.of, Point.text),
    "miss_cost": ("miss", _positive, repr),
    "defect_rate": ("rate", _rate, repr),
    "units_per_year": ("units", _positive_or_zero, repr),
    "currency": ("currency", _currency, str),
    "payoff": ("payoff", _payoff, lambda payoff: ",".join(map(repr, payoff))),
    "today": (
        "today",
        _today,
        lambda today: today if isinstance(today, str) else today.text(),
    ),
    "hidden": ("hide", _names, _join),
}
"""By field of `Choices`: its key in a link, how to read it, how to write it."""


def to_query(choices: Choices) -> dict[str, str]:
    """Query parameters of a link; what is as by default is left out."""
    default = Choices()
    return {
        key: write(getattr(choices, field))
        for field, (key, _, write) in _READ.items()
        if getattr(choices, field) != getattr(default, field)
    }


def from_query(query: Mapping[str, str]) -> tuple[Choices, tuple[str, ...]]:
    """Choices of a link, and the keys whose value could not be used (those keep their default)."""
    known: dict[str, Any] = {}
    refused = []
    for field, (key, read, _) in _READ.items():
        if key not in query:
            continue
        try:
            known[field] = read(query[key])
        except ValueError:
            refused.append(key)
    return Choices(**known), tuple(refused)


assert set(_READ) == {field.name for field in fields(Choices)}

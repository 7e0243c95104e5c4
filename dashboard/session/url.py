"""Choices as the query string of a link, and back: plain text, every value checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from dashboard.session.choices import (
    COMPARISONS,
    LEAST,
    MOST_WEIGHT,
    SERVING,
    STAKEHOLDERS,
    X_AXES,
    Choices,
    Point,
)
from metrics import OBJECTIVES
from metrics.scenario.serving_load import MOST_REQUESTS, MOST_SECONDS


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number must be finite")
    return value


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


def _limits(text: str) -> tuple[tuple[str, float], ...]:
    found = {}
    for part in text.split(",") if text != "none" else ():
        name, _, value = part.partition(":")
        if name not in OBJECTIVES:
            raise ValueError("an objective")
        found[name] = _number(value)
    return tuple(found.items())


def _limits_text(limits: tuple[tuple[str, float], ...]) -> str:
    return ",".join(f"{name}:{value!r}" for name, value in limits) or "none"


def _serving(text: str) -> tuple[float | None, ...]:
    values = tuple(_positive_or_zero(part) if part else None for part in text.split(","))
    if len(values) != len(SERVING):
        raise ValueError("five numbers")
    if max(values[0] or 0, values[1] or 0) >= MOST_REQUESTS or (values[3] or 0) > 1 - LEAST:
        raise ValueError("a load and a share in time")
    return values


def _times(text: str) -> tuple[tuple[str, float], ...]:
    found = {}
    for part in _names(text):
        seconds, at, model = part.partition("@")
        if not at or not model or not 0 <= _number(seconds) < MOST_SECONDS:
            raise ValueError("seconds@model")
        found[model] = abs(_number(seconds))
    return tuple(found.items())


def _weights(text: str) -> tuple[float, ...]:
    weights = tuple(_number(part) for part in text.split(","))
    if len(weights) != 3 or min(weights) < 0 or not 0 < max(weights) <= MOST_WEIGHT:
        raise ValueError("three weights")
    return weights


def _axes(text: str) -> tuple[str, ...]:
    axes = tuple(text.split(","))
    if len(axes) != 2 or axes[0] == axes[1] or not set(axes) <= set(STAKEHOLDERS):
        raise ValueError("two stakeholders")
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


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("on or off")
    return text == "on"


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise ValueError("0 to 4,294,967,295")
    return value


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


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for pair in _names(text):
        model, name = _names(pair)  # ValueError unless they are two
        pairs.append((model, name))
    return tuple(pairs)


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
    "gaps": ("gaps", _one_of(*STAKEHOLDERS), str),
    "intervals": ("intervals", _switch, lambda on: "on" if on else "off"),
    "seed": ("seed", _seed, str),
    "names": ("names", _pairs, lambda pairs: _join(tuple(map(_join, pairs)))),
    "also": ("also", str, str),
    "limits": ("limits", _limits, _limits_text),
    "serving": (
        "serve",
        _serving,
        lambda serving: ",".join("" if v is None else repr(v) for v in serving),
    ),
    "times": (
        "times",
        _times,
        lambda times: _join(tuple(f"{seconds!r}@{model}" for model, seconds in times)),
    ),
    "weights": (
        "weights",
        _weights,
        lambda weights: ",".join(repr(w).removesuffix(".0") for w in weights),
    ),
    "notes": ("notes", _pairs, lambda pairs: _join(tuple(map(_join, pairs)))),
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

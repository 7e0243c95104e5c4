"""Query string of a link: write `Choices` as query parameters, and read them back.

The rules for a value are at its field in `Choices`; this module has only the text form. A parameter that
cannot be read leaves its choice at the default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from dashboard.session.choices import Choices, Point
from metrics import strict_mapping
from metrics.strict_mapping import StructureError


@dataclass(frozen=True)
class _Form:
    """Text form of a choice in a link.

    Attributes
    ----------
    key : str
    parsed : callable
        Parses the text; raises ValueError if it has another form.
    written : callable
        Writes the choice as text.
    """

    key: str
    parsed: Callable[[str], Any] = str
    written: Callable[[Any], str] = str


def _amount(text: str) -> float:
    return float(text) or 0.0  # a negative zero becomes zero


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _written_numbers(values: tuple[float, ...]) -> str:
    return ",".join(map(repr, values))


def _today(text: str) -> Point | str:
    return text if text == "none" else Point.of(text)


def _bound(text: str) -> tuple[str, float]:
    name, _, value = text.partition(":")
    return name, float(value)


def _written_bound(bound: tuple[str, float]) -> str:
    return f"{bound[0]}:{bound[1]!r}"


def _bounds(text: str) -> list[tuple[str, float] | None]:
    return [_bound(part) if part else None for part in text.split(",")]


def _written_bounds(bounds: tuple[tuple[str, float] | None, ...]) -> str:
    return ",".join("" if bound is None else _written_bound(bound) for bound in bounds)


def _limits(text: str) -> list[tuple[str, float]]:
    return list(dict(map(_bound, text.split(","))).items()) if text != "none" else []


def _written_limits(limits: tuple[tuple[str, float], ...]) -> str:
    return ",".join(map(_written_bound, limits)) or "none"


def _amounts(text: str) -> list[float | None]:
    return [_amount(part) if part else None for part in text.split(",")]


def _written_amounts(amounts: tuple[float | None, ...]) -> str:
    return ",".join("" if value is None else repr(value) for value in amounts)


def _serving(text: str) -> list[float | None]:
    amounts = _amounts(text)
    # Older links with five numbers also have the busiest hour, the longest wait and the share in time.
    return [amounts[0], None, amounts[4]] if len(amounts) == 5 else amounts


def _without_wait(text: str) -> str:
    """Drop the longest wait of a unit from the inspection of an older link."""
    amounts = text.split(",")
    return ",".join([*amounts[:6], "", *amounts[7:]])


def _times(text: str) -> list[tuple[str, float]]:
    points = [Point.of(part) for part in _names(text)]  # seconds@model
    return list({point.model: point.threshold or 0.0 for point in points}.items())


def _written_times(times: tuple[tuple[str, float], ...]) -> str:
    return _joined([Point(model, seconds).text() for model, seconds in times])


def _prices(text: str) -> list[tuple[str, float]]:
    return [(kind, float(price)) for kind, price in _pairs(text)] if text != "none" else []


def _written_prices(prices: tuple[tuple[str, float], ...]) -> str:
    return _written_pairs(tuple((kind, repr(price)) for kind, price in prices)) or "none"


def _written_weights(weights: tuple[float, ...]) -> str:
    return ",".join(repr(weight).removesuffix(".0") for weight in weights)


def _switch(text: str) -> bool | None:
    return {"on": True, "off": False}.get(text)


def _written_switch(on: bool) -> str:
    return "on" if on else "off"


def _names(text: str) -> list[str]:
    # A backslash escapes a comma or a backslash within a name.
    names, name, escaped = [], "", False
    for character in text:
        if escaped or character not in "\\,":
            name, escaped = name + character, False
        elif character == "\\":
            escaped = True
        else:
            names.append(name)
            name = ""
    return [*names, name]


def _joined(names: list[str] | tuple[str, ...]) -> str:
    return ",".join(name.replace("\\", "\\\\").replace(",", "\\,") for name in names)


def _pairs(text: str) -> list[list[str]]:
    return [_names(pair) for pair in _names(text)]


def _written_pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return _joined([_joined(pair) for pair in pairs])


def _split(text: str) -> list[str]:
    return text.split(",")


_FORMS = {
    "data": _Form("data"),
    "objectives": _Form("want", _split, ",".join),
    "bounds": _Form("within", _bounds, _written_bounds),
    "point": _Form("point", Point.of, Point.text),
    "axes": _Form("axes", _split, ",".join),
    "x": _Form("x"),
    "compare": _Form("beside"),
    "pin": _Form("pin", Point.of, Point.text),
    "miss_cost": _Form("miss", float, repr),
    "defect_rate": _Form("rate", _amount, repr),
    "units_per_year": _Form("units", _amount, repr),
    "currency": _Form("currency", str.strip),
    "payoff": _Form("payoff", _numbers, _written_numbers),
    "today": _Form("today", _today, lambda today: today if today == "none" else today.text()),
    "hidden": _Form("hide", _names, _joined),
    "gaps": _Form("gaps"),
    "intervals": _Form("intervals", _switch, _written_switch),
    "seed": _Form("seed", int),
    "names": _Form("names", _pairs, _written_pairs),
    "also": _Form("also"),
    "limits": _Form("limits", _limits, _written_limits),
    "serving": _Form("serve", _serving, _written_amounts),
    "times": _Form("times", _times, _written_times),
    "inspection": _Form("inspectors", _amounts, _written_amounts),
    "weights": _Form("weights", _numbers, _written_weights),
    "miss_cost_by_type": _Form("kinds", _prices, _written_prices),
    "unit_notes": _Form("marked", _pairs, _written_pairs),
    "notes": _Form("notes", _pairs, _written_pairs),
    "rows": _Form("rows"),
}
"""Text form of each field of `Choices`."""


def to_query(choices: Choices) -> dict[str, str]:
    """Query parameters of a link, without choices that have their default."""
    default = Choices()
    return {
        form.key: form.written(getattr(choices, field))
        for field, form in _FORMS.items()
        if getattr(choices, field) != getattr(default, field)
    }


def from_query(query: Mapping[str, str]) -> tuple[Choices, tuple[str, ...]]:
    """Choices of a link, and the keys whose values could not be used. These choices keep their defaults."""
    if "inspect" in query:
        query = {"inspectors": _without_wait(query["inspect"]), **query}
    values: dict[str, Any] = {}
    refused: set[str] = set()
    for field, form in _FORMS.items():
        if form.key in query:
            try:
                values[field] = form.parsed(query[form.key])
            except ValueError:
                refused.add(field)
    try:
        choices = strict_mapping.read(Choices, values)
    except StructureError as error:
        refused |= {str(fault.path[0]) for fault in error.faults}
        choices = strict_mapping.read(
            Choices, {field: value for field, value in values.items() if field not in refused}
        )
    return choices, tuple(form.key for field, form in _FORMS.items() if field in refused)


assert set(_FORMS) == {field.name for field in fields(Choices)}

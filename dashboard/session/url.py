"""Query string of a link: write `Choices` as query parameters, and read them back.

The rules for a value are at its field in `Choices`; this module has only the text form. A parameter that
cannot be read leaves its choice at the default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from dashboard.session.choices import Choices, Point
from metrics import strict_mapping
from metrics.strict_mapping import StructureError


@dataclass(frozen=True)
class _Form:
    """Text form of a value.

    Attributes
    ----------
    parsed : callable
        Parses the text; raises ValueError if it has another form.
    written : callable
        Writes the value as text.
    """

    parsed: Callable[[str], Any] = str
    written: Callable[[Any], str] = str


def _listed(item: _Form) -> _Form:
    """Form of values between commas, which contain no commas themselves."""
    return _Form(
        lambda text: [item.parsed(part) for part in text.split(",")],
        lambda values: ",".join(map(item.written, values)),
    )


def _escaped(item: _Form) -> _Form:
    """Form of values between commas. A backslash escapes a comma or a backslash within a value."""

    def written(values: Iterable[Any]) -> str:
        texts = map(item.written, values)
        return ",".join(text.replace("\\", "\\\\").replace(",", "\\,") for text in texts)

    return _Form(lambda text: [item.parsed(part) for part in _parts(text)], written)


def _parts(text: str) -> list[str]:
    parts, part, escaped = [], "", False
    for character in text:
        if escaped or character not in "\\,":
            part, escaped = part + character, False
        elif character == "\\":
            escaped = True
        else:
            parts.append(part)
            part = ""
    return [*parts, part]


def _optional(item: _Form) -> _Form:
    """Form of a value in which an empty text stands for `None`."""
    return _Form(
        lambda text: item.parsed(text) if text else None,
        lambda value: "" if value is None else item.written(value),
    )


def _or_none(values: _Form) -> _Form:
    """Form of values between commas, in which "none" stands for no values."""
    return _Form(
        lambda text: [] if text == "none" else values.parsed(text),
        lambda items: values.written(items) or "none",
    )


def _bound(text: str) -> tuple[str, float]:
    name, _, value = text.partition(":")
    return name, float(value)


def _serving(text: str) -> list[float | None]:
    amounts: list[float | None] = _AMOUNTS.parsed(text)
    # Older links with five numbers also have the busiest hour, the longest wait and the share in time.
    return [amounts[0], None, amounts[4]] if len(amounts) == 5 else amounts


def _without_wait(text: str) -> str:
    """Drop the longest wait of a unit from the inspection of an older link."""
    amounts = text.split(",")
    return ",".join([*amounts[:6], "", *amounts[7:]])


def _without_repeats(values: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return list(dict(values).items())


def _times(text: str) -> list[tuple[str, float]]:
    points = _escaped(_POINT).parsed(text)  # seconds@model
    return _without_repeats((point.model, point.threshold or 0.0) for point in points)


def _written_times(times: tuple[tuple[str, float], ...]) -> str:
    return _escaped(_POINT).written(Point(model, seconds) for model, seconds in times)


_TEXT, _NUMBER, _POINT = _Form(), _Form(float, repr), _Form(Point.of, Point.text)
_AMOUNT = _Form(lambda text: float(text) or 0.0, repr)  # a negative zero becomes zero
_AMOUNTS, _PAIRS = _listed(_optional(_AMOUNT)), _escaped(_escaped(_TEXT))
_BOUND = _Form(_bound, lambda bound: f"{bound[0]}:{bound[1]!r}")
_WEIGHT = _Form(float, lambda weight: repr(weight).removesuffix(".0"))
_PRICES = _Form(
    lambda text: [(kind, float(price)) for kind, price in _PAIRS.parsed(text)],
    lambda prices: _PAIRS.written((kind, repr(price)) for kind, price in prices),
)
_LIMITS = _Form(
    lambda text: _without_repeats(map(_bound, text.split(","))), _listed(_BOUND).written
)
_FORMS = {
    "data": ("data", _TEXT),
    "objectives": ("want", _listed(_TEXT)),
    "bounds": ("within", _listed(_optional(_BOUND))),
    "point": ("point", _POINT),
    "axes": ("axes", _listed(_TEXT)),
    "x": ("x", _TEXT),
    "compare": ("beside", _TEXT),
    "pin": ("pin", _POINT),
    "miss_cost": ("miss", _NUMBER),
    "defect_rate": ("rate", _AMOUNT),
    "units_per_year": ("units", _AMOUNT),
    "currency": ("currency", _Form(str.strip)),
    "payoff": ("payoff", _listed(_NUMBER)),
    "miss_weight": ("weigh", _NUMBER),
    "today": (
        "today",
        _Form(
            lambda text: text if text == "none" else Point.of(text),
            lambda today: today if today == "none" else today.text(),
        ),
    ),
    "hidden": ("hide", _escaped(_TEXT)),
    "gaps": ("gaps", _TEXT),
    "intervals": (
        "intervals",
        _Form({"on": True, "off": False}.get, lambda on: "on" if on else "off"),
    ),
    "seed": ("seed", _Form(int)),
    "names": ("names", _PAIRS),
    "also": ("also", _TEXT),
    "limits": ("limits", _or_none(_LIMITS)),
    "serving": ("serve", _Form(_serving, _AMOUNTS.written)),
    "times": ("times", _Form(_times, _written_times)),
    "inspection": ("inspectors", _AMOUNTS),
    "weights": ("weights", _listed(_WEIGHT)),
    "miss_cost_by_type": ("kinds", _or_none(_PRICES)),
    "unit_notes": ("marked", _PAIRS),
    "notes": ("notes", _PAIRS),
    "rows": ("rows", _TEXT),
    "labels": ("labels", _TEXT),
}
"""Key and text form of each field of `Choices`."""


def to_query(choices: Choices) -> dict[str, str]:
    """Query parameters of a link, without choices that have their default."""
    default = Choices()
    return {
        key: form.written(getattr(choices, field))
        for field, (key, form) in _FORMS.items()
        if getattr(choices, field) != getattr(default, field)
    }


def address_of(page: str, choices: Choices, **changes: Any) -> str:
    """Address of a page within the app, with some of the choices changed."""
    return f"{page}?{urlencode(to_query(replace(choices, **changes)))}"


def from_query(query: Mapping[str, str]) -> tuple[Choices, tuple[str, ...]]:
    """Choices of a link, and the keys whose values could not be used. These choices keep their defaults."""
    if "inspect" in query:
        query = {"inspectors": _without_wait(query["inspect"]), **query}
    values: dict[str, Any] = {}
    refused: set[str] = set()
    for field, (key, form) in _FORMS.items():
        if key in query:
            try:
                values[field] = form.parsed(query[key])
            except ValueError:
                refused.add(field)
    try:
        choices = strict_mapping.read(Choices, values)
    except StructureError as error:
        refused |= {str(fault.path[0]) for fault in error.faults}
        choices = strict_mapping.read(
            Choices, {field: value for field, value in values.items() if field not in refused}
        )
    return choices, tuple(key for field, (key, _) in _FORMS.items() if field in refused)


assert set(_FORMS) == {field.name for field in fields(Choices)}

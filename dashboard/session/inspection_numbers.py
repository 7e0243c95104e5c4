"""An inspection as a tuple of numbers in a fixed order: the form of the choices and of a link."""

from __future__ import annotations

from typing import Any

from metrics.scenario.capacity import UTILISATION
from metrics.scenario.inspection import WEEK, Inspection

Numbers = tuple[float | None, ...]

FIELDS = (
    "price", "false_alarms", "catches", "rejects", "units_a_day", "hours", "utilisation",
    "hours_a_week", "catches_low", "catches_high", "rejects_low", "rejects_high",
)  # fmt: skip
"""Names of the numbers in their order."""
REQUIRED = 7
"""Number of the first fields that are required. The rest may be left out together."""
RATES = ("catches", "rejects")
"""Fields with a range."""
_UNSPECIFIED = (None,) * (len(FIELDS) - REQUIRED)


def _by_name(numbers: Numbers) -> dict[str, Any]:
    return dict(zip(FIELDS, (*numbers, *_UNSPECIFIED), strict=False))


def is_inspection(numbers: Numbers) -> bool:
    """True if there is a number for each field, with at most one price and rates within their ranges."""
    if len(numbers) not in (REQUIRED, len(FIELDS)):
        return False
    fields = _by_name(numbers)
    most = {"hours": 24, "utilisation": 1, "hours_a_week": WEEK}
    if any((fields[name] or 0) > bound for name, bound in most.items()):
        return False
    for rate in RATES:
        ends = fields[f"{rate}_low"], fields[rate], fields[f"{rate}_high"]
        ascending = [share for share in ends if share is not None]
        if fields[rate] is None or ascending != sorted(ascending) or ascending[-1] > 1:
            return False
    return fields["price"] is None or fields["false_alarms"] is None


def inspection_of(numbers: Numbers) -> Inspection:
    """Inspection of the numbers. A 0 means not specified, except for prices and rates."""
    fields = _by_name(numbers)
    for rate in RATES:
        ends = tuple(fields.pop(f"{rate}_{end}") for end in ("low", "high"))
        if ends != (None, None):
            fields[f"{rate}_range"] = tuple(fields[rate] if end is None else end for end in ends)
    fields |= {name: fields[name] or None for name in ("units_a_day", "hours", "hours_a_week")}
    return Inspection(**fields | {"utilisation": fields["utilisation"] or UTILISATION})


def numbers_of(inspection: Inspection) -> Numbers:
    """Numbers of an inspection; without those that may be left out if none of them is specified."""
    ranges = (inspection.catches_range or (None, None)), (inspection.rejects_range or (None, None))
    return _shortened((*(getattr(inspection, name) for name in FIELDS[:8]), *ranges[0], *ranges[1]))


def with_number(numbers: Numbers, name: str, value: float | None) -> Numbers:
    """Numbers with another value of a field; `None` if it is not specified.

    One price replaces the other. A rate and the ends of its range stay in order: the given value moves those
    that it passes.
    """
    fields = _by_name(numbers)
    if name in ("price", "false_alarms") and value is not None:
        fields |= {"price": None, "false_alarms": None}
    fields[name] = value
    rate, _, end = name.partition("_")
    if value is not None and rate in RATES:
        upwards = {"low": (rate, f"{rate}_high"), "": (f"{rate}_high",)}.get(end, ())
        downwards = {"high": (rate, f"{rate}_low"), "": (f"{rate}_low",)}.get(end, ())
        for move, names in ((max, upwards), (min, downwards)):
            for other in names:
                before = fields[other]
                fields[other] = None if before is None else move(before, value)
    return _shortened(tuple(fields.values()))


def _shortened(numbers: Numbers) -> Numbers:
    return numbers if numbers[REQUIRED:] != _UNSPECIFIED else numbers[:REQUIRED]

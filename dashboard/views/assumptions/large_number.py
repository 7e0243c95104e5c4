"""Labels of fields whose numbers may have more digits than are read: a field groups none."""

from __future__ import annotations

from dashboard.words.numbers import count


def is_many(value: float) -> bool:
    """Whether a number has so many digits that without groups they would have to be counted."""
    return abs(value) >= 10_000


def labelled(label: str, value: float | None) -> str:
    """A field's label, which says a large count in words: ``Units a year: 43.8 billion``."""
    return label if value is None or not is_many(value) else f"{label}: {count(value)}"

"""What a caller says of an input: its columns, the scale of its scores, whether its rows were held out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from metrics.errors import Keyword, Option, ScoreError

Scale = Literal["probability", "percent", "logit", "rank"]


RowsHeldOut = Literal["held-out", "out-of-fold", "training", "unknown"]


@dataclass(frozen=True)
class ReadOptions:
    """The caller's explicit options; None where it is to be detected."""

    id: tuple[str, ...] | None = None
    label: str | None = None
    positive: str | None = None
    models: tuple[str, ...] | None = None
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] | None = None
    defect_type: str | None = None
    scale: Scale | None = None
    decimal: str | None = None
    model_key: tuple[str, ...] | None = None
    score: str | None = None
    common_ids: bool = False

    @classmethod
    def of(cls, **options: Any) -> ReadOptions:
        """Take the options as a caller writes them: one name or several, values as text or as they are."""
        for name in ("id", "models", "segments", "model_key"):
            given = options.get(name)
            if given is not None:
                several = (given,) if isinstance(given, str) else tuple(given)
                options[name] = tuple(map(str, several))
        for name in ("label", "weight", "value", "group", "defect_type", "score"):
            if options.get(name) is not None:
                options[name] = str(options[name])
        if options.get("positive") is not None:
            options["positive"] = _label_text(options["positive"])
        return cls(**options)

    def trimmed(self) -> ReadOptions:
        """Return the same with column names as files are read: without spaces around them."""
        several = ("id", "models", "segments", "model_key")
        single = ("label", "weight", "value", "group", "defect_type", "score")
        named: dict[str, Any] = {
            name: names_of(given) for name in several if (given := getattr(self, name))
        }
        named |= {name: given.strip() for name in single if (given := getattr(self, name))}
        return replace(self, **named)


def _label_text(value: Any) -> str:
    """Return a label's value as the readers write it: truth values as words, whole numbers in full."""
    text = str(value)
    if text in {"True", "False"} and not isinstance(value, str):
        return text.lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else text


def names_of(written: Sequence[object]) -> tuple[str, ...]:
    """Column names as they are read: without spaces around them."""
    return tuple(str(name).strip() for name in written)


READING_OPTIONS = (
    "id label positive model models weight value group segment segments by type defect_type scale decimal "
    "model_key score common_ids"
).split()
"""Options of `metrics.open_scores`, by keyword and on the command line, that come before the counting."""
OF_COMMAND_LINE = ("segment", "by", "type")
"""Those that the command line names otherwise than by a keyword."""


def refuse_reading_options(named: Iterable[str], file: str) -> None:
    """Refuse options, by keyword, that say how columns are read, for a tally (``E_TALLY``)."""
    for name in named:
        if name in READING_OPTIONS:
            own = name in OF_COMMAND_LINE
            flag = f"--{name}" if own else Option(cast(Keyword, name)).flag
            raise ScoreError(
                "E_TALLY",
                f"how columns are read must be said when a tally is made, got {flag}",
                file=file,
                hint="Leave it out, or give the score files.",
            )

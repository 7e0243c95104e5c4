"""Problems of score files: error and warning codes, as a value and as the exception `ScoreError`.

A code with the prefix ``E_`` rejects the input. A code with the prefix ``W_`` is shown next to the figures.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias, TypedDict, Unpack

from metrics import strict_mapping
from metrics.strict_mapping import STRICT, Text, Whole

Severity = Literal["error", "warning"]

Keyword = Literal[
    "label",
    "positive",
    "id",
    "models",
    "scale",
    "decimal",
    "model_key",
    "score",
    "weight",
    "value",
    "group",
    "segments",
    "defect_type",
    "common_ids",
    "negative",
    "scores_of",
    "decision",
    "ignore",
]
"""Keywords of `metrics.open_scores` that a problem may refer to."""
SINGLE: tuple[Keyword, ...] = (
    "label", "weight", "value", "group", "defect_type", "decision", "score",
)  # fmt: skip
SEVERAL: tuple[Keyword, ...] = ("id", "models", "segments", "ignore", "model_key")
"""`SINGLE` keywords take one column, `SEVERAL` keywords take several."""


@dataclass(frozen=True)
class Option:
    """Reference to an option of `metrics.open_scores`; as text, the option on the command line.

    Attributes
    ----------
    values : tuple of str
        Suggested values; empty if the user must choose the value.
    place : {"object", "means", "end"}
        Position in the sentence: the object that is named, the means ("with --id"), or the end after a colon.
    """

    __pydantic_config__ = STRICT

    keyword: Keyword
    values: tuple[Text, ...] = ()
    place: Literal["object", "means", "end"] = "object"

    @property
    def flag(self) -> str:
        """Name on the command line."""
        shortened = {"models": "model", "segments": "segment", "defect_type": "type"}
        return f"--{shortened.get(self.keyword, self.keyword).replace('_', '-')}"

    def __str__(self) -> str:
        """Return the option as on the command line."""
        quoted = self.keyword == "decimal"
        values = either([f'"{value}"' if quoted else shlex.quote(value) for value in self.values])
        before = {"object": "", "means": "with ", "end": "it: "}[self.place]
        return f"{before}{self.flag}{' ' if values else ''}{values}"


def with_option(keyword: Keyword, *values: str) -> Option:
    """Return an option as the means in a sentence: ``with --id``."""
    return Option(keyword, values, "means")


@dataclass(frozen=True)
class FileName:
    """Reference to a file of the input, by its name as given."""

    __pydantic_config__ = STRICT

    name: Text

    def __str__(self) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True)
class Got:
    """The value that was found where a rule is broken."""

    __pydantic_config__ = STRICT

    got: Text

    def __str__(self) -> str:
        """Return the end of the sentence with the value."""
        return f", got {self.got}"


@dataclass(frozen=True)
class Quantity:
    """A number of things."""

    __pydantic_config__ = STRICT

    number: Whole
    one: Text
    several: Text

    def __str__(self) -> str:
        """Return the number with its noun."""
        return counted(self.number, self.one, self.several)


@dataclass(frozen=True)
class OneOf:
    """The possible values of something."""

    __pydantic_config__ = STRICT

    choices: tuple[Text, ...]

    def __str__(self) -> str:
        """Return the values with "or" before the last."""
        return either(self.choices)


Part: TypeAlias = str | Option | FileName | Got | Quantity | OneOf


class Wording(str):
    """A text that stores the values it was composed of, so that they need not be parsed again.

    Parameters
    ----------
    *parts : str, Option, FileName, Got, Quantity, OneOf
        Parts in order; a wording among them is replaced by its own parts.
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part) -> Wording:
        """Create the text as on the command line."""
        self = super().__new__(cls, "".join(map(str, parts)))
        self.parts = tuple(inner for part in parts for inner in parts_of(part))
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle by the parts."""
        return (Wording, self.parts)


def parts_of(text: Part) -> tuple[Part, ...]:
    """Return the parts of a text; a plain text is its only part."""
    return text.parts if isinstance(text, Wording) else (text,)


def reworded(text: str | None, part: Callable[[Part], Part]) -> str | None:
    """Return a text with a function applied to each part; `None` stays `None`."""
    return text if text is None else Wording(*map(part, parts_of(text)))


class _Worded:
    """Annotates a text. If it has parts other than plain text, the parts are serialised."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import BeforeValidator

        return BeforeValidator(_unpacked).__get_pydantic_core_schema__(Text, handler)


Words = Annotated[str, _Worded()]


_KINDS = {"option": Option, "file": FileName, "got": Got, "count": Quantity, "one_of": OneOf}
"""Class of a part by its serialised name."""


def _unpacked(written: Any) -> Any:
    """Return the wording of a list of parts; any other value is returned unchanged and checked later."""
    try:
        return Wording(*map(_part, written)) if isinstance(written, list) else written
    except (strict_mapping.StructureError, AttributeError, KeyError, ValueError):
        return written


def _part(written: Any) -> Part:
    if isinstance(written, str):
        return written
    [(kind, values)] = written.items()
    return strict_mapping.read(_KINDS[kind], values)


def _packed(text: str | None) -> Any:
    parts = () if text is None else parts_of(text)
    if all(isinstance(part, str) for part in parts):
        return text if text is None else str(text)
    names = {kind: name for name, kind in _KINDS.items()}
    return [part if isinstance(part, str) else {names[type(part)]: asdict(part)} for part in parts]


@dataclass(frozen=True)
class Problem:
    """An error or a warning about an input.

    Attributes
    ----------
    code : str
        Stable name such as ``E_RANGE``.
    severity : {"error", "warning"}
        An error rejects the input.
    message : str
        The rule and the value that broke it, without the location and the advice. A `Wording` stores the
        options, counts, choices, file names and values in the message.
    file : str or None
        Name of the file as given.
    row : int or None
        Data row, counted from 1 (the header is not a data row).
    column, value : str or None
        Column name, and the text found there.
    hint : str or None
        Advice on the next step.
    """

    __pydantic_config__ = STRICT

    code: Text
    severity: Severity
    message: Words
    file: Text | None = None
    row: Whole | None = None
    column: Text | None = None
    value: Text | None = None
    hint: Words | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict, with message and hint as plain text."""
        hint = self.hint if self.hint is None else str(self.hint)
        return asdict(self) | {"message": str(self.message), "hint": hint}

    def packed(self) -> dict[str, Any]:
        """Return a JSON-ready dict for `read`, including the parts of the texts."""
        return asdict(self) | {"message": _packed(self.message), "hint": _packed(self.hint)}

    @classmethod
    def read(cls, written: Any) -> Problem:
        """Read the result of `packed` or `as_dict`.

        Raises
        ------
        metrics.strict_mapping.StructureError
            If it has another structure.
        """
        return strict_mapping.read(cls, written)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Parts of message and hint."""
        return parts_of(self.message) + (() if self.hint is None else parts_of(self.hint))

    def reworded(self, part: Callable[[Part], Part]) -> Problem:
        """Return the problem with a function applied to each part of its texts."""
        message = reworded(self.message, part) or ""
        return replace(self, message=message, hint=reworded(self.hint, part))

    def renamed(self, names: Mapping[str, str]) -> Problem:
        """Return the problem with new file names, also inside its texts.

        Parameters
        ----------
        names : mapping of str to str
            New name by the name as given. Plain text from a library may contain a name as well.
        """
        # Longer names come first, because one name may be the beginning of another.
        ordered = sorted(names, key=len, reverse=True)

        def rename(text: str) -> str:
            for name in ordered:
                text = text.replace(name, names[name])
            return text

        def rename_part(part: Part) -> Part:
            match part:
                case FileName(name):
                    return FileName(names[name] if name in names else rename(name))
                case Got(got):
                    return Got(rename(got))
                case str(text):
                    return rename(text)
            return part

        renamed = self.reworded(rename_part)
        return replace(renamed, file=self.file and rename(self.file))

    def __str__(self) -> str:
        """Return message, location and advice as sentences."""
        place = [self.file] if self.file is not None else []
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        where = f" ({', '.join(place)})" if place else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.message}{where}.{hint}"


class Details(TypedDict, total=False):
    """Location of a problem, the value found there, and advice; see `Problem`."""

    file: str | None
    row: int | None
    column: str | None
    value: str | None
    hint: str | None


class ScoreError(ValueError):
    """Raised if an input is rejected.

    Parameters
    ----------
    code, message : str
        See `Problem`.
    **details
        File, row, column, value and hint of the problem, as far as known.

    Attributes
    ----------
    problems : tuple of Problem
        Errors first.
    code, message, file, row, column, value, hint
        Those of the first problem.
    """

    problems: tuple[Problem, ...]
    code: str
    message: str
    file: str | None
    row: int | None
    column: str | None
    value: str | None
    hint: str | None

    def __init__(self, code: str, message: str, **details: Unpack[Details]) -> None:
        self._hold((Problem(code, "error", message, **details),))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> ScoreError:
        """Build one exception from several problems, errors first.

        Raises
        ------
        TypeError
            If none of the problems is an error.
        """
        ordered = tuple(sorted(problems, key=lambda p: p.severity != "error"))
        if not ordered or ordered[0].severity != "error":
            raise TypeError("problems must hold at least one error, got none")
        error = cls.__new__(cls)
        error._hold(ordered)
        return error

    def _hold(self, problems: tuple[Problem, ...]) -> None:
        """Set the problems, the attributes of the first one, and the text of all errors."""
        ValueError.__init__(self, "\n".join(str(p) for p in problems if p.severity == "error"))
        vars(self).update(vars(problems[0]), problems=problems)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the problems, so that the error can be sent between processes."""
        return (ScoreError.of, (self.problems,))


def warning(code: str, message: str, **details: Unpack[Details]) -> Problem:
    """Return a `Problem` that does not reject the input."""
    return Problem(code, "warning", message, **details)


def shown(value: object, limit: int = 60) -> str:
    """Return the text of a value, shortened to fit into a sentence."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def counted(number: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun: ``1 row``, ``2,000 rows``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def either(values: Sequence[str]) -> str:
    """Return choices as text: ``a, b or c``."""
    first = ", ".join(values[:-1])
    return " or ".join(filter(None, [first, *values[-1:]]))

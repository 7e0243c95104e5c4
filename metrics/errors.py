"""What can be wrong with a score file, as a value that travels and as an exception.

A code beginning with ``E_`` refuses the input; one beginning with ``W_`` is shown beside the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from metrics.strict_mapping import STRICT, Text, Whole

Severity = Literal["error", "warning"]

# Names and values come from files. What they may bring along, as parts of a regular expression's class:
CONTROLS = "\x00-\x1f\x7f-\x9f"
"""What begins a line, moves the cursor or colours the text."""
LINE_ENDS = "\u2028\u2029"
TURNS = "\u202a-\u202e\u2066-\u2069"
"""What turns the direction of all that follows."""
DIRECTION_MARKS = "\u061c\u200e\u200f"
"""What turns the direction where it stands."""
SURROGATES = "\ud800-\udfff"
"""Halves of a character, which cannot be encoded."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with, or worth knowing about, an input.

    Attributes
    ----------
    code : str
        Stable name such as ``E_RANGE``.
    severity : {"error", "warning"}
        An error refuses the input.
    message : str
        The rule and the value that broke it, without the place and the next act.
    file : str or None
        Name of the file as it was given.
    row : int or None
        Data row, counted from 1 (the header is not a data row).
    column, value : str or None
        Column name and the text that was found there.
    hint : str or None
        What to do next.
    """

    __pydantic_config__ = STRICT

    code: Text
    severity: Severity
    message: Text
    file: Text | None = None
    row: Whole | None = None
    column: Text | None = None
    value: Text | None = None
    hint: Text | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self)

    def __str__(self) -> str:
        """Return message, place and next act as sentences."""
        place = [self.file] if self.file is not None else []
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        where = f" ({', '.join(place)})" if place else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.message}{where}.{hint}"


class ScoreError(ValueError):
    """The input is refused.

    Parameters
    ----------
    code, message : str
        See `Problem`.
    file, row, column, value, hint : optional
        See `Problem`.
    """

    problems: tuple[Problem, ...]

    def __init__(
        self,
        code: str,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        hint: str | None = None,
    ) -> None:
        problem = Problem(code, "error", message, file, row, column, value, hint)
        self.problems = (problem,)
        super().__init__(str(problem))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> ScoreError:
        """Build one exception of several problems, errors first.

        Raises
        ------
        TypeError
            Where none of the problems is an error.
        """
        ordered = tuple(sorted(problems, key=lambda p: p.severity != "error"))
        if not ordered or ordered[0].severity != "error":
            raise TypeError("problems must hold at least one error, got none")
        error = cls.__new__(cls)
        error.problems = ordered
        ValueError.__init__(error, "\n".join(str(p) for p in ordered if p.severity == "error"))
        return error

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the problems, so that the error crosses process borders."""
        return (ScoreError.of, (self.problems,))

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.problems[0].code

    @property
    def message(self) -> str:
        """Message of the first problem."""
        return self.problems[0].message

    @property
    def file(self) -> str | None:
        """File of the first problem."""
        return self.problems[0].file

    @property
    def row(self) -> int | None:
        """Data row of the first problem, from 1."""
        return self.problems[0].row

    @property
    def column(self) -> str | None:
        """Column of the first problem."""
        return self.problems[0].column

    @property
    def value(self) -> str | None:
        """Text that was found there."""
        return self.problems[0].value

    @property
    def hint(self) -> str | None:
        """What to do next."""
        return self.problems[0].hint


def warning(
    code: str,
    message: str,
    *,
    file: str | None = None,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
    hint: str | None = None,
) -> Problem:
    """Return a `Problem` that does not refuse the input."""
    return Problem(code, "warning", message, file, row, column, value, hint)


def shown(value: object, limit: int = 60) -> str:
    """Return the text of a value, cut so that it fits in a sentence."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def counted(number: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun: ``1 row``, ``2,000 rows``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"

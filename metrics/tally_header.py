"""What a tally file says of the rows that were counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast, get_args

from metrics.columns import Columns, RowsHeldOut, Scale
from metrics.errors import Problem, ScoreError, warning
from metrics.scores import TRAINING

MOST_TEXT = 10_000
COUNTING = 1
"""Version of the counting: raised when the same rows would give other arrays."""


@dataclass(frozen=True)
class Header:
    """What was counted, and how.

    Attributes
    ----------
    columns : Columns
        As they were mapped. Rows that come in groups have a group column.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}
    files : tuple of str
        Names of the score files, without folders.
    counted : tuple of str
        Fingerprint of each data set that is in the tally; of one more than one, it was added.
    problems : tuple of Problem
        What the gate warned of.
    max_thresholds : int
    """

    columns: Columns
    held_out: RowsHeldOut
    files: tuple[str, ...]
    counted: tuple[str, ...]
    problems: tuple[Problem, ...]
    max_thresholds: int

    def all_problems(self, file: str, *, complete: bool) -> tuple[Problem, ...]:
        """What the gate warned of, and what the tally cannot do.

        Parameters
        ----------
        file : str
            Name of the tally.
        complete : bool
            Whether every score is one of its thresholds.
        """
        said = [TRAINING] if self.held_out == "training" else []
        kept = [p for p in self.problems if p.code != TRAINING.code]
        return tuple(dict.fromkeys([*kept, *said, *_limits(file, complete)]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self)


def _limits(file: str, complete: bool) -> list[Problem]:
    """What a tally cannot do, and what of the rows is still in it."""
    text = "a tally holds counts, not rows: no unit can be looked at, and no further part of them counted"
    inexact = "; at thresholds between its own it is not exact"
    open_rows = "For these open the score files."
    said = [warning("W_TALLY", text + ("" if complete else inexact), file=file, hint=open_rows)]
    if complete:
        said.append(
            warning(
                "W_SCORESINSIDE",
                "every distinct score is a threshold, so whoever has the file has the scores, without ids",
                file=file,
                hint="To hand on less, count with a smaller --max-thresholds.",
            )
        )
    return said


OF_COLUMNS = (
    "id label positive model models weight value group segment segments scale decimal model_key score "
    "common_ids"
).split()
"""Options of `metrics.open_scores`, by keyword and on the command line, that come before the counting."""


def refuse_options(named: Iterable[str], file: str) -> None:
    """Refuse options that say how columns are read.

    Parameters
    ----------
    named : iterable of str
        Those that were given, by keyword.
    file : str
        Name of the tally.

    Raises
    ------
    ScoreError
        ``E_TALLY``.
    """
    for name in named:
        if name in OF_COLUMNS:
            option = name if name not in ("models", "segments") else name.removesuffix("s")
            raise ScoreError(
                "E_TALLY",
                "how columns are read must be said when a tally is made, "
                f"got --{option.replace('_', '-')}",
                file=file,
                hint="Leave it out, or give the score files.",
            )


def header_from(said: Mapping[str, Any], file: str) -> Header:
    """Read what a tally file says of itself.

    Parameters
    ----------
    said : mapping
        From its JSON.
    file : str
        Its name, for messages.

    Returns
    -------
    Header

    Raises
    ------
    ScoreError
        ``E_TALLY`` where it says other things than a tally's, ``E_VERSION`` where it was counted in
        another way.
    """
    if (counting := said.get("counting")) != COUNTING:
        raise ScoreError(
            "E_VERSION",
            f"a tally must be counted as this version counts (version {COUNTING}), got {counting!r}",
            file=file,
            hint="Count the score files anew with common-ground tally.",
        )
    try:
        columns = dict(said["columns"])
        header = Header(
            columns=Columns(
                id=_texts(columns["id"]),
                label=_text(columns["label"]),
                positive=_text(columns["positive"]),
                models=_texts(columns["models"]),
                weight=_perhaps(columns["weight"]),
                value=_perhaps(columns["value"]),
                group=_perhaps(columns["group"]),
                segments=_texts(columns["segments"]),
            ),
            held_out=cast(RowsHeldOut, _one_of(said["held_out"], get_args(RowsHeldOut))),
            files=_texts(said["files"]),
            counted=_texts(said["counted"]),
            problems=tuple(_problem(problem) for problem in said["problems"]),
            max_thresholds=_whole(said["max_thresholds"]),
        )
        _one_of(said["scale"], get_args(Scale))
        if header.columns.models != tuple(said["models"]):
            raise ValueError("models")
        for name, there in (("weight", "weighted"), ("value", "valued")):
            if (getattr(header.columns, name) is not None) != said[there]:
                raise ValueError(name)
        if not header.files or not header.counted:
            raise ValueError("files")
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(
            "E_TALLY",
            f"a tally file must say what was counted, got a header that does not ({error})",
            file=file,
            hint="Make it anew with common-ground tally.",
        ) from error
    return header


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError("text")
    return value


def _perhaps(value: object) -> str | None:
    return None if value is None else _text(value)


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("list")
    return tuple(_text(value) for value in values)


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return str(value)


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("number")
    return value


def _problem(said: Mapping[str, Any]) -> Problem:
    row = said["row"]
    return Problem(
        code=_text(said["code"]),
        severity="warning" if said["severity"] != "error" else _never(),
        message=_text(said["message"]),
        file=_perhaps(said["file"]),
        row=None if row is None else _whole(row),
        column=_perhaps(said["column"]),
        value=_perhaps(said["value"]),
        hint=_perhaps(said["hint"]),
    )


def _never() -> Any:
    raise ValueError("a problem that refuses")

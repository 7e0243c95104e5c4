"""Description of a tally in the header of its file: what was counted, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.checked_columns import Columns
from metrics.io.read_options import RowsHeldOut
from metrics.io.scores import TRAINING
from metrics.strict_mapping import STRICT, Must, StructureError, Text, Whole, not_below
from metrics.tally.file.packed_tally import PackedTally
from metrics.tally.file.versions import check_counting_version

MAX_TEXT = 10_000
"""Largest number of characters of a text in the header."""

_NotEmpty = Must("name at least one", bool)
_Warning = Annotated[Problem, Must("be a warning", lambda problem: problem.severity == "warning")]


@dataclass(frozen=True)
class Header:
    """Description of what was counted, and how.

    Attributes
    ----------
    columns : Columns
        Column roles. Rows that come in groups have a group column.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}
    files : tuple of str
        Names of the score files, without folders.
    counted : tuple of str
        Fingerprint of each data set in the tally; several if tallies were added.
    problems : tuple of Problem
        Warnings of the input checks.
    max_thresholds : int
        Limit for the choice of the tally's thresholds; the largest limit if tallies were added.
    """

    __pydantic_config__ = STRICT

    columns: Columns
    held_out: RowsHeldOut
    files: Annotated[tuple[Text, ...], _NotEmpty]
    counted: Annotated[tuple[Text, ...], _NotEmpty]
    problems: tuple[_Warning, ...]
    max_thresholds: Annotated[Whole, not_below(0)]

    def all_problems(self, file: str, *, complete: bool) -> tuple[Problem, ...]:
        """Warnings of the input checks, and limitations of the tally.

        Parameters
        ----------
        file : str
            Name of the tally file.
        complete : bool
            True if every distinct score is a threshold.
        """
        training = [TRAINING] if self.held_out == "training" else []
        others = [problem for problem in self.problems if problem.code != TRAINING.code]
        return tuple(dict.fromkeys([*others, *training, *_limitations(file, complete)]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self) | {"problems": [problem.packed() for problem in self.problems]}


def _limitations(file: str, complete: bool) -> list[Problem]:
    """Limitations of a tally, and the row data that it still contains."""
    text = "a tally holds counts, not rows: it can show no units and count no further segments"
    inexact = "; at thresholds between its own it is not exact"
    open_rows = "Open the score files to see these."
    problems = [warning("W_TALLY", text + ("" if complete else inexact), file=file, hint=open_rows)]
    if complete:
        problems.append(
            warning(
                "W_SCORESINSIDE",
                "every distinct score is a threshold, so the file holds the scores, without ids",
                file=file,
                hint="Count with a smaller --max-thresholds to share fewer scores.",
            )
        )
    return problems


def read_header(packed: PackedTally, file: str) -> Header:
    """Read the description in a tally file.

    Raises
    ------
    ScoreError
        ``E_TALLY`` if the header is invalid, ``E_VERSION`` if the tally has another counting version.
    """
    content = dict(packed.about)
    content.pop("made_by", None)
    check_counting_version(content.pop("counting", None), file)
    _check_lengths(_texts(content), file)
    try:
        header = strict_mapping.read(Header, content)
    except StructureError as error:
        fault = error.faults[0]
        raise _header_error(file, fault.key, fault.rule, fault.value) from error
    # Several texts, each short enough, may be joined to a message that is too long.
    all_texts = [text for problem in header.problems for text in (problem.message, problem.hint)]
    _check_lengths((text for text in all_texts if text is not None), file)
    columns = header.columns
    if columns.models != packed.header.models:
        raise _header_error(
            file, "columns.models", "be those that are counted", ", ".join(columns.models)
        )
    for name, column, is_counted in (
        ("weight", columns.weight, packed.header.weighted),
        ("value", columns.value, packed.header.valued),
    ):
        if (column is not None) != is_counted:
            rule = "be given exactly if the tally has counted it"
            raise _header_error(file, f"columns.{name}", rule, column)
    return header


def _header_error(file: str, key: str, rule: str, value: object) -> ScoreError:
    """Error for a header in which an entry breaks a rule."""
    return ScoreError(
        "E_TALLY",
        f"a tally file must say what was counted: {key} must {rule}, got {shown(value)}",
        file=file,
        column=key,
        value=None if value is None else shown(value),
        hint="Make it again with common-ground tally.",
    )


def _check_lengths(texts: Iterable[str], file: str) -> None:
    for text in texts:
        if len(text) > MAX_TEXT:
            raise _header_error(file, "a text", f"have at most {MAX_TEXT:,} characters", text)


def _texts(content: Any) -> Iterator[str]:
    """All texts in a nested structure, except keys."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)

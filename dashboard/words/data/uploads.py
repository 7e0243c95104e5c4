"""Words of the Data page: upload form, progress and outcome, refusals, and facts of open data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from dashboard.data.dataset import Dataset
from dashboard.data.uploads.in_progress import Upload
from dashboard.data.uploads.job import MAX_FILES
from dashboard.words.data.problems import SCALES
from dashboard.words.data_size import HELD_OUT
from dashboard.words.numbers.amounts import number
from dashboard.words.phrases import first_of
from metrics import Problem, TallyFile
from metrics.errors import Keyword, Option

FORMATS = "CSV, TSV, Parquet, JSON lines or NPZ; plain, .gz or .zst; or a tally"
HELD_OUT_ANSWERS = HELD_OUT | {
    "held-out": "held out: no model saw them",
    "training": "training rows",
    "unknown": "I do not know",
}
BOX_HELP = (
    "One score file; a label file and score files that join on the id; or one tally, which holds counts "
    "instead of rows."
)
LOOK_HELP = "Shows what the first rows are taken for, and lets you say otherwise."
OPENED = "The files are open. The left side shows what was read."
ALL_TOGETHER = (
    "All files in the box are opened together: remove what was refused, or add what belongs to it."
)
"""Help of the file box and of its buttons, and notes below the box."""
CANDIDATES = "Names and notes go with the link."
HELD_OUT_HELP = "It goes with the link and with what is recorded."
CHECKED_HELP = "Nobody knows the defects among unchecked units. The answer goes with the link."
CHANCE_HELP = (
    "1 for flagged units, empty for unchecked ones. A unit of the sample counts 1 / its chance."
)
"""Notes on the Data page."""


def reading(upload: Upload | None, names: Sequence[str], *, is_opening: bool) -> str:
    """Progress of an upload that is being read; `None` while its files are being written to the server."""
    listed = ", ".join(names)
    if upload is None:
        return f"Opening {listed} …"
    if upload.job.waiting:
        return f"{listed} waits while other files are read."
    if is_opening:
        return f"Reading {listed}: {number(upload.job.rows)} rows so far."
    return f"Looking at the first rows of {listed}."


def outcome(names: Sequence[str], *, is_opening: bool, is_read: bool) -> str:
    """Message on other pages that an upload needs an answer on the Data page, or is finished."""
    done = "has been looked at"
    if is_opening:
        done = "has been read" if is_read else "raises questions"
    return f"{', '.join(names)} {done}: see the Data page."


def start_with(options: Mapping[str, Any]) -> str:
    """Sentence with the options of the command line that open the files with these options of reading.

    Examples
    --------
    >>> start_with({"defect_type": "flaw", "ignore": ("lot",), "held_out": "held-out"})
    'Next time, start with --type flaw --ignore lot.'
    """
    named = [
        str(Option(keyword, (name,) if name else ()))
        for keyword in get_args(Keyword)
        for value in [options.get(keyword) or ()]
        for name in ((value,) if isinstance(value, str) else ("",) if value is True else value)
    ]
    return f"Next time, start with {' '.join(named)}."


NO_PROBABILITIES = ": no log loss, Brier score or calibration"
"""Figures that are undefined for scores that only rank the units."""


def data_facts(dataset: Dataset) -> list[tuple[str, str]]:
    """Facts about a data set as names and values. A value is empty if the fact does not apply."""
    columns, uses, entry = dataset.scores.columns, dataset.column_uses, dataset.entry
    label = next(column.name for column in uses if column.use == "label")
    positive = columns.positive if entry is None else entry.columns["positive"]
    scale = dataset.scores.scale
    has_id = any(column.use == "id" for column in uses)
    return [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Counted from", _counted_from(dataset)),
        ("Scores are", f"{SCALES[scale]}{NO_PROBABILITIES if scale == 'rank' else ''}"),
        ("Defective", f"where {label} is {positive}"),
        ("Id", "" if has_id else "none: rows are numbered"),
    ]


def _counted_from(dataset: Dataset) -> str:
    """Names of the score files that a tally was counted from; empty for data that has its rows."""
    scores = dataset.scores
    if not isinstance(scores, TallyFile):
        return ""
    names, several = first_of(scores.header.files, 6), len(scores.header.counted)
    return f"{names} ({several} tallies added)" if several > 1 else names


def too_many_files(files: int) -> Problem:
    """Refusal of an upload of too many files."""
    message = f"an upload must have at most {MAX_FILES} files, got {files}"
    return Problem("E_SIZE", "error", message, hint="Put several models into one file.")


def too_large(total: float, most: float) -> Problem:
    """Refusal of files that are too large together; sizes in megabytes."""
    message = (
        f"the files of an upload must have at most {number(most)} MB together, got {number(total)}"
    )
    hint = "Write them as Parquet or compressed, or name them when the app starts."
    return Problem("E_SIZE", "error", message, hint=hint)


def no_room(needed: float, room: float) -> Problem:
    """Refusal of an upload that does not fit beside the others; sizes in megabytes."""
    message = (
        f"all uploads must fit into the {number(room)} MB of this server, got {number(needed)}"
    )
    hint = "Delete an upload of yours, or ask the operator of the server for more room."
    return Problem("E_SIZE", "error", message, hint=hint)


def not_placed(error: BaseException) -> Problem:
    """Failure to store an upload. The text of the error names folders of the server, so it is not shown."""
    code = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(code) if code else type(error).__name__
    message = f"an upload must find its place on the server, got: {reason}"
    hint = "Try again later, or ask the operator of the server."
    return Problem("E_FILE", "error", message, hint=hint)

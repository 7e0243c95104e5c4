"""Words for uploads: the form, help and notes, progress and outcome, and reading again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from dashboard.data.uploads.in_progress import Upload
from dashboard.words.data_size import HELD_OUT
from dashboard.words.numbers.amounts import number
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

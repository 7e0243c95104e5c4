"""Words for uploads: progress, questions about the files, facts about the data, outcome, and deletion."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.data.dataset import Dataset
from dashboard.data.uploads.in_progress import Upload
from dashboard.data.uploads.job import MAX_FILES
from dashboard.data.uploads.metadata import Entry
from dashboard.words.data.problems import FORM, SCALES
from dashboard.words.data_size import HELD_OUT
from dashboard.words.decisions.register import clipped
from dashboard.words.numbers.amounts import number
from dashboard.words.phrases import capital, first_of, in_words
from metrics import Problem, TallyFile
from metrics.errors import SEVERAL, SINGLE, Option

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
CANDIDATES = "Ticked ones are discussed. Names and notes go with the link; the file stays as it is."
HELD_OUT_HELP = "It goes with the link and with what is recorded."
CHECKED_HELP = "Nobody knows the defects among unchecked units. The answer goes with the link."
CHANCE_HELP = (
    "1 for flagged units, empty for unchecked ones. A unit of the sample counts 1 / its chance."
)
NO_PROBLEMS = "Nothing: every value was read without a question."
"""Notes on the Data page."""
_MODELS = "Which columns hold a model’s probability of a defect?"
QUESTIONS = {
    "E_POSLABEL": ("positive", "Which label value means defective?"),
    "E_LABELSENSE": ("positive", "Which value of {column} means defective?"),
    "E_MULTICLASS": ("positive", "Which label value means defective, or which alone is good?"),
    "E_RANGE": ("scale", "What are the scores? Not all of them lie between 0 and 1."),
    "E_DECIMAL_COMMA": ("decimal", "Is the comma the decimal sign?"),
    "E_NOLABEL": ("label", "Which column is the label? If none is, add the label file."),
    "E_TWOLABELS": ("label", "Which column is the true label?"),
    "E_CONFLICT": ("label", "Which column is the true label?"),
    "E_NOMODEL": ("models", "Which columns are the models’ scores?"),
    "E_WHICHMODELS": ("models", "Which columns are the models’ scores?"),
    "E_COMPLEMENT": ("models", _MODELS),
    "E_CLASSCOLUMN": ("models", _MODELS),
    "E_TOPK": ("models", "Which column is the model’s score?"),
    "W_GROUPED": (
        "group",
        "Do rows belong together (batch, camera, patient)? If so, by which column?",
    ),
    "E_NOID": ("id", "Which column names the unit?"),
    "E_JOIN": ("common_ids", FORM["common_ids"]),
}
"""Option that resolves a problem, and the question that asks for it, by code of the problem."""
WHICH_IDS = ("id", "Which columns name the unit, in each of the files?")
"""Option and question if the files cannot be joined on the ids that they share."""


def questions_before_opening(questions: int, files: int) -> str:
    """Heading above the questions about an upload.

    Examples
    --------
    >>> questions_before_opening(2, 1)
    'Two questions before this file opens'
    """
    number_of_questions = f"{capital(in_words(questions))} question{'s' if questions > 1 else ''}"
    return f"{number_of_questions} before {'this file opens' if files == 1 else 'these files open'}"


def reading(upload: Upload, names: Sequence[str], *, is_kept: bool) -> str:
    """Progress of an upload that is being read."""
    listed = ", ".join(names)
    if upload.job.waiting:
        return f"{listed} waits while other files are read."
    if is_kept:
        return f"Reading {listed}: {number(upload.job.rows)} rows so far."
    return f"Looking at the first rows of {listed}."


def outcome(names: Sequence[str], *, is_kept: bool, is_read: bool) -> str:
    """Message on other pages that an upload needs an answer on the Data page, or is finished."""
    done = "has been looked at"
    if is_kept:
        done = "has been read" if is_read else "raises questions"
    return f"{', '.join(names)} {done}: see the Data page."


NO_PROBABILITIES = ": no log loss, Brier score or calibration"
"""Figures that are undefined for scores that only rank the units."""
ORIGINS = {
    "sample": "the sample that comes with Common Ground",
    "command line": "named when the app was started",
    "upload": "uploaded",
}


def data_facts(dataset: Dataset, rows: Sequence[int]) -> list[tuple[str, str]]:
    """Facts about a data set as names and values. A value is empty if the fact does not apply.

    Parameters
    ----------
    rows : sequence of int
        Numbers of good units and of defects.
    """
    units, defects = sum(rows), rows[1]
    columns, uses, entry = dataset.scores.columns, dataset.column_uses, dataset.entry
    label = next(column.name for column in uses if column.use == "label")
    positive = columns.positive if entry is None else entry.columns["positive"]
    scale, held_out = dataset.scores.scale, dataset.scores.held_out
    has_id = any(column.use == "id" for column in uses)
    return [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Counted from", _counted_from(dataset)),
        ("Origin", ORIGINS[dataset.origin]),
        ("Units", number(units)),
        ("Defects", f"{number(defects)} ({number(100 * defects / units, 2)}%)"),
        ("Rows were", "" if held_out == "unknown" else HELD_OUT[held_out]),
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


def missing_data(files: Sequence[str], *, is_altered: bool) -> tuple[str, str]:
    """Title and text of a page whose link names data that is not on this server.

    Parameters
    ----------
    files : sequence of str
        Names of the files; empty if this server does not know them.
    is_altered : bool
        Whether the copy on this server was changed since it was uploaded.
    """
    title = "This link is about data that is not here"
    if not files:
        return title, (
            "It names data that this server has not seen, or no longer knows. Open its files, read as they "
            "were, and the link works."
        )
    named = f"It is about {', '.join(files)}"
    if is_altered:
        return "The data of this link was changed on the server", (
            f"{named}. What the server keeps of it is no longer what was uploaded, so nothing of it is "
            "shown. Open the file again, and the link works; and tell whoever runs the server."
        )
    return title, (
        f"{named}, which was uploaded here and has been removed since. Open it again, and the link works."
    )


def start_with(options: Mapping[str, Any]) -> str:
    """Sentence with the options of the command line that open the files with these roles of the columns.

    Examples
    --------
    >>> start_with({"defect_type": "flaw", "ignore": ("lot",), "held_out": "held-out"})
    'Read again. To open the files so, start with --type flaw --ignore lot.'
    """
    named = [
        str(Option(keyword, (name,)))
        for keyword in (*SINGLE, *SEVERAL)
        for value in [options.get(keyword) or ()]
        for name in ((value,) if isinstance(value, str) else value)
    ]
    return f"Read again. To open the files so, start with {' '.join(named)}."


def stored_words(entry: Entry) -> str:
    """Name of an upload in the list of all uploads: ``night shift (night.csv), 2026-11-30``."""
    day = datetime.fromtimestamp(entry.opened, UTC).date()
    return f"{clipped(entry.named.title)} ({clipped(', '.join(entry.named.files))}), {day}"


def keep_again(days: float) -> str:
    """Label of the button with which an administrator lets the days of an upload start again."""
    return f"Keep for {days:g} days from now"


def kept_again(title: str, days: float) -> str:
    """Outcome of letting the days of an upload start again."""
    return f"{title} is kept for {days:g} days from now."


def delete_question(title: str) -> str:
    """Question before data is deleted."""
    return (
        f"Delete {title}? Links to it will no longer work, for anybody, unless somebody else uploaded the "
        "same data. The counts behind a recorded decision stay."
    )


def deleted(title: str, *, is_gone: bool) -> str:
    """Outcome of deleting data. The data stays on the server if another reader uploaded it as well."""
    if is_gone:
        return f"Deleted from the server: {title}. Links to it no longer work."
    return (
        f"No longer yours: {title}. Somebody else uploaded the same data, which stays until they delete "
        "it."
    )


def retention(days: float | None, person: str) -> str:
    """Time for which uploads are stored, and who can delete an upload.

    Parameters
    ----------
    days : float or None
        `None` on a private server.
    person : str
        Identity of the reader; empty without sign-in.
    """
    kept = (
        "until the server stops" if days is None else f"for {days:g} days, for whoever has the link"
    )
    until = "" if person else ", until the page is closed"
    return f"Uploads are kept {kept}. Whoever uploaded a file can delete it here{until}."


def signed_in_words(person: str) -> str:
    """Name under which the reader is signed in."""
    return f"You are signed in as {person}."


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
    hint = "Delete an upload of yours, or ask whoever runs the server for more room."
    return Problem("E_SIZE", "error", message, hint=hint)


def not_placed(error: BaseException) -> Problem:
    """Failure to store an upload. The text of the error names folders of the server, so it is not shown."""
    code = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(code) if code else type(error).__name__
    message = f"an upload must find its place on the server, got: {reason}"
    hint = "Try again later, or ask whoever runs the server."
    return Problem("E_FILE", "error", message, hint=hint)


def area_words(area: float) -> str:
    """Area under the ROC curve of a column: ``AUC 0.83``."""
    return f"AUC {number(area, 2)}"


def areas_words(areas: Mapping[str, float]) -> str:
    """Areas under the ROC curve of some columns: ``svm AUC 0.83, rule AUC 0.61``."""
    return ", ".join(f"{name} {area_words(area)}" for name, area in areas.items())


def defect_value_evidence(areas: Mapping[str, Mapping[str, float]], likely: str | None) -> str:
    """Sentence about which of two label values fits the scores as the defect; empty without scores.

    Parameters
    ----------
    areas : mapping of str to mapping
        By label value: areas under the ROC curve of some models if this value is the defect.
    likely : str or None
        Value that means the defect by its words.

    Examples
    --------
    >>> defect_value_evidence({"good": {"svm": 0.2}, "nok": {"svm": 0.8}}, None)
    'Scores are higher for “nok” (svm AUC 0.80), as they should be for a defect.'
    """
    known = {level: found for level, found in areas.items() if found}
    if not known:
        return ""
    best = likely if likely in known else max(known, key=lambda level: sum(known[level].values()))
    found = known[best]
    is_higher = {area > 0.5 for area in found.values()}
    if is_higher == {True}:
        end = "as they should be for a defect"
    elif is_higher == {False}:
        end = "so they may be scores of the good class"
    else:
        return f"If “{best}” is the defect: {areas_words(found)}."
    side = "higher" if is_higher == {True} else "lower"
    return f"Scores are {side} for “{best}” ({areas_words(found)}), {end}."

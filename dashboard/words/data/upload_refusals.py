"""Reasons why an upload is refused: number of files, size, room on the server."""

from __future__ import annotations

import os

from dashboard.data.uploads.job import MAX_FILES
from dashboard.words.numbers.amounts import number
from metrics import Problem


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

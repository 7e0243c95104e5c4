"""What to say where the scan of delimited text stops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.readers import csv_scan as scan

SAVE_AS_UTF8 = 'Save it again as UTF-8 (in a spreadsheet: as "CSV UTF-8").'


def stopped(
    found: int, state: NDArray[np.int64], *, name: str, width: int, offset: int
) -> ScoreError:
    """Return the error for what stopped a scan.

    Parameters
    ----------
    found : int
        What `metrics.readers.csv_scan.scan_block` returned, not ``FINE``.
    state : array
        Of the scan.
    name : str
        Of the file.
    width : int
        Fields of the header.
    offset : int
        Bytes of the file before the block.
    """
    row = int(state[scan.RECORDS]) + 1
    if found == scan.NUL:
        return ScoreError(
            "E_NUL",
            f"text must hold no NUL byte, got one at offset {offset + int(state[scan.AT])}",
            file=name,
            row=row,
            hint="The file is damaged or not text; write it again.",
        )
    if found == scan.AFTER_QUOTE:
        return ScoreError(
            "E_QUOTE",
            "a closing quote must end its field, got more text behind it",
            file=name,
            row=row,
            hint="Double the quotes that are part of the text.",
        )
    if found == scan.BLANK:
        return ScoreError(
            "E_SCORE_NA",
            "a file of one column must hold no empty line, got one before this row",
            file=name,
            row=row,
            hint="Fill in or remove the line.",
        )
    return ScoreError(
        "E_WIDTH",
        f"a row must have as many fields as the header ({width}), got {int(state[scan.FOUND])}",
        file=name,
        row=row,
        hint="Quote fields that contain the delimiter, or write the file again.",
    )


def unclosed(state: NDArray[np.int64], name: str) -> ScoreError:
    """Return the error for a quote that is still open at the end."""
    return ScoreError(
        "E_QUOTE",
        "a quote that is opened must be closed, got the end of the file",
        file=name,
        row=int(state[scan.QUOTE_RECORD]) + 1,
        hint="Close the quote, or double it where it is part of the text.",
    )


def not_utf8(records: bytes, at: int, *, offset: int, row: int, name: str) -> ScoreError:
    """Return the error for a byte that is no UTF-8, at ``at`` of these records."""
    return ScoreError(
        "E_ENCODING",
        f"the text must be UTF-8, got byte 0x{records[at]:02x} at offset {offset + at}",
        file=name,
        row=row,
        hint=SAVE_AS_UTF8,
    )


def beyond_header(text: str, row: int, name: str) -> ScoreError:
    """Return the error for a value in a column that has no name and seemed to be empty."""
    return ScoreError(
        "E_WIDTH",
        f"a column without a name must be empty, got {text!r}",
        file=name,
        row=row,
        value=text,
        hint="Name the column, or quote fields that contain the delimiter.",
    )

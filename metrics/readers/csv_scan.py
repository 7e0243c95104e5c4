"""A byte-exact check of delimited text, run before any other parser sees the bytes.

CSV parsers disagree on stray quotes, NUL bytes and short rows, and some say nothing. This scan walks every
byte once, counts fields and records, and stops at the first byte that has more than one reading.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

# Where the scan stands inside a record.
FIELD_START, PLAIN, QUOTED, QUOTE_SEEN = 0, 1, 2, 3
# What stopped it.
FINE, NUL, AFTER_QUOTE, WIDTH, BLANK = 0, 1, 2, 3, 4
# Slots of the state that is carried from block to block.
MODE, FIELDS, RECORDS, RECORD_END, HIGH, QUOTED_BREAK, AT, FOUND, QUOTE_RECORD, AFTER_CR, BLANKS = (
    range(11)
)
SLOTS = 11


def new_state() -> NDArray[np.int64]:
    """Return the state of a scan that has seen nothing."""
    return np.zeros(SLOTS, np.int64)


@numba.njit(cache=True, nogil=True)
def scan_block(
    data: NDArray[np.uint8], start: int, delimiter: int, width: int, state: NDArray[np.int64]
) -> int:
    """Walk ``data[start:]`` and update ``state`` in place.

    ``width`` is the number of fields that each record must have (0: any). Afterwards
    ``state[RECORD_END]`` is the offset just behind the last complete record in ``data``,
    ``state[RECORDS]`` the number of records so far, ``state[HIGH]`` and ``state[QUOTED_BREAK]`` say
    whether a byte above 127 or a line break inside quotes was met. Returns what stopped the scan;
    ``state[AT]`` is the offset and ``state[FOUND]`` the width of a record that has the wrong one.
    """
    mode = state[MODE]
    fields = state[FIELDS]
    records = state[RECORDS]
    after_cr = state[AFTER_CR]
    stopped = FINE
    k = start
    while k < data.size:
        c = data[k]
        if c == 0:
            stopped = NUL
            break
        if c >= 128:
            state[HIGH] = 1
        if mode == QUOTED:
            if c == 34:
                mode = QUOTE_SEEN
            elif c == 10 or c == 13:
                state[QUOTED_BREAK] = 1
        elif c == delimiter:
            fields += 1
            mode = FIELD_START
        elif c == 10 or c == 13:
            if mode == FIELD_START and fields == 0:
                if not (c == 10 and after_cr == 1):
                    state[BLANKS] += 1
            else:
                fields += 1
                if width > 0 and fields != width:
                    state[FOUND] = fields
                    stopped = WIDTH
                    break
                if width == 1 and state[BLANKS] > 0 and records > 0:
                    # In a file of one column an empty line would be a missing value.
                    stopped = BLANK
                    break
                records += 1
                fields = 0
                mode = FIELD_START
            state[RECORD_END] = k + 1
        elif c == 34:
            if mode == FIELD_START:
                mode = QUOTED
                state[QUOTE_RECORD] = records
            elif mode == QUOTE_SEEN:
                mode = QUOTED
        elif mode == QUOTE_SEEN:
            stopped = AFTER_QUOTE
            break
        elif mode == FIELD_START:
            mode = PLAIN
        after_cr = 1 if c == 13 else 0
        k += 1
    state[AT] = k
    state[MODE] = mode
    state[FIELDS] = fields
    state[RECORDS] = records
    state[AFTER_CR] = after_cr
    return stopped

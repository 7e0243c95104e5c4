"""A byte-exact check of delimited text, run before any other parser sees the bytes.

CSV parsers disagree on stray quotes, NUL bytes and short rows, and some say nothing. This scan walks every
byte once, counts fields and records, and stops at the first byte that has more than one reading.

Blocks in which every quote opens or closes a field, and every record has its width, are counted by whole
arrays. Only where that is not so is the byte-by-byte walk compiled, which says what is wrong and where.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

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
    if _count_block(data[start:], start, delimiter, width, state):
        return FINE
    return _compiled()(data, start, delimiter, width, state)


def _count_block(
    chunk: NDArray[np.uint8], start: int, delimiter: int, width: int, state: NDArray[np.int64]
) -> bool:
    """Update ``state`` as the walk would where it would find nothing; else leave it, and return False."""
    if chunk.size == 0 or delimiter in (0, 10, 13, 34) or not chunk.all():
        return False
    mode, fields, quoted = int(state[MODE]), int(state[FIELDS]), int(state[MODE]) == QUOTED
    quotes = np.flatnonzero(chunk == 34)
    commas = np.flatnonzero(chunk == delimiter)
    breaks = np.flatnonzero((chunk == 10) | (chunk == 13))
    inside_break = False
    if quotes.size or mode in (QUOTED, QUOTE_SEEN):
        if not _quotes_fit(chunk, quotes, delimiter, mode):
            return False
        commas = commas[~_inside(quotes, commas, quoted)]
        inside = _inside(quotes, breaks, quoted)
        inside_break = bool(inside.any())
        breaks = breaks[~inside]
    # A line break behind another, or at the start of a record, ends no record.
    before = np.where(
        breaks > 0, chunk[breaks - 1], 10 if mode == FIELD_START and not fields else 0
    )
    empty = (before == 10) | (before == 13)
    ends = breaks[~empty]
    behind = np.searchsorted(commas, ends)
    found = np.diff(behind, prepend=0) + 1
    found[:1] += fields
    if width > 0 and (found != width).any():
        return False
    after_cr = (before == 13) | ((breaks == 0) & bool(state[AFTER_CR]))
    blanks = int((empty & ~((chunk[breaks] == 10) & after_cr)).sum())
    if width == 1 and state[BLANKS] + blanks > 0:
        return False
    opened = quotes[(np.arange(quotes.size) + quoted) % 2 == 0]
    opened = opened[~np.isin(opened - 1, quotes)]
    if mode == QUOTE_SEEN:
        opened = opened[opened > 0]
    if opened.size:
        state[QUOTE_RECORD] = state[RECORDS] + np.searchsorted(ends, opened[-1])
    state[RECORDS] += ends.size
    state[FIELDS] = commas.size - behind[-1] if ends.size else fields + commas.size
    state[BLANKS] += blanks
    state[QUOTED_BREAK] |= inside_break
    state[HIGH] |= bool((chunk >= 128).any())
    if breaks.size:
        state[RECORD_END] = start + breaks[-1] + 1
    last = int(chunk[-1])
    state[AT], state[AFTER_CR] = start + chunk.size, last == 13
    if (quotes.size + quoted) % 2:
        state[MODE] = QUOTED
    elif last == 34:
        state[MODE] = QUOTE_SEEN
    else:
        state[MODE] = FIELD_START if last in (10, 13, delimiter) else PLAIN
    return True


def _quotes_fit(
    chunk: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int, mode: int
) -> bool:
    """Say whether every quote opens a field, closes one, or is half of a doubled one."""
    if mode == QUOTE_SEEN and chunk[0] not in (10, 13, 34, delimiter):
        return False
    closes = (np.arange(quotes.size) + (mode == QUOTED)) % 2 == 1
    edges = np.array([10, 13, 34, delimiter], np.uint8)
    behind = quotes[closes & (quotes < chunk.size - 1)] + 1
    opening = quotes[~closes]
    first = not (opening.size and opening[0] == 0) or mode in (FIELD_START, QUOTE_SEEN)
    before = opening[opening > 0] - 1
    return bool(
        first and np.isin(chunk[behind], edges).all() and np.isin(chunk[before], edges).all()
    )


def _inside(
    quotes: NDArray[np.int64], places: NDArray[np.int64], quoted: bool
) -> NDArray[np.bool_]:
    """Say which places lie between an opening and a closing quote."""
    inside: NDArray[np.bool_] = (np.searchsorted(quotes, places) + quoted) % 2 == 1
    return inside


@functools.cache
def _compiled() -> Callable[..., int]:
    """Return the walk as machine code; the compiler is loaded here, since few files need it."""
    import numba

    compiled: Callable[..., int] = numba.njit(cache=True, nogil=True)(walk)
    return compiled


def walk(
    data: NDArray[np.uint8], start: int, delimiter: int, width: int, state: NDArray[np.int64]
) -> int:
    """Walk over every byte; see `scan_block`."""
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

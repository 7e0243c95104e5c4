"""JSON lines that differ only in their values, which are split at their commas instead of parsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from metrics.io.formats.cells import may_underflow

_TO_THE_END = 2**31 - 1


class SplitColumn(NamedTuple):
    """The values of one key in lines that are split at their commas.

    ``written`` has the texts without quotes, and numbers, ``true`` and ``false`` as written. ``floats`` has
    the values of numbers, infinite if too large for a float; `None` for other values.
    """

    written: pa.StringArray
    floats: pa.DoubleArray | None
    is_quoted: bool


def split_alike(lines: bytes, keys: Sequence[str]) -> dict[str, SplitColumn] | None:
    """Split lines, each with a line break, that differ only in their values; `None` if this is not certain.

    The result is `None` for lines with an escape, a comma in a text, null, a list or an object. It is also
    `None` if keys have another order or other spacing than in the first line.
    """
    characters, count = np.frombuffer(lines, np.uint8), lines.count(b"\n")
    starts = _starts(lines[: lines.index(b"\n")], keys)
    # JSON does not allow control characters in a text.
    if starts is None or b"\\" in lines or np.count_nonzero(characters < ord(" ")) != count:
        return None
    ends = [""] * (len(starts) - 1) + ["}"]
    try:
        cells = pacsv.read_csv(
            pa.BufferReader(lines),
            pacsv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=[*starts]),
            pacsv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(starts, pa.string()), strings_can_be_null=False
            ),
        ).combine_chunks()
        columns = {
            key: _values_of(cells.column(key).chunk(0), start, end)
            for (key, start), end in zip(starts.items(), ends, strict=True)
        }
    except pa.ArrowInvalid:
        return None
    split = {key: column for key, column in columns.items() if column is not None}
    # The number of quotes equals those around keys and texts, so no text contains a quote.
    quotes = 2 * len(starts) + 2 * sum(column.is_quoted for column in split.values())
    is_complete = len(split) == len(keys)
    has_inner_quotes = np.count_nonzero(characters == ord('"')) != count * quotes
    return split if is_complete and not has_inner_quotes else None


def _starts(line: bytes, keys: Sequence[str]) -> dict[str, str] | None:
    """Text before the value of each key, in their order, as in ``{"id": 1, "label": 0}``."""
    starts = {}
    if not line.startswith(b"{"):
        return None
    try:
        for k, cell in enumerate(line.decode().split(",")):
            name, colon, value = cell.partition('":')
            key = name.removeprefix("" if k else "{").removeprefix(" " if k else "")
            if not colon or not key.startswith('"'):
                return None
            starts[key[1:]] = name + colon + (" " if value.startswith(" ") else "")
    except UnicodeDecodeError:
        return None
    return starts if len(starts) == k + 1 and set(starts) == set(keys) else None


def _values_of(cells: pa.StringArray, start: str, end: str) -> SplitColumn | None:
    """Values between a fixed start and end of the cells; `None` if they are of different kinds."""
    if not pc.all(pc.starts_with(cells, start)).as_py():
        return None
    if not pc.all(pc.ends_with(cells, end)).as_py():
        return None
    written = pc.binary_replace_slice(cells, 0, len(start.encode()), "")
    if end:
        written = pc.binary_replace_slice(written, -1, _TO_THE_END, "")
    if written[0].as_py().startswith('"'):
        are_texts = pc.and_(pc.starts_with(written, '"'), pc.ends_with(written, '"'))
        if not pc.all(pc.and_(are_texts, pc.greater(pc.binary_length(written), 1))).as_py():
            return None
        text = pc.binary_replace_slice(written, 0, 1, "")
        return SplitColumn(pc.binary_replace_slice(text, -1, _TO_THE_END, ""), None, is_quoted=True)
    if written[0].as_py() in ("true", "false"):
        words = pa.array(["true", "false"])
        are_words = pc.all(pc.is_in(written, words)).as_py()
        return SplitColumn(written, None, is_quoted=False) if are_words else None
    if not _are_numbers(written):
        return None
    return SplitColumn(written, pc.cast(written, pa.float64()), is_quoted=False)


def _are_numbers(written: pa.StringArray) -> bool:
    """Whether numbers read by Arrow are valid JSON numbers (``01``, ``.5``, ``5.`` and ``nan`` are not)."""
    offsets = np.frombuffer(written.buffers()[1], np.int32)[
        written.offset : written.offset + len(written) + 1
    ]
    if not np.all(offsets[1:] > offsets[:-1]):
        return False
    # The padding without digits ends the last value.
    characters = np.frombuffer(written.buffers()[2].to_pybytes()[: offsets[-1]] + b"--", np.uint8)
    is_digit: NDArray[np.bool_] = characters - np.uint8(ord("0")) < 10
    first = offsets[:-1] + (characters[offsets[:-1]] == ord("-"))
    is_zero_first = characters[first] == ord("0")
    has_leading_zero = is_zero_first & is_digit[first + 1] & (first + 1 < offsets[1:])
    points = np.flatnonzero(characters == ord("."))
    return bool(
        is_digit[first].all()
        and is_digit[offsets[1:] - 1].all()
        and not has_leading_zero.any()
        and is_digit[points + 1].all()
    )


def are_exact(floats: NDArray[np.float64], lines: bytes) -> bool:
    """Whether numbers are finite, and every 0 is certainly written as 0."""
    return bool(np.isfinite(floats).all() and (floats.all() or not may_underflow(lines)))

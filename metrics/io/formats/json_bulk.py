"""JSON lines that are all of one shape, read in bulk.

A shape is a flat object's text with its values cut out: the same keys in the same order with the same
spaces. A line fits where a string without escapes, or a number, true or false, stands at each gap, so that
the quotes of a line have known places and cut it into its values. Whatever does not fit is left to the
general reader, which alone says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from metrics.io.formats.stream import owned

_STRING = r'"[^"\\\x00-\x1f]*"'
_BARE = r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false)"
_PAIR = re.compile(rf"({_STRING})([ \t]*:[ \t]*)({_STRING}|{_BARE})([ \t]*,[ \t]*|[ \t]*\}}[ \t]*)")


@dataclass(frozen=True)
class Shape:
    """What the lines of a part of a file have in common.

    Attributes
    ----------
    keys : tuple of str
        All different.
    is_text : tuple of bool
        Whether the value of each key is a string.
    before, behind : tuple of int
        Bytes between a key and its value, and between the value and the next key's quote or the end.
    pattern : str
        Matches a line with its line break.
    """

    keys: tuple[str, ...]
    is_text: tuple[bool, ...]
    before: tuple[int, ...]
    behind: tuple[int, ...]
    pattern: str

    @property
    def texts(self) -> frozenset[str]:
        """Keys whose values are strings."""
        return frozenset(k for k, text in zip(self.keys, self.is_text, strict=True) if text)


def find_shape(part: bytes, known: Shape | None) -> tuple[Shape | None, NDArray[np.bool_]]:
    """Return the shape of most lines, as far as the one known so far and the first line say.

    Parameters
    ----------
    part : bytes
        Lines that each end with a line break.
    known : Shape or None
        Of the part before.

    Returns
    -------
    shape : Shape or None
    fits : array of bool, shape (lines,)
        Which lines have it.
    """
    none = np.zeros(part.count(b"\n"), bool)
    try:
        part.isascii() or part.decode("utf-8")
    except UnicodeDecodeError:
        return known, none
    lines = lines_of(part)
    fits = none if known is None else _fits(known, lines)
    if 2 * int(fits.sum()) < len(fits):
        other = shape_of(part[: part.index(b"\n") + 1])
        if other is not None and other != known:
            found = _fits(other, lines)
            if found.sum() > fits.sum():
                return other, found
    return known, fits


def shape_of(line: bytes) -> Shape | None:
    """Learn the shape of a line; None where it is not a flat object that can be read in bulk."""
    text = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    opening = re.match(r"[ \t]*\{[ \t]*", text)
    if opening is None:
        return None
    at, keys, is_text, before, behind = opening.end(), [], [], [], []
    pattern = [re.escape(opening[0])]
    while (pair := _PAIR.match(text, at)) is not None:
        key, colon, value, end = pair.groups()
        keys.append(key[1:-1])
        is_text.append(value.startswith('"'))
        before.append(len(colon))
        behind.append(len(end))
        pattern += [re.escape(key + colon), _STRING if is_text[-1] else _BARE, re.escape(end)]
        at = pair.end()
        if "}" in end:
            break
    if pair is None or at < len(text) or len(set(keys)) < len(keys):
        return None
    whole = "^" + "".join(pattern) + r"\r?\n$"
    return Shape(tuple(keys), tuple(is_text), tuple(before), tuple(behind), whole)


def lines_of(part: bytes) -> pa.StringArray:
    """Return the lines of UTF-8 text, each with its line break, which the last has too."""
    ends = np.flatnonzero(np.frombuffer(part, np.uint8) == 10) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.StringArray.from_buffers(ends.size, owned(offsets.tobytes()), owned(part))


def _fits(shape: Shape, lines: pa.StringArray) -> NDArray[np.bool_]:
    """Say of each line whether it has the shape; none has one that is too large to look for."""
    try:
        found = pc.match_substring_regex(lines, shape.pattern)
    except pa.ArrowInvalid:
        return np.zeros(len(lines), bool)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


def values_of(shape: Shape, lines: pa.StringArray, keys: Sequence[str]) -> list[pa.StringArray]:
    """Return the values as text, one array per key.

    Parameters
    ----------
    shape : Shape
    lines : StringArray
        All of this shape, from the start of their buffer.
    keys : sequence of str
        Keys of the shape, or others, of which every value is null.
    """
    # Behind the quote of a key comes either the bare value or the quote of the text.
    places, pieces = {}, 1
    for k, (key, text) in enumerate(zip(shape.keys, shape.is_text, strict=True)):
        places[key] = (k, f"f{pieces + (2 if text else 1)}")
        pieces += 4 if text else 2
    wanted = {places[key][1]: pa.binary() for key in keys if key in places}
    if not wanted:
        return [pa.nulls(len(lines), pa.string()) for _ in keys]
    ends = np.frombuffer(lines.buffers()[1], np.int32)
    text = lines.buffers()[2].slice(0, ends[len(lines)])
    table = arrow_csv.read_csv(
        pa.BufferReader(text),
        read_options=arrow_csv.ReadOptions(
            column_names=[f"f{k}" for k in range(pieces)],
            block_size=text.size + 1,
            use_threads=False,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter='"', quote_char=False, double_quote=False, newlines_in_values=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            check_utf8=False,
            column_types=wanted,
            null_values=[],
            strings_can_be_null=False,
            include_columns=list(wanted),
        ),
    ).combine_chunks()
    out = []
    for key in keys:
        if key not in places:
            out.append(pa.nulls(len(lines), pa.string()))
            continue
        k, column = places[key]
        array = table[column].combine_chunks()
        if not shape.is_text[k]:
            array = pc.binary_slice(array, shape.before[k], -shape.behind[k])
        out.append(array.view(pa.string()))
    return out

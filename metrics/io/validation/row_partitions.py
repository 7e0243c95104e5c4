"""Partitions of the rows into possible groups: by a column, by the beginnings of ids, by the order of rows.

A column is only used if it looks like a group: by its name, or because its values are codes of groups of
similar size or in runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import Place, category_of
from metrics.io.formats.source import Source
from metrics.io.schema.column_words import is_group_name

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

MOST_COLUMNS = 12
FEW_GROUPS, GROUPS, CODED_GROUPS = 3, 10, 20
"""Smallest number of groups: by a group's name, by id prefix or consecutive rows, by codes."""
MOST_TOKENS = 6
BLOCKS = (5, 20, 60, 200)
"""Numbers of consecutive rows that are treated as one group, in the first rows."""

_LAST_TOKENS = "(?:[^0-9A-Za-z]*(?:[0-9]+|[A-Za-z]+)){{{count}}}[^0-9A-Za-z]*$"


@dataclass(frozen=True)
class Partition:
    """A partition of the rows; ``rows`` are those that it assigns to a group."""

    column: str | None
    codes: Codes
    rows: NDArray[np.bool_] | None = None
    example: str | None = None
    is_ordered: bool = False
    """Whether the codes are ordered by a number that may be a feature."""

    def groups(self) -> int:
        """Number of groups."""
        return int(self.codes.max(initial=-1)) + 1


def texts_of(source: Source, columns: Columns, size: int) -> dict[str, pa.StringArray]:
    """Values of the ids, the segments and the unused columns in the first rows, as text."""
    used = {columns.label, columns.weight, columns.value, *columns.models}
    unused = [name for name in source.names if name not in used and name.strip()]
    unused.sort(key=lambda name: (name not in columns.id, not is_group_name(name)))
    head = source.head()
    names = [name for name in unused if _may_be_groups(head[name])][:MOST_COLUMNS]
    if not names:
        return {}
    parts: list[list[pa.Array]] = [[] for _ in names]
    before = 0
    try:
        for arrays in source.batches(names, frozenset(), min(size, 1 << 16)):
            for name, part, array in zip(names, parts, arrays, strict=True):
                text = category_of(array.slice(0, size - before), Place(source, name, before))
                part.append(plain(text))
            before += len(arrays[0])
            if before >= size:
                break
    except ScoreError:
        return {}  # no other code reads these columns, so their errors must not reject the file
    return {name: pa.concat_arrays(arrays) for name, arrays in zip(names, parts, strict=True)}


def _may_be_groups(head: pa.Array) -> bool:
    """Whether a column has texts, dates or whole numbers."""
    kind = head.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return False
    if pa.types.is_floating(kind):
        numbers = head.to_numpy(zero_copy_only=False)
        finite = numbers[np.isfinite(numbers)]
        return bool((finite == np.floor(finite)).all())
    if not pa.types.is_string(kind):
        return True
    return not pc.any(pc.match_substring_regex(head, r"^[-+]?\d*\.\d+([eE][-+]?\d+)?$")).as_py()


def partitions_of_column(name: str, text: pa.StringArray, columns: Columns) -> list[Partition]:
    """The groups of a column's values, if these may be groups."""
    if name in columns.parts:
        return []
    encoded = text.dictionary_encode()
    levels, codes = encoded.dictionary, encoded.indices.to_numpy().astype(np.intp)
    empty = pc.index(levels, "").as_py()
    rows = codes != empty if empty >= 0 else None
    groups = len(levels) - (empty >= 0)
    known = codes if rows is None else codes[rows]
    if 1.05 * groups > known.size or groups < FEW_GROUPS:
        return []
    partition = Partition(name, codes, rows)
    if is_group_name(name):
        return [partition]
    if groups < CODED_GROUPS:
        return []
    numbers = _numbers(levels)
    order = pc.rank(levels).to_numpy() if numbers is None else numbers.argsort().argsort()
    ranks = order.astype(np.intp)[codes]
    are_codes = pc.all(pc.match_substring_regex(levels, r"\d|^$")).as_py()
    if not (are_codes and _are_similar_in_size(known)) and (
        not _are_in_runs(known) or ascends(ranks.astype(np.float64))
    ):
        return []
    if numbers is None:
        return [partition]
    return [Partition(name, ranks, rows, is_ordered=True)]


def _sizes(codes: Codes) -> Floats:
    sizes = np.bincount(codes).astype(np.float64)
    return sizes[sizes > 0]


def _are_similar_in_size(codes: Codes) -> bool:
    sizes = _sizes(codes)
    return bool(sizes.std() <= 0.5 * sizes.mean())


def _are_in_runs(codes: Codes) -> bool:
    """Whether neighbouring rows are in the same group far more often than by chance."""
    sizes = _sizes(codes)
    return bool(np.mean(codes[1:] == codes[:-1]) > 3 * (sizes @ sizes) / codes.size**2 + 0.1)


def _numbers(levels: pa.StringArray) -> Floats | None:
    """The numbers in texts; `None` if some texts are not numbers."""
    try:
        filled = pc.if_else(pc.equal(levels, ""), "nan", levels)
        return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None


def partitions_of_beginnings(name: str, text: pa.StringArray) -> Iterator[Partition]:
    """The groups of values with a common prefix, token by token from the end."""
    few = text.slice(0, 2048)
    if 2 * pc.count_distinct(few).as_py() < len(few):
        return  # repeated values are groups themselves
    for tokens in range(1, MOST_TOKENS + 1):
        pattern = _LAST_TOKENS.format(count=tokens)
        beginnings = pc.replace_substring_regex(few, pattern, "")
        distinct = pc.count_distinct(beginnings).as_py()
        if distinct == len(few):
            continue
        if distinct == 1 and len(few) == len(text):
            return
        # Cutting values of equal form is far faster than splitting each into tokens.
        lengths = [pc.min_max(pc.utf8_length(array)).as_py() for array in (text, beginnings)]
        if all(length["min"] == length["max"] for length in lengths):
            begins = pc.utf8_slice_codeunits(text, 0, lengths[1]["max"])
        else:
            begins = pc.replace_substring_regex(text, pattern, "")
        encoded = begins.dictionary_encode()
        groups = len(encoded.dictionary)
        if groups < GROUPS:
            return
        codes = encoded.indices.to_numpy().astype(np.intp)
        yield Partition(name, codes, example=encoded.dictionary[0].as_py())


def blocks_of_rows(size: int) -> Iterator[Partition]:
    """Blocks of consecutive rows."""
    for block in BLOCKS:
        if size // block >= GROUPS:
            yield Partition(None, np.arange(size) // block)


def is_sorted(texts: Mapping[str, pa.StringArray], columns: Columns) -> bool:
    """Whether the rows are sorted by a segment, or by a number that is neither id nor group."""
    for name, text in texts.items():
        if name in columns.id or is_group_name(name):
            continue
        encoded = text.dictionary_encode()
        codes = encoded.indices.to_numpy()
        levels = len(encoded.dictionary)
        if 1 < levels < CODED_GROUPS and np.count_nonzero(np.diff(codes)) <= 3 * levels:
            return True
        if levels >= CODED_GROUPS and 1.05 * levels < codes.size:
            values = _numbers(encoded.dictionary)
            if values is not None and ascends(values[codes]):
                return True
    return False


def ascends(values: Floats) -> bool:
    """Whether numbers ascend or descend, with few exceptions."""
    steps = np.diff(values)
    if not steps.any():
        return False
    return bool(max(np.mean(steps >= 0), np.mean(steps <= 0)) >= 0.99)

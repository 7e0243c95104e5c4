"""Candidates for groups of rows that no option declares: equal values, beginnings of ids, consecutive rows.

A column is only a candidate if it looks like a group: by its name, or because its values are codes of groups
of similar size or in runs.
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
from metrics.io.formats.cells import Location, category_of
from metrics.io.formats.source import Source
from metrics.io.schema.vocabulary import is_group_name

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

MOST_COLUMNS = 12
"""Largest number of columns that are read for this; those that are called like a group come first."""
FEW_GROUPS = 3
"""Smallest number of groups of a column that is called like a group."""
GROUPS = 10
"""Smallest number of groups of ids that begin alike, and of consecutive rows."""
CODED_GROUPS = 20
"""Smallest number of groups of a column whose values look like codes. Fewer values are categories."""
MOST_TOKENS = 6
"""Largest number of last tokens that are cut off the ids."""
FIRST_IDS = 2048
"""Number of first ids that show whether a beginning is common, before all ids are cut."""
BLOCKS = (5, 20, 60, 200)
"""Numbers of consecutive rows that are treated as one group, in the first rows."""

_LAST_TOKENS = "(?:[^0-9A-Za-z]*(?:[0-9]+|[A-Za-z]+)){{{count}}}[^0-9A-Za-z]*$"

# The numbers below are rough, because a candidate is only reported if its rows are related as well. With them
# W_GROUPED appears on 0.7% of simulated files of independent rows (dashboard/guide/simulations.md).
LEAST_ROWS_OF_GROUP = 1.05
"""Mean number of rows of a value below which a column identifies rows."""
MOST_VARIATION = 0.5
"""Largest ratio of standard deviation to mean of the sizes of groups that are similar in size."""
MORE_NEIGHBOURS, MORE_THAN_CHANCE = 3, 0.1
"""Values are in runs if neighbours agree more than this many times as often as by chance, plus this share."""
RUNS_OF_VALUE = 3
"""Mean number of runs of a value up to which the rows count as sorted by a segment."""
LEAST_STEPS = 0.99
"""Share of steps in one direction from which numbers count as sorted."""


@dataclass(frozen=True)
class Partition:
    """Rows sorted into groups.

    Attributes
    ----------
    column : str or None
        Column that makes the groups; `None` for consecutive rows.
    codes : ndarray of int
        Group of each row.
    rows : ndarray of bool or None
        Mask of the rows that have a group; `None` if all have one.
    example : str or None
        Beginning of the ids of one group; `None` if the groups are equal values.
    is_ordered : bool
        Whether the codes are ordered by a number that may be a feature.
    """

    column: str | None
    codes: Codes
    rows: NDArray[np.bool_] | None = None
    example: str | None = None
    is_ordered: bool = False

    def groups(self) -> int:
        """Number of groups."""
        return int(self.codes.max(initial=-1)) + 1


def texts_of(source: Source, columns: Columns, size: int) -> dict[str, pa.StringArray]:
    """Values of the ids, the segments and the unused columns in the first rows, as text."""
    used = {columns.label, columns.weight, columns.value, *columns.models}
    unused = [name for name in source.names if name not in used and name.strip()]
    unused.sort(key=lambda name: (name not in columns.id, not is_group_name(name)))
    head = source.head()
    candidate_columns = [name for name in unused if _may_be_groups(head[name])][:MOST_COLUMNS]
    if not candidate_columns:
        return {}
    texts_by_column: list[list[pa.Array]] = [[] for _ in candidate_columns]
    before = 0
    try:
        for arrays in source.batches(candidate_columns, frozenset(), min(size, 1 << 16)):
            for name, texts, array in zip(candidate_columns, texts_by_column, arrays, strict=True):
                text = category_of(array.slice(0, size - before), Location(source, name, before))
                texts.append(plain(text))
            before += len(arrays[0])
            if before >= size:
                break
    except ScoreError:
        return {}  # no other code reads these columns, so their errors must not reject the file
    return dict(zip(candidate_columns, map(pa.concat_arrays, texts_by_column), strict=True))


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
    """Groups of rows with the same value in a column; empty if the values do not look like groups."""
    if name in columns.parts:
        return []
    encoded = text.dictionary_encode()
    levels, codes = encoded.dictionary, encoded.indices.to_numpy().astype(np.intp)
    empty = pc.index(levels, "").as_py()
    rows = codes != empty if empty >= 0 else None
    groups = len(levels) - (empty >= 0)
    known_codes = codes if rows is None else codes[rows]
    if LEAST_ROWS_OF_GROUP * groups > known_codes.size or groups < FEW_GROUPS:
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
    if not (are_codes and _are_similar_in_size(known_codes)) and (
        not _are_in_runs(known_codes) or ascends(ranks.astype(np.float64))
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
    return bool(sizes.std() <= MOST_VARIATION * sizes.mean())


def _are_in_runs(codes: Codes) -> bool:
    """Whether neighbouring rows are in the same group far more often than by chance."""
    sizes = _sizes(codes)
    by_chance = (sizes @ sizes) / codes.size**2
    least = MORE_NEIGHBOURS * by_chance + MORE_THAN_CHANCE
    return bool(np.mean(codes[1:] == codes[:-1]) > least)


def _numbers(levels: pa.StringArray) -> Floats | None:
    """The numbers in texts; `None` if some texts are not numbers."""
    try:
        filled = pc.if_else(pc.equal(levels, ""), "nan", levels)
        return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None


def partitions_of_beginnings(name: str, text: pa.StringArray) -> Iterator[Partition]:
    """Groups of ids that are equal without their last 1, 2, ... `MOST_TOKENS` tokens."""
    few = text.slice(0, FIRST_IDS)
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
        encoded = pc.replace_substring_regex(text, pattern, "").dictionary_encode()
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
        changes = np.count_nonzero(np.diff(codes))
        if 1 < levels < CODED_GROUPS and changes <= RUNS_OF_VALUE * levels:
            return True
        if levels >= CODED_GROUPS and LEAST_ROWS_OF_GROUP * levels < codes.size:
            values = _numbers(encoded.dictionary)
            if values is not None and ascends(values[codes]):
                return True
    return False


def ascends(values: Floats) -> bool:
    """Whether numbers ascend or descend, with few exceptions."""
    steps = np.diff(values)
    if not steps.any():
        return False
    return bool(max(np.mean(steps >= 0), np.mean(steps <= 0)) >= LEAST_STEPS)

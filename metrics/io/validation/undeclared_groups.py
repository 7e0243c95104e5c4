"""Detection of grouped rows that no option declares: batches, wafers, patients.

Figures of related rows vary more than those of independent rows. Intervals resample groups if production
makes the groups as units. Rows are therefore only reported as related if a possible group has a large and
significant design effect. Possible groups are equal values of a column, common beginnings of ids, and
consecutive rows. A column is only used if it looks like a group: by its name, or because its values are codes
of groups of similar size or in runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import Place, category_of
from metrics.io.formats.source import Source
from metrics.io.schema.vocabulary import is_group_name
from metrics.io.validation.group_relation import FEW_ROWS, relation, relation_of_counts

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


MOST_ROWS, MOST_MODELS = 16_384, 8
"""Numbers of first rows and of models that are checked; for consecutive labels all rows are checked."""
FALSE_REPORTS = 0.003
"""Largest share of files of independent rows for which related rows are reported."""
LONG_BLOCK, LONG_BLOCKS = 1000, (1, 5, 20)
"""Number of consecutive rows in a block of the whole file, and numbers of blocks treated as one group."""
FEW_RUNS = 25
"""Number of runs of equal labels up to which a file counts as sorted by the label; its order is then ignored.
"""


class RowSample:
    """Labels and scores of the first rows, and label counts of all rows, collected during reading."""

    def __init__(self, models: int) -> None:
        self.size, self._models = 0, range(min(models, MOST_MODELS))
        self._labels: list[NDArray[np.int8]] = []
        self._scores: list[list[Floats]] = [[] for _ in self._models]
        self._rest = np.empty(0, np.int8)
        self._blocks: list[NDArray[np.intp]] = []
        self._runs = 0

    def add(self, labels: NDArray[np.int8], scores: Sequence[Floats]) -> None:
        """Add a batch."""
        added = min(labels.size, MOST_ROWS - self.size)
        if added > 0:
            self.size += added
            self._labels.append(labels[:added])
            for k in self._models:
                self._scores[k].append(scores[k][:added])
        self._runs += int(np.count_nonzero(labels[1:] != labels[:-1]))
        waiting = np.concatenate([self._rest, labels])
        whole = waiting.size // LONG_BLOCK * LONG_BLOCK
        self._blocks.append(waiting[:whole].reshape(-1, LONG_BLOCK).sum(axis=1, dtype=np.intp))
        self._rest = waiting[whole:]

    def outcomes(self) -> list[Outcome]:
        """Outcomes: the label of every row, the defects that each model misses, the good units it flags."""
        if not self._labels:
            return []
        labels = np.concatenate(self._labels) == 1
        outcomes = [Outcome(labels)]
        if not outcomes[0].is_frequent:
            return []
        goods = int(labels.size - labels.sum())
        for parts in self._scores:
            scores = np.concatenate(parts)
            # The threshold flags about as many units as there are defects.
            flagged = scores >= np.partition(scores, goods)[goods]
            outcomes += [Outcome(~flagged, labels), Outcome(flagged, ~labels)]
        return [outcome for outcome in outcomes if outcome.is_frequent]

    def defects_in_blocks(self) -> NDArray[np.intp]:
        """Number of defects in every complete block of `LONG_BLOCK` consecutive rows of the file."""
        return np.concatenate([np.empty(0, np.intp), *self._blocks])

    def is_in_order(self) -> bool:
        """Whether the rows are sorted by label or by a model's scores."""
        if self._runs < FEW_RUNS:
            return True
        return any(ascends(np.concatenate(parts)) for parts in self._scores)


@dataclass(frozen=True)
class Outcome:
    """A binary outcome of each row, defined for the rows ``among``; `None` for all."""

    happens: NDArray[np.bool_]
    among: NDArray[np.bool_] | None = None

    @property
    def is_frequent(self) -> bool:
        """Whether the outcome occurs, and does not occur, in enough rows."""
        happens = self.happens if self.among is None else self.happens[self.among]
        count = int(happens.sum())
        return min(count, happens.size - count) >= FEW_ROWS


def _related_rows(
    source: Source, columns: Columns, sample: RowSample, rows: int
) -> tuple[Partition | None, float]:
    """Find related rows by the unused columns, the prefixes of the ids, and the order of the rows.

    The sample has the first of the file's ``rows``. Return the partition with the largest design effect, and
    this effect; 0 without related rows, and no partition for long blocks. A column takes precedence over id
    prefixes, and these over the order of the rows.
    """
    outcomes = sample.outcomes()
    if not outcomes:
        return None, 0.0
    texts = texts_of(source, columns, sample.size)
    has_order = not sample.is_in_order() and not is_sorted(texts, columns)
    stages = (
        [
            part
            for name, text in texts.items()
            for part in partitions_of_column(name, text, columns)
        ],
        [part for name, text in texts.items() for part in partitions_of_beginnings(name, text)],
        [*blocks_of_rows(sample.size)] if has_order else [],
    )
    tests = max(1, sum(map(len, stages)))
    for partitions in stages:
        related = [
            (partition, effect)
            for partition in partitions
            if (
                effect := _largest_effect(
                    partition, outcomes, sample.size, rows, FALSE_REPORTS / tests
                )
            )
        ]
        if related:
            return max(related, key=lambda found: found[1])
    return None, _effect_of_long_blocks(sample.defects_in_blocks()) if stages[-1] else 0.0


def _effect_of_long_blocks(defects: NDArray[np.intp]) -> float:
    """Largest design effect of long blocks of rows on the labels; 0 if there is none."""
    largest = 0.0
    for several in LONG_BLOCKS:
        blocks = defects.size // several
        if blocks < GROUPS:
            break
        counts = defects[: blocks * several].reshape(blocks, several).sum(axis=1)
        sizes = np.full(blocks, several * LONG_BLOCK)
        found = relation_of_counts(sizes, counts)
        if found is not None and found.chance < FALSE_REPORTS / len(LONG_BLOCKS):
            largest = max(largest, found.effect)
    return largest


def related_rows_warnings(
    source: Source, columns: Columns, sample: RowSample, rows: int
) -> list[Problem]:
    """Return a warning if rows seem to be related and no column is named as group."""
    if columns.group is not None:
        return []
    partition, largest = _related_rows(source, columns, sample, rows)
    if not largest:
        return []
    effect = f"{largest:.1f}" if largest < 10 else f"{largest:.0f}"
    column, example = (partition.column, partition.example) if partition else (None, None)
    if column is None:
        which = "that follow each other"
        hint = Wording("Add a column that says which rows belong together, and name it ")
    elif example is None:
        which = f"with the same value in {shown(column)!r}"
        hint = Wording("Name it ")
    else:
        which = f"whose {shown(column)!r} begins alike, such as {shown(example)!r},"
        hint = Wording("Write this beginning into a column of its own, and name that ")
    text = (
        f"rows {which} seem to belong together: figures vary as if there were {effect} times fewer rows "
        f"(design effect {effect}), so intervals would be {largest**0.5:.1f} times as wide; certified limits "
        "do not allow for it either"
    )
    names = () if column is None or example is not None else (column,)
    hint = Wording(hint, with_option("group", *names), ".")
    return [warning("W_GROUPED", text, file=source.name, column=column, value=example, hint=hint)]


def _largest_effect(
    partition: Partition, outcomes: Sequence[Outcome], size: int, rows: int, level: float
) -> float:
    """Largest significant design effect of any outcome; 0 if there is none.

    Half of the level is used for the labels, which are tested first, the other half for all errors together.
    """
    codes, effects = partition.codes, [0.0]
    is_feature = False
    # Groups that appear in the first half of the sample continue to grow in the rest of the file.
    first_half = codes[: codes.size // 2]
    are_fixed = np.unique(first_half).size >= 0.9 * partition.groups()
    grows = rows / size if partition.column is not None and are_fixed else 1.0
    for outcome in outcomes:
        share = 0.5 if outcome.among is None else 0.5 / max(1, len(outcomes) - 1)
        among = np.ones(codes.size, bool) if outcome.among is None else outcome.among
        if partition.rows is not None:
            among = among & partition.rows
        happens = outcome.happens[among]
        found = relation(codes[among], happens, grows=grows)
        if found is not None and found.chance < level * share:
            effects.append(found.effect)
            is_feature |= partition.is_ordered and _follows_the_order(codes[among], happens)
    return 0.0 if is_feature else max(effects)


def _follows_the_order(codes: Codes, happens: NDArray[np.bool_]) -> bool:
    """Whether shares follow the group's number, or neighbouring groups are alike, as for a feature."""
    sizes = np.bincount(codes).astype(np.float64)
    shares = np.bincount(codes[happens], minlength=sizes.size)[sizes > 0] / sizes[sizes > 0]
    deviations = shares - shares.mean()
    positions = np.arange(shares.size) - (shares.size - 1) / 2
    variation = deviations @ deviations
    trend = abs(deviations @ positions) / np.sqrt(variation * (positions @ positions))
    autocorrelation = deviations[1:] @ deviations[:-1] / variation
    return bool(max(trend / 2, autocorrelation / 1.3) > 1 / np.sqrt(shares.size))

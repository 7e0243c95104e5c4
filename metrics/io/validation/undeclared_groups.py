"""Warning about grouped rows that no option declares: batches, wafers, patients.

Figures of related rows vary more than those of independent rows. Intervals resample groups if production
makes the groups as units. Rows are therefore only reported as related if a candidate for groups has a large
and significant design effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Problem, Wording, shown, warning, with_option
from metrics.io.checked_columns import Columns
from metrics.io.formats.source import Source
from metrics.io.validation.candidate_groups import (
    GROUPS,
    Codes,
    Floats,
    Partition,
    ascends,
    blocks_of_rows,
    is_sorted,
    partitions_of_beginnings,
    partitions_of_column,
    texts_of,
)
from metrics.io.validation.group_relation import FEW_ROWS, relation, relation_of_counts

MOST_ROWS, MOST_MODELS = 16_384, 8
"""Numbers of first rows and of models that are checked; for consecutive labels all rows are checked."""
FALSE_REPORTS = 0.003
"""Largest share of files of independent rows for which related rows are reported."""
LONG_BLOCK, LONG_BLOCKS = 1000, (1, 5, 20)
"""Number of consecutive rows in a block of the whole file, and numbers of blocks treated as one group."""
FEW_RUNS = 25
"""Number of runs of equal labels up to which a file counts as sorted by the label; its order is then ignored.
"""
SEEN_EARLY = 0.9
"""Share of the groups in the first half of the sample from which no new groups are expected in the file."""
TREND, ALIKE = 2.0, 1.3
"""Numbers of standard errors above which shares follow the group's number (two-sided 5%), and neighbouring
groups are alike (one-sided 10%).
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
    texts_by_column = texts_of(source, columns, sample.size)
    has_order = not sample.is_in_order() and not is_sorted(texts_by_column, columns)
    stages = (
        [
            part
            for name, text in texts_by_column.items()
            for part in partitions_of_column(name, text, columns)
        ],
        [
            part
            for name, text in texts_by_column.items()
            for part in partitions_of_beginnings(name, text)
        ],
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
            return max(related, key=lambda pair: pair[1])
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
        tested = relation_of_counts(sizes, counts)
        if tested is not None and tested.chance < FALSE_REPORTS / len(LONG_BLOCKS):
            largest = max(largest, tested.effect)
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
        f"rows {which} seem to belong together (design effect {effect}): intervals would be up to "
        f"{largest**0.5:.1f} times as wide, and certified limits do not allow for it either"
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
    are_fixed = np.unique(first_half).size >= SEEN_EARLY * partition.groups()
    grows = rows / size if partition.column is not None and are_fixed else 1.0
    for outcome in outcomes:
        share = 0.5 if outcome.among is None else 0.5 / max(1, len(outcomes) - 1)
        among = np.ones(codes.size, bool) if outcome.among is None else outcome.among
        if partition.rows is not None:
            among = among & partition.rows
        happens = outcome.happens[among]
        tested = relation(codes[among], happens, grows=grows)
        if tested is not None and tested.chance < level * share:
            effects.append(tested.effect)
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
    standard_error = 1 / np.sqrt(shares.size)
    return bool(max(trend / TREND, autocorrelation / ALIKE) > standard_error)

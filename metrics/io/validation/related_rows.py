"""Detection of grouped rows that no option declares: batches, wafers, patients.

Figures of related rows vary more than those of independent rows. Intervals resample groups if production
makes the groups as units. A column is therefore only reported if it looks like a group: by its name, or
because its values are codes of groups of similar size or in runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
from metrics.io.schema.column_words import GROUP, normal

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

MOST_ROWS = 16_384
"""Number of first rows whose columns are checked; for consecutive labels all rows are checked."""
MOST_MODELS, MOST_COLUMNS = 8, 12
LARGE = 1.3
"""Design effect above which rows are reported as related."""
LEVEL = 0.003
"""Largest probability of reporting related rows in a file of independent rows."""
FEW_GROUPS, GROUPS, CODED_GROUPS = 3, 10, 20
"""Smallest number of groups: by a group's name, by id prefix or consecutive rows, by codes."""
FEW_ROWS = 20
"""Smallest number of rows of each outcome that is needed for a report."""
SHUFFLES = 300
MOST_TOKENS = 6
BLOCKS = (5, 20, 60, 200)
"""Numbers of consecutive rows that are treated as one group, in the first rows."""
LONG_BLOCK, LONG_BLOCKS = 1000, (1, 5, 20)
"""Number of consecutive rows in a block of the whole file, and numbers of blocks treated as one group."""
FEW_RUNS = 25
"""Number of runs of equal labels up to which a file counts as sorted by the label; its order is then ignored.
"""

_WORDS = frozenset(
    "wafer panel tray run date day patient subject donor reel coil heat cast melt charge ingot roll "
    "sheet strip board pallet box carton cassette magazine carrier order job session visit series "
    "sequence scene video clip plate slide household specimen".split()
) | {word for word in GROUP if "_" not in word}
_SUFFIXES = frozenset("id ids no nr num number nummer code name key index idx".split())
_SUFFIX = re.compile(r"(?<=[a-z]{3})(id|no|nr|num|number)?\d*$")
_LAST_TOKENS = "(?:[^0-9A-Za-z]*(?:[0-9]+|[A-Za-z]+)){{{count}}}[^0-9A-Za-z]*$"


@dataclass(frozen=True)
class Relation:
    """Strength of the relation between the rows of a group.

    Attributes
    ----------
    effect : float
        Design effect: variance of a share over that of as many independent rows.
    correlation : float
        Intra-class correlation.
    chance : float
        p-value of the test that rows are independent.
    """

    effect: float
    correlation: float
    chance: float


@dataclass(frozen=True)
class RelatedRows:
    """A partition of the rows into groups of related rows.

    Attributes
    ----------
    column : str or None
        `None` for consecutive rows.
    example : str or None
        Prefix of an id that some rows share, if the group is not the column's whole value.
    effect : float
        The largest design effect of labels, misses and false alarms.
    """

    column: str | None
    example: str | None
    effect: float


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
        wanted = min(labels.size, MOST_ROWS - self.size)
        if wanted > 0:
            self.size += wanted
            self._labels.append(labels[:wanted])
            for k in self._models:
                self._scores[k].append(scores[k][:wanted])
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
        found = [Outcome(labels)]
        if not found[0].is_worth_it:
            return []
        goods = int(labels.size - labels.sum())
        for parts in self._scores:
            scores = np.concatenate(parts)
            # The threshold flags about as many units as there are defects.
            flagged = scores >= np.partition(scores, goods)[goods]
            found += [Outcome(~flagged, labels), Outcome(flagged, ~labels)]
        return [outcome for outcome in found if outcome.is_worth_it]

    def defects_in_blocks(self) -> NDArray[np.intp]:
        """Number of defects in every complete block of `LONG_BLOCK` consecutive rows of the file."""
        return np.concatenate([np.empty(0, np.intp), *self._blocks])

    def is_in_order(self) -> bool:
        """Whether the rows are sorted by label or by a model's scores."""
        if self._runs < FEW_RUNS:
            return True
        return any(_ascends(np.concatenate(parts)) for parts in self._scores)


@dataclass(frozen=True)
class Outcome:
    """A binary outcome of a row.

    Attributes
    ----------
    happens : ndarray of bool, shape (n,)
    of : ndarray of bool, shape (n,), optional
        Rows for which the outcome is defined; `None` for all.
    """

    happens: NDArray[np.bool_]
    of: NDArray[np.bool_] | None = None

    @property
    def is_worth_it(self) -> bool:
        """Whether the outcome occurs, and does not occur, in enough rows."""
        own = self.happens if self.of is None else self.happens[self.of]
        count = int(own.sum())
        return min(count, own.size - count) >= FEW_ROWS


def relation(
    codes: Codes, happens: NDArray[np.bool_], *, grows: float = 1.0, seed: int = 0
) -> Relation | None:
    """Design effect of groups on the share of rows with an outcome.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Group of each row.
    happens : ndarray of bool, shape (n,)
    grows : float
        Factor by which groups are larger in the whole file.
    seed : int
        Seed of the shuffles.

    Returns
    -------
    Relation or None
        `None` if the effect is not above `LARGE`, or may be chance.

    Notes
    -----
    Let p be the share, n_j the rows of group j and k_j those with the outcome. The variance of the share over
    the binomial variance is T = sum_j (k_j - p n_j)^2 / (n p (1 - p)). T is 1 for independent rows, and 1 +
    (m - 1) rho for groups of m rows with an intra-class correlation rho, where m is sum_j n_j^2 / n. The
    p-value is that of a gamma distribution with the first three moments of T in `SHUFFLES` files with
    shuffled rows.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    sizes = np.bincount(codes)
    return relation_of_counts(sizes, np.bincount(codes[happens], minlength=sizes.size), grows, seed)


def relation_of_counts(
    sizes: NDArray[np.intp], counts: NDArray[np.intp], grows: float = 1.0, seed: int = 0
) -> Relation | None:
    """Like `relation`, from the number of rows of each group and the number of those with the outcome."""
    rows, count = int(sizes.sum()), int(counts.sum())
    if min(count, rows - count) < FEW_ROWS:
        return None
    if 2 * count > rows:
        counts, count = sizes - counts, rows - count
    mean_size = float(sizes @ sizes) / rows
    if mean_size < 1.05:
        return None
    share = count / rows

    def statistic(own: NDArray[np.intp]) -> float:
        deviations = own - own.sum() / rows * sizes
        return float(deviations @ deviations) / (rows * share * (1 - share))

    found, expected = statistic(counts), 1 - mean_size / rows
    correlation = (found - expected) / (mean_size - 1)
    effect = 1 + correlation * (grows * mean_size - 1)
    if effect <= LARGE or found < expected + 3 * np.sqrt(2 * (mean_size - 1) / rows):
        return None
    rng = np.random.default_rng(seed)
    # Rows drawn with replacement vary more than shuffled rows, by the share of the other rows.
    drawn = (1 - share) * np.array(
        [statistic(own) for own in rng.multinomial(count, sizes / rows, SHUFFLES)]
    )
    deviations = drawn - drawn.mean()
    deviation = float(np.sqrt(np.mean(deviations**2)))
    if deviation == 0:
        return None
    shape = 4 / max(float(np.mean(deviations**3)) / deviation**3, 0.1) ** 2
    place = shape + (found - drawn.mean()) / deviation * np.sqrt(shape)
    # Imported here, because few files need it and loading it takes longer than reading most files.
    from scipy.special import gammaincc

    return Relation(effect, correlation, float(gammaincc(shape, max(0.0, place))))


@dataclass(frozen=True)
class _Partition:
    """A partition of the rows; ``rows`` are those that it assigns to a group."""

    column: str | None
    codes: Codes
    rows: NDArray[np.bool_] | None = None
    example: str | None = None
    is_ordered: bool = False
    """Whether the codes are ordered by a number that may be a feature."""

    def groups(self) -> int:
        return int(self.codes.max(initial=-1)) + 1


def related_rows(
    source: Source, columns: Columns, sample: RowSample, rows: int
) -> RelatedRows | None:
    """Find related rows by the unused columns, the prefixes of the ids, and the order of the rows.

    Parameters
    ----------
    source : Source
    columns : Columns
        Column roles without a group.
    sample : RowSample
        Sample of the first rows of the source.
    rows : int
        Number of rows in the file.

    Returns
    -------
    RelatedRows or None
        The partition with the largest design effect. A column takes precedence over id prefixes, and these
        over the order of the rows. `None` if no partition is found.
    """
    outcomes = sample.outcomes()
    if not outcomes:
        return None
    texts = _texts(source, columns, sample.size)
    stages = (
        [one for name, text in texts.items() for one in _of_column(name, text, columns)],
        [one for name, text in texts.items() for one in _of_beginnings(name, text)],
        [] if sample.is_in_order() or _is_sorted(texts, columns) else [*_of_order(sample.size)],
    )
    tests = max(1, sum(map(len, stages)))
    for partitions in stages:
        found = [
            RelatedRows(one.column, one.example, effect)
            for one in partitions
            if (effect := _effect(one, outcomes, sample.size, rows, LEVEL / tests))
        ]
        if found:
            return max(found, key=lambda one: one.effect)
    if not stages[-1]:
        return None
    effect = _effect_of_long_blocks(sample.defects_in_blocks())
    return RelatedRows(None, None, effect) if effect else None


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
        if found is not None and found.chance < LEVEL / len(LONG_BLOCKS):
            largest = max(largest, found.effect)
    return largest


def note_related_rows(
    source: Source, columns: Columns, sample: RowSample, rows: int
) -> list[Problem]:
    """A warning if rows seem to be related and no column is named as group; see `related_rows`."""
    if columns.group is not None:
        return []
    found = related_rows(source, columns, sample, rows)
    if found is None:
        return []
    some = f"{found.effect:.1f}" if found.effect < 10 else f"{found.effect:.0f}"
    which = "that follow each other"
    hint = Wording("Add a column that says which rows belong together, and name it ")
    if found.column is not None:
        which = f"with the same value in {shown(found.column)!r}"
        hint = Wording("Name it ")
        if found.example is not None:
            which = f"whose {shown(found.column)!r} begins alike, such as {shown(found.example)!r},"
            hint = Wording("Write this beginning into a column of its own, and name that ")
    text = (
        f"rows {which} seem to belong together: figures vary as if there were {some} times fewer rows "
        f"(design effect {some}), and intervals and certified limits do not allow for that"
    )
    return [
        warning(
            "W_GROUPED",
            text,
            file=source.name,
            column=found.column,
            value=found.example,
            hint=Wording(hint, with_option("group"), "."),
        )
    ]


def _effect(
    partition: _Partition, outcomes: Sequence[Outcome], size: int, rows: int, level: float
) -> float:
    """Largest significant design effect of any outcome; 0 if there is none.

    Half of the level is used for the labels, which are tested first, the other half for all errors together.
    """
    codes, effects, features = partition.codes, [0.0], []
    # Groups that appear in the first half of the sample continue to grow in the rest of the file.
    half = codes[: codes.size // 2]
    is_whole = partition.column is not None and np.unique(half).size >= 0.9 * partition.groups()
    grows = rows / size if is_whole else 1.0
    for outcome in outcomes:
        share = 0.5 if outcome.of is None else 0.5 / max(1, len(outcomes) - 1)
        of = partition.rows
        if outcome.of is not None:
            of = outcome.of if of is None else outcome.of & of
        happens = outcome.happens if of is None else outcome.happens[of]
        own = codes if of is None else codes[of]
        found = relation(own, happens, grows=grows)
        if found is not None and found.chance < level * share:
            effects.append(found.effect)
            features.append(_follows_the_order(own, happens))
    return 0.0 if partition.is_ordered and any(features) else max(effects)


def _texts(source: Source, columns: Columns, size: int) -> dict[str, pa.StringArray]:
    """Values of the ids, the segments and the unused columns in the first rows, as text."""
    taken = {columns.label, columns.weight, columns.value, *columns.models}
    rest = [name for name in source.names if name not in taken and name.strip()]
    rest.sort(key=lambda name: (name not in columns.id, not _is_named(name)))
    head = source.head()
    names = [name for name in rest if _may_be_groups(head[name])][:MOST_COLUMNS]
    if not names:
        return {}
    parts: list[list[pa.Array]] = [[] for _ in names]
    before = 0
    try:
        for arrays in _first(source, names, size):
            for k, array in enumerate(arrays):
                parts[k].append(plain(category_of(array, Place(source, names[k], before))))
            before += len(arrays[0])
    except ScoreError:
        return {}  # no other code reads these columns, so their errors must not reject the file
    return {name: pa.concat_arrays(own) for name, own in zip(names, parts, strict=True)}


def _first(source: Source, names: Sequence[str], size: int) -> Iterator[list[pa.Array]]:
    """The first rows of some columns."""
    before = 0
    for arrays in source.batches(names, frozenset(), min(size, 1 << 16)):
        arrays = [array.slice(0, size - before) for array in arrays]
        before += len(arrays[0])
        yield arrays
        if before >= size:
            return


def _may_be_groups(head: pa.Array) -> bool:
    """Whether a column has texts, dates or whole numbers."""
    kind = head.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return False
    if pa.types.is_floating(kind):
        numbers = head.to_numpy(zero_copy_only=False)
        known = numbers[np.isfinite(numbers)]
        return bool((known == np.floor(known)).all())
    if not pa.types.is_string(kind):
        return True
    return not pc.any(pc.match_substring_regex(head, r"^[-+]?\d*\.\d+([eE][-+]?\d+)?$")).as_py()


def _of_column(name: str, text: pa.StringArray, columns: Columns) -> list[_Partition]:
    """The groups of a column's values, if these may be groups."""
    if name in columns.parts:
        return []
    encoded = text.dictionary_encode()
    levels, codes = encoded.dictionary, encoded.indices.to_numpy().astype(np.intp)
    empty = pc.index(levels, "").as_py()
    rows = codes != empty if empty >= 0 else None
    known = codes if rows is None else codes[rows]
    groups = len(levels) - (empty >= 0)
    if 1.05 * groups > known.size or groups < FEW_GROUPS:
        return []
    partition = _Partition(name, codes, rows)
    if _is_named(name):
        return [partition]
    if groups < CODED_GROUPS:
        return []
    numbers = _numbers(levels)
    places = pc.rank(levels).to_numpy() if numbers is None else numbers.argsort().argsort()
    ranks = places.astype(np.intp)[codes]
    sizes = np.bincount(known, minlength=len(levels)).astype(np.float64)
    sizes = sizes[sizes > 0]
    in_runs = np.mean(known[1:] == known[:-1]) > 3 * (sizes @ sizes) / known.size**2 + 0.1
    are_codes = pc.all(pc.match_substring_regex(levels, r"\d|^$")).as_py()
    are_alike = are_codes and sizes.std() <= 0.5 * sizes.mean()
    if not are_alike and not (in_runs and not _ascends(ranks.astype(np.float64))):
        return []
    if numbers is None:
        return [partition]
    return [_Partition(name, ranks, rows, is_ordered=True)]


def _numbers(levels: pa.StringArray) -> Floats | None:
    """The numbers in texts; `None` if some texts are not numbers."""
    try:
        filled = pc.if_else(pc.equal(levels, ""), "nan", levels)
        return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None


def _follows_the_order(codes: Codes, happens: NDArray[np.bool_]) -> bool:
    """Whether shares follow the group's number, or neighbouring groups are alike, as for a feature."""
    sizes = np.bincount(codes).astype(np.float64)
    shares = np.bincount(codes[happens], minlength=sizes.size)[sizes > 0] / sizes[sizes > 0]
    deviations = shares - shares.mean()
    places = np.arange(shares.size) - (shares.size - 1) / 2
    trend = abs(deviations @ places) / np.sqrt((deviations @ deviations) * (places @ places))
    likeness = deviations[1:] @ deviations[:-1] / (deviations @ deviations)
    return bool(max(trend / 2, likeness / 1.3) > 1 / np.sqrt(shares.size))


def _of_beginnings(name: str, text: pa.StringArray) -> Iterator[_Partition]:
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
        lengths = [pc.min_max(pc.utf8_length(own)).as_py() for own in (text, beginnings)]
        if all(own["min"] == own["max"] for own in lengths):
            begins = pc.utf8_slice_codeunits(text, 0, lengths[1]["max"])
        else:
            begins = pc.replace_substring_regex(text, pattern, "")
        encoded = begins.dictionary_encode()
        groups = len(encoded.dictionary)
        if groups < GROUPS:
            return
        codes = encoded.indices.to_numpy().astype(np.intp)
        yield _Partition(name, codes, example=encoded.dictionary[0].as_py())


def _of_order(size: int) -> Iterator[_Partition]:
    """Blocks of consecutive rows."""
    for block in BLOCKS:
        if size // block >= GROUPS:
            yield _Partition(None, np.arange(size) // block)


def _is_sorted(texts: dict[str, pa.StringArray], columns: Columns) -> bool:
    """Whether the rows are sorted by a segment, or by a number that is neither id nor group."""
    for name, text in texts.items():
        if name in columns.id or _is_named(name):
            continue
        encoded = text.dictionary_encode()
        codes = encoded.indices.to_numpy()
        levels = len(encoded.dictionary)
        if 1 < levels < CODED_GROUPS and np.count_nonzero(np.diff(codes)) <= 3 * levels:
            return True
        if levels >= CODED_GROUPS and 1.05 * levels < codes.size:
            values = _numbers(encoded.dictionary)
            if values is not None and _ascends(values[codes]):
                return True
    return False


def _ascends(values: Floats) -> bool:
    """Whether numbers ascend or descend, with few exceptions."""
    steps = np.diff(values)
    if not steps.any():
        return False
    return bool(max(np.mean(steps >= 0), np.mean(steps <= 0)) >= 0.99)


def _is_named(name: str) -> bool:
    """Whether a column has a group's name: ``Batch_No``, ``wafer``, ``patient_id``."""
    words = normal(name).split("_")
    if words[-1] in {"id", "ids"} and len(words) > 1:
        return True
    while len(words) > 1 and (words[-1] in _SUFFIXES or words[-1].isdigit()):
        words.pop()
    return words[-1] in _WORDS or _SUFFIX.sub("", words[-1]) in _WORDS

"""One pass over a source: its columns by what they are, in batches of one length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import Place, category_of
from metrics.io.formats.source import Source
from metrics.io.hashing import KeyedRows, hash_text
from metrics.io.schema.score_reader import ScoreReader
from metrics.io.validation.checks import Checks
from metrics.io.validation.ids import Ids

IdsOf = Callable[[list[pa.Array], int, int], Ids]
ReadAhead = Callable[[Iterator[list[pa.Array]]], Iterator[list[pa.Array]]]
LabelsOf = Callable[[pa.Array, Ids, int], NDArray[np.int8]]


class Batch(NamedTuple):
    """Some rows as they were read: arrays of one length, None where the data has no such column.

    ``parts`` are the segments and the kind of defect, by name; dictionaries where they were read so.
    """

    ids: Ids
    labels: NDArray[np.int8]
    weights: NDArray[np.float64] | None
    values: NDArray[np.float64] | None
    group: pa.StringArray | None
    parts: dict[str, pa.StringArray | pa.DictionaryArray]
    scores: tuple[NDArray[np.float64], ...]


def as_rows(batch: Batch) -> KeyedRows:
    """Rows as the tally counts them."""
    nothing = np.empty(0)
    return KeyedRows(
        batch.ids.hashes if batch.group is None else hash_text(batch.group),
        batch.labels,
        nothing if batch.weights is None else batch.weights,
        nothing if batch.values is None else batch.values,
        batch.scores,
    )


def read_batches(
    source: Source,
    columns: Columns,
    reader: ScoreReader,
    size: int,
    ids_of: IdsOf,
    labels_of: LabelsOf,
    checks: Checks | None,
    early: ReadAhead = iter,
) -> Iterator[Batch]:
    """Yield all rows.

    Parameters
    ----------
    source : Source
    columns : Columns
    reader : ScoreReader
        Makes probabilities of a defect, or what rises with it, of the scores as they are written.
    size : int
        Rows of a batch, at most.
    ids_of, labels_of : callable
        Of the id's columns, the number of rows and those before; of the label's column, the ids and the
        rows before.
    checks : Checks or None
        None: the rows were checked before.
    early : callable
        `metrics.parallel.ahead` where the next batch may be read while one is looked at.

    Raises
    ------
    ScoreError
        At the first value that breaks a rule.
    """
    c = columns
    numbers = [name for name in (c.weight, c.value) if name is not None]
    texts = list(dict.fromkeys(name for name in (c.group, *c.parts) if name is not None))
    besides = reader.besides(c.models, checked=checks is not None)
    # A column may be read for two things; not every source gives one twice.
    names = list(dict.fromkeys([*c.id, c.label, *numbers, *texts, *besides, *c.models]))
    before = 0
    read = source.batches(names, frozenset([*numbers, *c.models]), size)
    for arrays in early(read):
        given = dict(zip(names, arrays, strict=True))
        ids = ids_of([given[name] for name in c.id], len(arrays[0]), before)
        labels = labels_of(given[c.label], ids, before)
        figures: dict[str, NDArray[np.float64]] = {}
        for name in numbers:
            place = Place(source, name, before)
            figures[name] = reader.numbers(given[name], place)
            if checks is not None:
                checks.weights(figures[name], place, positive=name == c.weight)
        words: dict[str, pa.StringArray | pa.DictionaryArray] = {}
        for name in texts:
            words[name] = category_of(given[name], Place(source, name, before))
            if name == c.group:
                words[name] = plain(words[name])
                if checks is not None:
                    checks.groups(words[name])
        witnesses = {name: given[name] for name in besides}
        decided = reader.decided(witnesses, source, before)
        scores = []
        for k, name in enumerate(c.models):
            place = Place(source, name, before)
            scores.append(reader.scores(given[name], place))
            if checks is not None:
                checks.scores(k, scores[k], labels, place)
        if checks is not None:
            hard = reader.decided_by_models(c.models, scores)
            checks.meaning(labels, scores, decided | hard, witnesses, before)
        scores = reader.of_defect(c.models, scores, decided, source, before)
        before += len(arrays[0])
        yield Batch(
            ids,
            labels,
            None if c.weight is None else figures[c.weight],
            None if c.value is None else figures[c.value],
            None if c.group is None else words[c.group],
            {name: words[name] for name in c.parts},
            tuple(scores),
        )


def read_figures(
    source: Source, columns: Columns, reader: ScoreReader, size: int, early: ReadAhead = iter
) -> Iterator[KeyedRows]:
    """Yield weights, values and scores alone, of rows that were checked before; see `read_batches`."""
    c = columns
    own = [name for name in (c.weight, c.value) if name is not None]
    besides = reader.besides(c.models, checked=False)
    names = list(dict.fromkeys([*own, *c.models, *besides]))
    nothing, before = np.empty(0), 0
    for arrays in early(source.batches(names, frozenset([*own, *c.models]), size)):
        given = dict(zip(names, arrays, strict=True))
        figures = {name: reader.numbers(given[name], Place(source, name, before)) for name in own}
        scores = [reader.scores(given[name], Place(source, name, before)) for name in c.models]
        decided = reader.decided({name: given[name] for name in besides}, source, before)
        scores = reader.of_defect(c.models, scores, decided, source, before)
        before += len(arrays[0])
        yield KeyedRows(
            np.empty(0, np.uint64),
            np.empty(0, np.int8),
            nothing if c.weight is None else figures[c.weight],
            nothing if c.value is None else figures[c.value],
            tuple(scores),
        )

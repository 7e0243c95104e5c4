"""One pass over a source, in batches of rows with checked columns by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import Location, category_of
from metrics.io.hash_buckets import hash_text
from metrics.io.ids import Ids, unit_ids
from metrics.io.schema.label_values import levels_of
from metrics.io.validation.running_checks import Checks

ReadAhead = Callable[[Iterator[list[pa.Array]]], Iterator[list[pa.Array]]]


@dataclass(frozen=True)
class Batch:
    """Some rows in input order: arrays of one length, `None` if the data has no such column.

    ``parts`` holds the segments and the kind of defect by name, as dictionary arrays if they were read so.
    A label is 1 for a defect.
    """

    ids: Ids
    labels: NDArray[np.int8]
    weights: NDArray[np.float64] | None
    values: NDArray[np.float64] | None
    group: pa.StringArray | None
    parts: dict[str, pa.StringArray | pa.DictionaryArray]
    scores: tuple[NDArray[np.float64], ...]

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Hash of the group's text if rows come in groups, otherwise of the id's text."""
        return self.ids.hashes if self.group is None else hash_text(self.group)

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.scores[0].size

    @property
    def nbytes(self) -> int:
        """Memory of the weights, values and scores."""
        arrays = (self.weights, self.values, *self.scores)
        return sum(array.nbytes for array in arrays if array is not None)


def read_batches(
    checks: Checks,
    size: int,
    columns: Columns | None = None,
    *,
    again: bool = False,
    early: ReadAhead = iter,
) -> Iterator[Batch]:
    """Yield all rows, at most ``size`` at a time; raise `ScoreError` at the first invalid value.

    With ``again``, the same checks have seen these rows before, possibly with other columns. ``early`` is
    `metrics.read_ahead.compute_ahead` if the next batch may be read while the current one is processed.
    """
    source, score_reader, c = checks.source, checks.score_reader, columns or checks.columns
    numbers = [name for name in (c.weight, c.value) if name is not None]
    texts = list(dict.fromkeys(name for name in (c.group, *c.parts) if name is not None))
    further = score_reader.further_columns(c.models, checked=not again)
    # A column may have two roles, but not every source can return it twice.
    columns_to_read = list(dict.fromkeys([*c.id, c.label, *numbers, *texts, *further, *c.models]))
    rows_before = 0
    for arrays in early(source.batches(columns_to_read, frozenset([*numbers, *c.models]), size)):
        array_by_column = dict(zip(columns_to_read, arrays, strict=True))
        locations = {name: Location(source, name, rows_before) for name in columns_to_read}
        ids = unit_ids(
            source, c.id, [array_by_column[name] for name in c.id], len(arrays[0]), rows_before
        )
        if again:
            levels = levels_of(array_by_column[c.label], locations[c.label])
            labels = checks.labels.known(*levels)
        else:
            checks.ids.add(ids)
            labels = checks.read_labels(array_by_column[c.label], ids, rows_before)
        number_columns = {
            name: score_reader.numbers(array_by_column[name], locations[name]) for name in numbers
        }
        text_columns = {name: category_of(array_by_column[name], locations[name]) for name in texts}
        if c.group is not None:
            text_columns[c.group] = plain(text_columns[c.group])
        further_arrays = {name: array_by_column[name] for name in further}
        predicted_classes = score_reader.predicted_classes(further_arrays, source, rows_before)
        if not again and c.weight is not None:
            checks.check_weights(number_columns[c.weight], locations[c.weight])
        if not again and c.group is not None:
            checks.count_groupless(text_columns[c.group])
        scores = []
        for k, name in enumerate(c.models):
            scores.append(score_reader.scores(array_by_column[name], locations[name]))
            if not again:
                checks.check_scores(k, scores[k], labels, locations[name])
        if not again:
            classes_of_models = score_reader.predicted_classes_of_models(c.models, scores)
            checks.sample_meaning(
                labels, scores, predicted_classes | classes_of_models, further_arrays, rows_before
            )
        scores = score_reader.defect_scores(
            c.models, scores, predicted_classes, source, rows_before
        )
        rows_before += len(arrays[0])
        yield Batch(
            ids,
            labels,
            None if c.weight is None else number_columns[c.weight],
            None if c.value is None else number_columns[c.value],
            None if c.group is None else text_columns[c.group],
            {name: text_columns[name] for name in c.parts},
            tuple(scores),
        )

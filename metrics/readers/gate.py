"""The gate's inner loop: batches of a source in, checked batches in the canonical schema out."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from metrics.columns import Columns
from metrics.readers.base import Source
from metrics.readers.checks import Checks
from metrics.readers.layout import schema_of
from metrics.readers.values import Place, numbers_of, text_of


def checked(
    source: Source, columns: Columns, checks: Checks, *, decimal: str, size: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a source as the gate lets them through; what only the whole shows is not checked.

    Parameters
    ----------
    source : Source
    columns : Columns
    checks : Checks
        Of this source; once it is ``doomed`` a label without a meaning was met, and batches hold -1 for it.
    decimal : {".", ","}
    size : int
        Rows of a batch at most.

    Raises
    ------
    ScoreError
        At the first value that breaks a rule.
    """
    c = columns
    numbers = [name for name in (c.weight, c.value) if name is not None]
    texts = [name for name in (c.group, *c.segments) if name is not None]
    wanted = [*c.id, c.label, *numbers, *texts, *c.models]
    schema, before = schema_of(c), 0
    for arrays in source.batches(wanted, frozenset([*numbers, *c.models]), size):
        rest = iter(arrays)
        ids = [next(rest) for _ in c.id]
        unit = checks.ids(ids, len(arrays[0]), before)
        label = checks.labels(next(rest), unit, before)
        out: list[pa.Array] = [unit, pa.array(label)]
        for name in numbers:
            place = Place(source, name, before)
            values = numbers_of(next(rest), place, decimal=decimal)
            checks.weights(values, place, positive=name == c.weight)
            out.append(pa.array(values))
        for name in texts:
            text = text_of(next(rest), Place(source, name, before))
            text = text.fill_null("") if text.null_count else text
            if name == c.group:
                checks.groups(text)
            out.append(text)
        for k, name in enumerate(c.models):
            place = Place(source, name, before)
            values = numbers_of(next(rest), place, decimal=decimal)
            checks.scores(k, values, label, place)
            out.append(pa.array(values))
        before += len(arrays[0])
        yield pa.RecordBatch.from_arrays(out, schema=schema)

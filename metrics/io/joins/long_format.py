"""Long files, with one row per unit and model: their recognition, and the pivot to one row per unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError, Wording, shown, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Location, text_of
from metrics.io.formats.source import Source, TableSource
from metrics.io.ids import key_text
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.score_meaning import Codes, Floats
from metrics.io.schema.score_reader import ScoreReader, check_named_models
from metrics.io.schema.vocabulary import MODEL_KEY, SCORE, normal

_ROWS, _MOST_MODELS = 262_144, 50
"""Number of rows read at a time; largest number of models whose first rows are checked."""


def model_key(first: FirstRows, roles: Roles) -> str | None:
    """Return the column with the model of each row, if the file is long."""
    if first.choices.models is not None:
        return None
    facts = first.facts
    found = [
        (MODEL_KEY.index(f.key), k, f.name)
        for k, f in enumerate(facts)
        if f.key in MODEL_KEY
        and f.name not in roles.used()
        and (f.kind == "text" or _numbers_models(f, facts, roles))
    ]
    return min(found)[2] if found else None


def _numbers_models(key: ColumnFacts, facts: Sequence[ColumnFacts], roles: Roles) -> bool:
    """Whether whole numbers identify models: there is a score column, and no id differs in every row."""
    has_score = any(f.key in SCORE and f.name not in roles.used() for f in facts)
    ids = [f for f in facts if f.name in roles.id]
    has_unique_id = len(ids) == 1 and ids[0].distinct == ids[0].rows
    return key.kind == "number" and key.whole and has_score and not has_unique_id


def long_score(roles: Roles) -> str | None:
    """Return the score column of a long file: the only candidate, or the only one with a score's name."""
    named = [name for name in roles.models if normal(name) in SCORE]
    return named[0] if len(named) == 1 else roles.models[0] if len(roles.models) == 1 else None


def pivot(
    source: Source, roles: Roles, score_reader: ScoreReader, tell: Callable[[int], None]
) -> tuple[TableSource, tuple[str, ...]]:
    """Return a table with one row per unit, in the order of first appearance, and its models.

    The reader converts scores of the good or the predicted class to scores of the defect, model by model. The
    predicted class is in the same row. ``tell`` is called with the number of rows read so far.

    Raise ``E_DUPID`` if a unit has a model twice, ``E_SCORE_NA`` if it lacks a model, ``E_CONFLICT`` if the
    label or other columns of a unit differ between its rows, ``E_COLUMN`` if an option names a missing model.
    """
    key, score = roles.model_key, str(roles.score)
    shared = list(dict.fromkeys(roles.named()))
    texts, scores, predicted_classes = _read(source, [*shared, *key], roles, score_reader, tell)
    ids = key_text(source, roles.id, [texts[name] for name in roles.id], 0, "an id")
    names = key_text(source, key, [texts[name] for name in key], 0, "a model name")
    long_rows = _LongRows.of(ids, names)
    check_named_models(long_rows.models, score_reader.choices, source.name)
    for k, name in enumerate(long_rows.models):
        is_model = long_rows.model == k
        scores = score_reader.defect_scores_of_rows(
            name, scores, is_model, predicted_classes, Location(source, score)
        )
    grid = _grid(long_rows, source.name, roles.id[0], score)
    first = grid.min(axis=1)
    columns: dict[str, pa.Array] = {}
    origin: dict[str, tuple[str, NDArray[np.int64] | None]] = {}
    for name in shared:
        _check_equal(source, name, texts[name], long_rows.unit, first)
        columns[name] = texts[name].take(pa.array(first))
        origin[name] = (source.name, first + 1)
    for k, model in enumerate(long_rows.models):
        if model in columns:
            raise ScoreError(
                "E_DUPCOL",
                f"a model must not have the name of a column, got {shown(model)!r}",
                file=source.name,
                column=model,
                hint="Rename the column.",
            )
        columns[model] = pa.array(scores[grid[:, k]])
        origin[model] = (source.name, grid[:, k] + 1)
    table = TableSource(source.name, pa.table(columns), origin=origin)
    return table, long_rows.models


@dataclass(frozen=True)
class _LongRows:
    """Unit and model of each row, as positions in the lists of units and models."""

    unit: NDArray[np.int64]
    units: pa.StringArray
    model: NDArray[np.int64]
    models: tuple[str, ...]

    @classmethod
    def of(cls, ids: pa.StringArray, names: pa.StringArray) -> _LongRows:
        unit, model = ids.dictionary_encode(), names.dictionary_encode()
        return cls(
            unit.indices.to_numpy().astype(np.int64),
            unit.dictionary,
            model.indices.to_numpy().astype(np.int64),
            tuple(model.dictionary.to_pylist()),
        )


def _grid(rows: _LongRows, file: str, id_column: str, score: str) -> NDArray[np.int64]:
    """Return the row of each unit and model, shape (units, models); each pair must occur once."""
    units, models = len(rows.units), len(rows.models)
    cell = rows.unit * models + rows.model
    order = np.argsort(cell, kind="stable")
    ordered = cell[order]
    repeats = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if repeats.size:
        row = int(order[repeats].min())
        first_row = int(order[np.searchsorted(ordered, cell[row])])
        unit, model = rows.units[rows.unit[row]], rows.models[rows.model[row]]
        raise ScoreError(
            "E_DUPID",
            f"a unit must have each model once, got {shown(unit)!r} and {shown(model)!r} "
            f"in rows {first_row + 1} and {row + 1}",
            file=file,
            row=row + 1,
            column=id_column,
            value=str(unit),
            hint=Wording(
                "Name all columns that together are the id ",
                with_option("id"),
                ", or the model ",
                with_option("model_key"),
                ".",
            ),
        )
    if (missing := units * models - cell.size) > 0:
        # The search uses only as many cells as rows plus one, because the full table may be far larger than
        # the file.
        gaps = np.flatnonzero(ordered != np.arange(cell.size))
        gap = int(gaps[0]) if gaps.size else cell.size
        raise ScoreError(
            "E_SCORE_NA",
            f"every unit must have a score of every model, {shown(rows.models[gap % models])!r} has none for "
            f"{shown(rows.units[gap // models])!r} "
            f"({missing:,} of {units * models:,} are missing)",
            file=file,
            column=score,
            hint=Wording(
                "Add the missing rows; if the file is not long, name its models ",
                with_option("models"),
                ".",
            ),
        )
    return order.reshape(units, models)


def parts_by_model(
    source: Source, key: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[str, TableSource]]:
    """Yield some columns of the first rows of a long file by model, one model after another."""
    heads = source.head()
    models = key_text(source, key, [heads[name] for name in key], 0, "a model name")
    table = pa.table({name: heads[name] for name in dict.fromkeys(columns)})
    for model in pc.unique(models)[:_MOST_MODELS]:
        yield str(model), TableSource(source.name, table.filter(pc.equal(models, model)))


def _read(
    source: Source,
    texts: list[str],
    roles: Roles,
    score_reader: ScoreReader,
    tell: Callable[[int], None],
) -> tuple[dict[str, pa.Array], Floats, Codes | None]:
    """Return columns as text, the scores, and the predicted classes if they are needed."""
    parts: dict[str, list[pa.Array]] = {name: [] for name in texts}
    numbers: list[Floats] = []
    codes: list[Codes] = []
    rows_before, score, ids = 0, str(roles.score), roles.id
    decision = score_reader.meaning.decision_of.get(score)
    column_names = list(dict.fromkeys([*texts, *filter(None, [decision]), score]))
    for arrays in source.batches(column_names, frozenset([score]), _ROWS):
        array_by_column = dict(zip(column_names, arrays, strict=True))
        for name, part in parts.items():
            location = Location(source, name, rows_before)
            part.append(text_of(array_by_column[name], location, exact=name in ids))
        numbers.append(
            score_reader.numbers(array_by_column[score], Location(source, score, rows_before))
        )
        if decision is not None:
            codes.append(
                score_reader.predicted_classes(
                    {decision: array_by_column[decision]}, source, rows_before
                )[decision]
            )
        rows_before += len(array_by_column[score])
        tell(rows_before)
    columns = {
        name: pa.chunked_array(part, pa.string()).combine_chunks() for name, part in parts.items()
    }
    return columns, np.concatenate(numbers), np.concatenate(codes) if codes else None


def _check_equal(
    source: Source,
    name: str,
    texts: pa.Array,
    unit: NDArray[np.int64],
    first: NDArray[np.int64],
) -> None:
    """Check that a column has one value for each unit."""
    codes = texts.fill_null("").dictionary_encode().indices.to_numpy()
    differs = codes != codes[first[unit]]
    if differs.any():
        row = int(np.argmax(differs))
        raise ScoreError(
            "E_CONFLICT",
            f"all rows of a unit must have one {name}, got {shown(texts[row])!r} "
            f"and, in row {int(first[unit[row]]) + 1}, {shown(texts[int(first[unit[row]])])!r}",
            file=source.name,
            row=row + 1,
            column=name,
            value=texts[row].as_py(),
            hint=Wording(
                "Correct the rows, or name all columns that together are the id ",
                with_option("id"),
                ".",
            ),
        )

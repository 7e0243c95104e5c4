"""Opening of score files: `open_scores` turns paths, tables or classifiers into one table with known columns.

All scores enter through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from os import PathLike, fspath
from typing import Any

from metrics.errors import Option, Problem, ScoreError, Wording, shown, with_option
from metrics.io.checked_columns import Columns
from metrics.io.column_roles import Roles, StoredRoles, ignore_columns, overlay, require
from metrics.io.column_uses import column_uses
from metrics.io.estimators import open_estimators
from metrics.io.formats.choose_reader import open_source
from metrics.io.formats.data_frames import read_object
from metrics.io.formats.nested import expanded
from metrics.io.formats.parquet import ParquetSource
from metrics.io.formats.source import Source, TableSource
from metrics.io.joins.join_by_id import join
from metrics.io.joins.joined_files import held_out_of, recognise_parts, scale_of
from metrics.io.joins.long_format import long_score, model_key, parts_by_model, pivot
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, ScoresOf
from metrics.io.schema.added_columns import add_new_columns
from metrics.io.schema.column_problems import (
    case_warnings,
    missing_label_error,
    missing_scores_error,
    precision_warnings,
    predicted_label_warnings,
    refuse_words_as_scores,
    require_column_names,
    require_numbers,
    unused_column_warnings,
    weight_warnings,
)
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.first_rows_check import check_first_rows, confidences_beside
from metrics.io.schema.model_columns import find_models, lone_score
from metrics.io.schema.roles import find_roles, refuse_good_label, unique_text
from metrics.io.schema.score_reader import ScoreMeaning, ScoreReader, meaning_of
from metrics.io.scores import Scores, ScoreTable


def open_table(given: object, choices: ReadOptions, tell: Callable[[int], None]) -> ScoreTable:
    """Open one file, several files, or a table in memory; see `open_scores`.

    ``tell`` is called with the number of rows read so far, if rows must be combined into units.
    """
    sources, files = open_sources(given, choices)
    if len(sources) == 1:
        return _open_single(sources[0], choices, files, tell)
    return _open_several(sources, choices, files, tell)


def open_sources(given: object, choices: ReadOptions) -> tuple[list[Source], tuple[str, ...]]:
    """Open the input without looking for columns; return the sources and their names as given."""
    if isinstance(given, TableSource):
        return [given], (given.name,)
    if isinstance(given, (str, PathLike)):
        files = [str(fspath(given))]
    elif (
        isinstance(given, Sequence)
        and given
        and all(isinstance(path, (str, PathLike)) for path in given)
    ):
        files = [str(fspath(path)) for path in given]
    else:
        source = expanded(read_object(given))
        return [source], (source.name,)
    if repeated := [file for k, file in enumerate(files) if file in files[:k]]:
        raise ScoreError(
            "E_DUPFILE",
            "each file must be given once, got one twice",
            file=repeated[0],
            hint="Leave one out.",
        )
    return [open_source(file, choices) for file in files], tuple(files)


@dataclass(frozen=True)
class RecognisedTable:
    """The roles of one table's columns, and further information from its first rows and the options."""

    roles: Roles
    notes: list[Problem]
    scale: Scale
    held_out: RowsHeldOut = "unknown"
    meaning: ScoreMeaning = field(default_factory=ScoreMeaning)


def _open_single(
    source: Source, choices: ReadOptions, files: tuple[str, ...], tell: Callable[[int], None]
) -> ScoreTable:
    known = recognise(source, choices)
    table, roles, meaning = source, known.roles, known.meaning
    if roles.model_key:
        reader = ScoreReader(meaning, choices, known.scale)
        table, roles.models = pivot(source, roles, reader, tell)
        # The scores of each model were already converted in the rows of their predicted class.
        meaning = ScoreMeaning(label_levels=meaning.label_levels)
        uses = column_uses(source.names, replace(roles, models=()))
    else:
        uses = column_uses(source.names, roles, scores_of=meaning.of)
    columns = _columns(roles, choices)
    return ScoreTable(
        table,
        columns,
        files,
        (source,),
        known.notes,
        known.scale,
        known.held_out,
        meaning,
        roles.unused,
        uses,
    )


def recognise(source: Source, choices: ReadOptions) -> RecognisedTable:
    """Find the roles of one table's columns by its first rows; raise `ScoreError` if they are ambiguous."""
    long = choices.model_key is not None or choices.score is not None
    if isinstance(source, ParquetSource) and source.stored and not long:
        return _converted(source, source.stored, choices)
    first, file, scale = FirstRows.of(source, choices), source.name, choices.assumed_scale
    notes = [*case_warnings(source), *predicted_label_warnings(choices, file)]
    roles = find_roles(first)
    ignore_columns(roles, choices, source)
    require_column_names(first)
    label = first.column(roles.label)
    if label is None:
        raise missing_label_error(file, first.facts)
    refuse_good_label(label, choices, file)
    require_numbers(first, roles)
    key = _model_key(first, roles)
    rest = first.without(key)
    find_models(rest, roles, label)
    if not roles.models and (lone := lone_score(rest, roles)):
        roles.models = (lone,)
        roles.unused.pop(lone, None)
    if choices.score is not None:
        roles.models = (require(source.names, choices.score, Option("score"), file),)
    score = long_score(roles) if key else None
    if score is not None:
        roles.model_key, roles.score, roles.models = key, score, (score,)
        meaning = _long_meaning(first, roles, label)
    else:
        meaning = _wide_meaning(first, roles, label)
        if not roles.id and (serial := unique_text(first, roles)):
            roles.id = (serial,)
            del roles.unused[serial]
    notes += [*unused_column_warnings(roles, file), *weight_warnings(roles, file)]
    notes += precision_warnings(first, roles.models)
    return RecognisedTable(roles, notes, scale, meaning=meaning)


def _model_key(first: FirstRows, roles: Roles) -> tuple[str, ...]:
    """Return the columns that name the model of a row; empty if there are none."""
    named, names = first.choices.model_key, first.source.names
    if named is not None:
        return tuple(require(names, name, Option("model_key"), first.file) for name in named)
    key = model_key(first, roles)
    return () if key is None else (key,)


def _long_meaning(first: FirstRows, roles: Roles, label: ColumnFacts) -> ScoreMeaning:
    """Return the meaning of the scores of a long file, after a check of its first rows.

    One question covers all models with the same doubt.
    """
    choices, source, score = first.choices, first.source, str(roles.score)
    if not roles.id:
        raise ScoreError(
            "E_NOID",
            "a long file must have an id, got none by a known name",
            file=source.name,
            hint=Wording("Name the columns that together are a unit's id ", with_option("id"), "."),
        )
    # The score column holds confidences if any model's scores are confidences.
    meanings = {option.rpartition("=")[2] for option in choices.scores_of or ()}
    scores_of = ("predicted",) if "predicted" in meanings else None
    meaning = meaning_of(roles, label, replace(choices, scores_of=scores_of), source.name)
    errors: list[tuple[FirstRows, ScoreError]] = []
    checked = 0
    for model, part in parts_by_model(
        source, roles.model_key, [score, label.name, *meaning.decisions]
    ):
        if choices.scores_of_model(model) is not None:
            continue
        checked += 1
        rows = FirstRows(part, choices, ())
        try:
            check_first_rows(rows, [score], meaning, label, choices.assumed_scale, title=model)
        except ScoreError as error:
            errors.append((rows, error))
    if errors and len(errors) == checked and len({error.code for _, error in errors}) == 1:
        check_first_rows(errors[0][0], [score], meaning, label, choices.assumed_scale)
    if errors:
        raise ScoreError.of(dict.fromkeys(p for _, error in errors for p in error.problems))
    return meaning


def _wide_meaning(first: FirstRows, roles: Roles, label: ColumnFacts) -> ScoreMeaning:
    """Return the meaning of the scores of a file with a column for each model, after a check."""
    choices, file, scale = first.choices, first.file, first.choices.assumed_scale
    if choices.model_key is not None:
        raise ScoreError(
            "E_NOMODEL",
            "a long file must have one score column, "
            f"got {len(roles.models)}: {', '.join(roles.models[:6])}",
            file=file,
            hint=Wording("Name it ", with_option("score"), "."),
        )
    if not roles.models:
        refuse_words_as_scores(first, roles)
        raise missing_scores_error(file)
    meaning = meaning_of(roles, label, choices, file)
    for name, other in confidences_beside(first, roles.models, meaning, scale).items():
        roles.models = tuple(model for model in roles.models if model != name)
        reason = f"it is the confidence in the class that {shown(other, 30)!r} tells, too"
        roles.unused[name] = reason
    check_first_rows(first, roles.models, meaning, label, scale)
    return meaning


def _converted(source: Source, stored: StoredRoles, choices: ReadOptions) -> RecognisedTable:
    """Roles stored in a converted file; the caller's options take precedence."""
    roles = overlay(stored.roles, choices, source.names, source.name)
    if roles.label is None:
        raise missing_label_error(source.name, [])
    if not roles.models:
        raise missing_scores_error(source.name)
    ignore_columns(roles, choices, source)
    notes = add_new_columns(roles, stored, source, choices)
    notes += [*unused_column_warnings(roles, source.name), *weight_warnings(roles, source.name)]
    # Questions about a converted file were answered before it was written.
    meaning = replace(meaning_of(roles, None, choices, source.name), is_asked=False)
    return RecognisedTable(roles, notes, choices.scale or stored.scale, stored.held_out, meaning)


def _columns(roles: Roles, choices: ReadOptions) -> Columns:
    named = {f.name: getattr(roles, f.name) for f in fields(Columns) if f.name != "positive"}
    return Columns(positive=choices.positive or "1", **named)


def _open_several(
    sources: list[Source], choices: ReadOptions, files: tuple[str, ...], tell: Callable[[int], None]
) -> ScoreTable:
    parts, notes = recognise_parts(sources, choices)
    scale = scale_of(parts, choices)
    table, roles, problems = join(parts, choices, tell)
    first = FirstRows.of(table, choices)
    label = first.column(roles.label)
    meaning = meaning_of(roles, label, choices, table.name)
    if all(part.stored is not None for part in parts if part.roles.models):
        meaning = replace(meaning, is_asked=False)
    check_first_rows(first, roles.models, meaning, label, scale)
    names = [part.first.source.names for part in parts]
    uses = [
        column_uses(names, part.roles, scores_of=meaning.of)
        for names, part in zip(names, parts, strict=True)
    ]
    return ScoreTable(
        table,
        _columns(roles, choices),
        files,
        tuple(sources),
        [
            *predicted_label_warnings(choices, table.name),
            *notes,
            *problems,
            *weight_warnings(roles, table.name),
        ],
        scale,
        held_out_of(parts),
        meaning,
        roles.unused,
        tuple(dict.fromkeys(use for file_uses in uses for use in file_uses)),
    )


def open_scores(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | object,
    *,
    label: str | None = None,
    id: str | Sequence[str] | None = None,
    positive: str | float | bool | None = None,
    models: Sequence[str] | None = None,
    weight: str | None = None,
    value: str | None = None,
    group: str | None = None,
    segments: Sequence[str] | None = None,
    defect_type: str | None = None,
    scale: Scale | None = None,
    decimal: str | None = None,
    model_key: str | Sequence[str] | None = None,
    score: str | None = None,
    common_ids: bool = False,
    negative: str | float | bool | None = None,
    scores_of: ScoresOf | str | Sequence[str] | Mapping[str, ScoresOf] | None = None,
    decision: str | None = None,
    ignore: Sequence[str] | None = None,
    rows: RowsHeldOut = "unknown",
    X: Any = None,
    y: Any = None,
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """Open scores of candidate models; columns without an option are recognised by name.

    Parameters
    ----------
    source : path, list of paths, or object
        One score file; a label file and score files that are joined on the id; a table in memory; or a dict
        of fitted scikit-learn classifiers, whose scores of ``X`` are computed.
    label, id, weight, value, group : str, optional
        Column names. Several ``id`` columns identify a unit together, or are the names of the id in different
        files.
    positive : str, number or bool, optional
        The label value that means defect, in any case.
    negative : str, number or bool, optional
        The only label value that means a good unit; all others are defects.
    scores_of : {"defect", "good", "predicted"}, mapping, or sequence of str, optional
        Class that a higher score supports: the defect (default), the good class, or the predicted class. For
        a single model use ``{"model": "good"}`` or ``"model=good"``. Scores of the good class become 1 -
        score (100 - score for per cent, the negative for log-odds and ranks).
    decision : str, optional
        Column of the predicted class, required for ``scores_of="predicted"``. P(defect) is the score if the
        predicted class is the defect, otherwise 1 - score. This column is not a model.
    models, segments : sequence of str, optional
        Column names.
    ignore : sequence of str, optional
        Columns that are not used, regardless of their names.
    defect_type : str, optional
        Column with the kind of defect of a defective unit.
    scale : {"probability", "percent", "logit", "rank"}, optional
        How to read the scores; probabilities by default.
    decimal : {".", ","}, optional
        Decimal sign of text formats.
    model_key, score : str, optional
        Columns of a long file, which has one row per unit and model. Several ``model_key`` columns name a
        model together.
    common_ids : bool
        Whether to keep only the units that are in all files; ``W_COMMONIDS`` gives the number of units left
        out.
    rows : {"held-out", "out-of-fold", "training", "unknown"}
        Whether the models were trained on these rows; if "unknown", the entry of a converted file is used.
    X, y : array_like of shape (n, features) and (n,), optional
        Features and true labels of n units, for a dict of classifiers. If ``X`` is a data frame, ``id``,
        ``weight``, ``value``, ``group``, ``segments`` and ``defect_type`` name columns of it.
    progress : callable, optional
        Called with the number of rows so far while joined or long files are combined into units. Its
        exceptions are passed on.

    Returns
    -------
    Scores

    Raises
    ------
    ScoreError
        If the input is ambiguous or invalid.
    """
    choices = ReadOptions.of(
        id=id, label=label, positive=positive, models=models, weight=weight, value=value, group=group,
        segments=segments, defect_type=defect_type, scale=scale, decimal=decimal, model_key=model_key,
        score=score, common_ids=common_ids, negative=negative, scores_of=scores_of, decision=decision,
        ignore=ignore,
    )  # fmt: skip
    from_estimators = X is not None or y is not None
    tell = progress or (lambda rows: None)
    table = (
        open_estimators(source, X, y, choices)
        if from_estimators
        else open_table(source, choices, tell)
    )
    return Scores(table, choices, held_out=table.held_out if rows == "unknown" else rows)

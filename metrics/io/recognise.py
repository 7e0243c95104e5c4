"""Recognition of one table: the roles of its columns and the meaning of its scores, by its first rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from metrics.errors import Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import Roles, ignore_columns, require
from metrics.io.formats.parquet import ParquetSource
from metrics.io.formats.source import Source
from metrics.io.joins.long_format import long_score, model_key, parts_by_model
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale
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
from metrics.io.schema.decision_columns import decision_words
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.first_rows_check import check_first_rows, find_confidences_of_other_models
from metrics.io.schema.label_sense import refuse_good_label
from metrics.io.schema.model_columns import find_models, lone_score
from metrics.io.schema.roles import find_roles, unique_text
from metrics.io.schema.score_reader import ScoreMeaning, meaning_of
from metrics.io.stored_roles import StoredRoles, combine_roles

_BESIDE_PERCENT = (
    "all scores lie between 0 and 1, unlike those of other models, so they are read as probabilities and "
    "multiplied by 100"
)


@dataclass(frozen=True)
class RecognisedTable:
    """The roles of one table's columns, and further information from its first rows and the options."""

    roles: Roles
    notes: list[Problem]
    scale: Scale
    held_out: RowsHeldOut = "unknown"
    meaning: ScoreMeaning = field(default_factory=ScoreMeaning)


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
    refuse_good_label(first, label)
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
        meaning = _recognise_long_scores(first, roles, label)
    else:
        meaning = _recognise_wide_scores(first, roles, label)
        if not roles.id and (serial := unique_text(first, roles)):
            roles.id = (serial,)
            del roles.unused[serial]
    notes += [*unused_column_warnings(roles, file), *weight_warnings(roles, file)]
    notes += precision_warnings(first, roles.models)
    notes += [
        warning("W_SCALE", _BESIDE_PERCENT, file=file, column=model)
        for model in sorted(meaning.probabilities)
    ]
    return RecognisedTable(roles, notes, scale, meaning=meaning)


def _model_key(first: FirstRows, roles: Roles) -> tuple[str, ...]:
    """Return the columns that name the model of a row; empty if there are none."""
    named, names = first.choices.model_key, first.source.names
    if named is not None:
        return tuple(require(names, name, Option("model_key"), first.file) for name in named)
    key = model_key(first, roles)
    return () if key is None else (key,)


def _recognise_long_scores(first: FirstRows, roles: Roles, label: ColumnFacts) -> ScoreMeaning:
    """Return the meaning of the scores of a long file, after a check of its first rows.

    If all models raise the same doubt, one question is asked for the whole file.
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
        # Without the title of a model, the same question is about all models.
        check_first_rows(errors[0][0], [score], meaning, label, choices.assumed_scale)
    if errors:
        raise ScoreError.of(dict.fromkeys(p for _, error in errors for p in error.problems))
    return meaning


def _recognise_wide_scores(first: FirstRows, roles: Roles, label: ColumnFacts) -> ScoreMeaning:
    """Return the meaning of the scores of a file with a column for each model, after a check."""
    choices, file, scale = first.choices, first.file, first.choices.assumed_scale
    if choices.model_key is not None:
        names = ", ".join(roles.models[:6])
        raise ScoreError(
            "E_NOMODEL",
            "a long file must have one score column, "
            f"got {f'{len(roles.models)}: {names}' if names else 'none'}",
            file=file,
            hint=Wording("Name it ", with_option("score"), "."),
        )
    if not roles.models:
        refuse_words_as_scores(first, roles)
        raise missing_scores_error(file)
    meaning = meaning_of(roles, label, choices, file)
    meaning = replace(
        meaning,
        words=decision_words(first, roles.models, label),
        probabilities=_beside_percent(first, roles.models),
    )
    for name, other in find_confidences_of_other_models(
        first, roles.models, meaning, scale
    ).items():
        roles.models = tuple(model for model in roles.models if model != name)
        reason = f"it is also the confidence in the class given by {shown(other, 30)!r}"
        roles.unused[name] = reason
    check_first_rows(first, roles.models, meaning, label, scale)
    return meaning


def _beside_percent(first: FirstRows, models: tuple[str, ...]) -> frozenset[str]:
    """Return the models with all scores from 0 to 1, in a file of per cent with a model above 1."""
    if first.choices.scale != "percent":
        return frozenset()
    numeric = [f for f in first.facts if f.name in models and f.numbers]
    probabilities = frozenset(f.name for f in numeric if not f.outside)
    return probabilities if len(probabilities) < len(numeric) else frozenset()


def _converted(source: Source, stored: StoredRoles, choices: ReadOptions) -> RecognisedTable:
    """Roles stored in a converted file; the caller's options take precedence."""
    roles = combine_roles(stored.roles, choices, source.names, source.name)
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

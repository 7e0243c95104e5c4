"""Opening of score files: `open_scores` turns paths or tables into one table with known columns.

All scores enter through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath

from metrics.errors import ScoreError
from metrics.io.column_uses import ColumnUse, column_uses
from metrics.io.formats.choose_reader import open_source
from metrics.io.formats.data_frames import read_object
from metrics.io.formats.nested import expand_nested
from metrics.io.formats.source import Source, TableSource
from metrics.io.joins.join_by_id import join
from metrics.io.joins.joined_files import held_out_of, recognise_parts, scale_of
from metrics.io.joins.long_format import pivot
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, ScoresOf
from metrics.io.recognise import RecognisedTable, recognise
from metrics.io.schema.column_problems import predicted_label_warnings, weight_warnings
from metrics.io.schema.decision_columns import decision_words
from metrics.io.schema.first_rows import FirstRows
from metrics.io.schema.first_rows_check import check_first_rows
from metrics.io.schema.score_reader import ScoreMeaning, ScoreReader, meaning_of
from metrics.io.scores import Scores


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
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """Open scores of candidate models; columns without an option are recognised by name.

    Parameters
    ----------
    source : path, list of paths, or object
        One score file; a label file and score files that are joined on the id; or a table in memory.
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
        Whether the models were trained on these rows; if "unknown", what a converted file says is used.
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
    sources, files = open_sources(source, choices)
    tell = progress or (lambda rows: None)
    if len(sources) == 1:
        table, known, uses = _open_single(sources[0], choices, tell)
    else:
        table, known, uses = _open_several(sources, choices, tell)
    held_out = known.held_out if rows == "unknown" else rows
    return Scores(table, known, choices, sources=sources, files=files, uses=uses, held_out=held_out)


def open_sources(given: object, choices: ReadOptions) -> tuple[list[Source], tuple[str, ...]]:
    """Open the input without looking for columns; return the sources and their names as given."""
    if isinstance(given, TableSource):
        return [given], (given.name,)
    paths = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    files = [str(fspath(path)) for path in paths if isinstance(path, (str, PathLike))]
    if not files or len(files) < len(paths):
        source = expand_nested(read_object(given))
        return [source], (source.name,)
    if repeated := [file for k, file in enumerate(files) if file in files[:k]]:
        raise ScoreError(
            "E_DUPFILE",
            "each file must be given once, got one twice",
            file=repeated[0],
            hint="Leave one out.",
        )
    return [open_source(file, choices) for file in files], tuple(files)


def _open_single(
    source: Source, choices: ReadOptions, tell: Callable[[int], None]
) -> tuple[Source, RecognisedTable, tuple[ColumnUse, ...]]:
    known = recognise(source, choices)
    roles, meaning = known.roles, known.meaning
    if not roles.model_key:
        return source, known, column_uses(source.names, roles, scores_of=meaning.of)
    table, roles.models = pivot(source, roles, ScoreReader(meaning, choices, known.scale), tell)
    # The scores of each model were already converted in the rows of their predicted class.
    known = replace(known, meaning=ScoreMeaning(label_levels=meaning.label_levels))
    return table, known, column_uses(source.names, replace(roles, models=()))


def _open_several(
    sources: list[Source], choices: ReadOptions, tell: Callable[[int], None]
) -> tuple[Source, RecognisedTable, tuple[ColumnUse, ...]]:
    parts, notes = recognise_parts(sources, choices)
    scale = scale_of(parts, choices)
    table, roles, problems = join(parts, choices, tell)
    first = FirstRows.of(table, choices)
    label = first.column(roles.label)
    meaning = meaning_of(roles, label, choices, table.name)
    meaning = replace(meaning, words=decision_words(first, roles.models, label))
    if all(part.stored is not None for part in parts if part.roles.models):
        meaning = replace(meaning, is_asked=False)
    check_first_rows(first, roles.models, meaning, label, scale)
    all_notes = [
        *predicted_label_warnings(choices, table.name),
        *notes,
        *problems,
        *weight_warnings(roles, table.name),
    ]
    uses = (
        use
        for part in parts
        for use in column_uses(part.first.source.names, part.roles, scores_of=meaning.of)
    )
    known = RecognisedTable(roles, all_notes, scale, held_out_of(parts), meaning)
    return table, known, tuple(dict.fromkeys(uses))

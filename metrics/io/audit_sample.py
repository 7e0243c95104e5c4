"""Audit samples: labels that are known only for flagged units and for a random sample of the others.

Units that are neither flagged nor in the sample are left out. A unit of the sample gets the weight one over
its probability of being checked, because it represents that many units.
"""

from __future__ import annotations

import hashlib
import json
from typing import NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import ScoreError, counted, shown, warning
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import MISSING, Location, numbers_of
from metrics.io.formats.source import BATCH_ROWS, Source, TableSource
from metrics.io.open import open_sources
from metrics.io.read_options import LabelsFrom, ReadOptions
from metrics.io.schema.label_values import levels_of, spelling

WEIGHT = "audit_weight"
"""Name of the added weight column."""
ONLY_FLAGGED = (
    "only units that the current system flags were checked: what it misses is unknown, and with it recall, "
    "costs and all else that rests on missed defects"
)
"""Reason for leaving out figures if only flagged units were checked."""


def refuse_unknown_misses(labels: LabelsFrom, *, is_weighted: bool) -> None:
    """Refuse figures that need the missed defects if the checked units do not show them.

    Parameters
    ----------
    labels : {"all", "flagged", "audit"}
        Units that were checked.
    is_weighted : bool
        Whether the rows have weights. The weights of an audit sample represent the units that were not
        checked.

    Raises
    ------
    ScoreError
        ``E_ONLYFLAGGED`` or, for an audit sample without weights, ``E_AUDIT``.
    """
    if labels == "flagged":
        hint = "Check a random sample of the other units too."
        raise ScoreError("E_ONLYFLAGGED", ONLY_FLAGGED, hint=hint)
    if labels == "audit" and not is_weighted:
        raise ScoreError(
            "E_AUDIT",
            "each unit of a sample must count for those that were not checked, got rows without weights",
            hint="Open the files again, and name the column with each unit’s chance of being checked.",
        )


def read_audit_sample(
    file: object, column: str, *, today: tuple[str, float] | None = None, decimal: str | None = None
) -> TableSource:
    """Units with a known label, with their weights in an additional column, `WEIGHT`.

    Parameters
    ----------
    file : path
        One score file.
    column : str
        Either the probability that each unit was checked: 1 for flagged units, 0 or empty for unchecked
        units. Or a mark (1 or 0, yes or no) of the units in the audit sample. This is a random sample of the
        units that the current system does not flag.
    today : (str, float), optional
        Score column and threshold of the current system; required if the column has marks.
    decimal : {".", ","}, optional
        Decimal sign of text formats.

    Returns
    -------
    TableSource
        Open it with ``weight="audit_weight"``.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` if the file has no such column; ``E_AUDIT`` if the column does not give the
        probabilities.

    References
    ----------
    Horvitz, Thompson: A generalization of sampling without replacement from a finite universe. JASA 1952.
    """
    sources, _ = open_sources(file, ReadOptions(decimal=decimal))
    source = sources[0]
    if len(sources) > 1:
        _refuse(source, column, "an audit sample must be marked in one score file, got several")
    for name in (column, *([] if today is None else [today[0]])):
        if name not in source.names:
            raise ScoreError(
                "E_COLUMN",
                f"the audit must name a column of the file, got {shown(name)!r}",
                file=source.name,
                column=name,
            )
    table = _read(source)
    chances = _chances(source, table, column, today, decimal or ".")
    is_known = chances > 0
    rows = np.flatnonzero(is_known) + 1
    weights = pa.array(1 / chances[is_known])
    # The marks are now weights. If left in the table, they would look like decisions of the current system.
    checked = table.drop_columns([column]).filter(pa.array(is_known)).append_column(WEIGHT, weights)
    origin = dict.fromkeys(checked.column_names, (source.name, rows.astype(np.int64)))
    # The weights depend on how the sample is marked, so other marks are other data.
    digest = hashlib.sha256(source.digest() + json.dumps([column, today]).encode()).digest()
    result = TableSource(source.name, checked, digest=digest, stamp=source.stamp, origin=origin)
    result.problems = source.problems
    sampled = int((chances[is_known] < 1).sum())
    result.note(
        warning(
            "W_AUDIT",
            f"{counted(sampled, 'unit')} of the audit sample stand for "
            f"{float((1 / chances[is_known])[chances[is_known] < 1].sum()):,.0f} that are not flagged; "
            f"{counted(int((~is_known).sum()), 'unit')} without a check left out",
            file=source.name,
            column=column,
            hint="If it found fewer than 10 defects, take the intervals of recall for wider than they read.",
        )
    )
    return result


def _read(source: Source) -> pa.Table:
    """All columns of a file."""
    names = list(source.names)
    parts = [
        pa.Table.from_arrays(arrays, names=names)
        for arrays in source.batches(names, frozenset(), BATCH_ROWS)
    ]
    return pa.concat_tables(parts, promote_options="default").combine_chunks()


def _chances(
    source: Source, table: pa.Table, column: str, today: tuple[str, float] | None, decimal: str
) -> NDArray[np.float64]:
    """Probability that each unit was checked; 0 if it was not."""
    levels, index = levels_of(plain(table.column(column)), Location(source, column))
    values = [_value(level, decimal) for level in levels]
    for level, value in zip(levels, values, strict=True):
        if not 0 <= value <= 1:
            _refuse(
                source,
                column,
                "an audit must be marked by 1 and 0, or by the chance of each unit to be checked, got "
                f"{shown(level)!r}",
            )
    marks = np.array(values)[index]
    if not set(values) <= {0.0, 1.0}:
        return marks
    if today is None:
        _refuse(
            source, column, "marks of an audit sample must go with the current system, got none"
        )
    model, threshold = today
    scores = numbers_of(plain(table.column(model)), Location(source, model), decimal=decimal)
    flagged, sampled = scores >= threshold, (marks == 1) & (scores < threshold)
    if not sampled.any():
        _refuse(source, column, "an audit sample must have units that are not flagged, got none")
    share = sampled.sum() / (~flagged).sum()
    return np.where(flagged, 1.0, np.where(sampled, share, 0.0))


def _value(level: str | None, decimal: str) -> float:
    """Probability or mark given by a text; NaN if the text is neither."""
    if level is None or level.strip().casefold() in MISSING:
        return 0.0
    meaning = spelling(level)[1]
    if meaning >= 0:
        return float(meaning)
    try:
        return float(level.replace(decimal, "."))
    except ValueError:
        return float("nan")


def _refuse(source: Source, column: str, message: str) -> NoReturn:
    raise ScoreError(
        "E_AUDIT",
        message,
        file=source.name,
        column=column,
        hint="Give each unit’s chance to be checked (1 where it was flagged), or mark the sample and name "
        "the current system with --today.",
    )

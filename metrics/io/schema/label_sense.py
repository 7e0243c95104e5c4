"""Doubts about which value of the label is the defect, from names of columns and of classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import Problem, ScoreError, Wording, shown, with_option
from metrics.io.formats.cells import Location, text_of
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import known_positive
from metrics.io.schema.score_meaning import Codes, direction
from metrics.io.schema.score_meaning_sample import SampledRows
from metrics.io.schema.vocabulary import (
    is_good_label,
    is_model,
    sense_of_score,
    sense_of_words,
    words_of,
)

MOST_CLASSES = 40
"""Largest number of names of classes, or of folders of pictures, in a column."""
NEARLY_ALL = 0.99
"""Share of rows whose class name must contradict the label."""


def refuse_good_label(first: FirstRows, label: ColumnFacts) -> None:
    """Raise ``E_LABELSENSE`` if 1 may be a good unit, to ask for the defect.

    The label's name may say so, such as ``passed``, or the names of the classes in another column.
    """
    if _is_settled(first) or known_positive(label.values, None) is None:
        return
    reason = None
    if is_good_label(label.words):
        reason = f"{shown(label.name)!r} sounds like a good unit"
    elif (column := _contradicting_column(first, label)) is not None:
        reason = f"the names in {shown(column, 30)!r} contradict {shown(label.name, 30)!r}"
    if reason is not None:
        raise ScoreError.of([_question(label, reason, first.file)])


def contradicting_scores(
    first: FirstRows, label: ColumnFacts | None, evidence: Mapping[str, SampledRows]
) -> list[Problem]:
    """Return ``E_LABELSENSE`` if all scores contradict the label by their names; otherwise nothing.

    The score of the good class then rises with the label, or the score of the defect falls.
    """
    if label is None or _is_settled(first) or first.choices.scores_of or not evidence:
        return []
    opposite = {-1: "up", 1: "down"}
    if not all(
        not is_model(words_of(model))
        and direction(rows.scores, rows.labels) == opposite.get(sense_of_score(model))
        for model, rows in evidence.items()
    ):
        return []
    model = next(iter(evidence))
    does = "rises" if sense_of_score(model) < 0 else "falls"
    reason = f"the score {shown(model, 30)!r} {does} with {shown(label.name, 30)!r}"
    return [_question(label, reason, first.file)]


def _is_settled(first: FirstRows) -> bool:
    """Whether the caller has named the defect's value, or the good one."""
    return first.choices.positive is not None or first.choices.negative is not None


def _question(label: ColumnFacts, reason: str, file: str) -> Problem:
    one = known_positive(label.values, None)
    others = [level for level in label.values if level != one]
    return Problem(
        "E_LABELSENSE",
        "error",
        f"which label value is the defect must be known, and {reason}",
        file=file,
        column=label.name,
        hint=Wording("Say it ", with_option("positive", *others[:1], *([one] if one else [])), "."),
    )


def _contradicting_column(first: FirstRows, label: ColumnFacts) -> str | None:
    """Return a column whose class names contradict the label; `None` if there is none.

    Defects are then called good, or good units defective. Paths of pictures have the class in a folder.
    """
    codes = first.decisions(label.name, label.values)
    if (codes < 0).any() or codes.min(initial=1) == codes.max(initial=0):
        return None
    texts = (f for f in first.facts if f.kind == "text" and f.name != label.name)
    return next((f.name for f in texts if _is_contradiction(_senses(first, f), codes)), None)


def _senses(first: FirstRows, column: ColumnFacts) -> Codes | None:
    """Return the sense of each row's class name, shape ``(n,)``; `None` if there are too many names."""
    texts = text_of(first.source.head()[column.name], Location(first.source, column.name))
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    names = pc.replace_substring_regex(
        texts.fill_null(""), r"[/\\][^/\\]*$", ""
    ).dictionary_encode()
    if len(names.dictionary) > MOST_CLASSES:
        return None
    senses = [sense_of_words(words_of(name)) for name in names.dictionary.to_pylist()]
    rows: Codes = np.array(senses, np.int8)[names.indices.to_numpy()]
    return rows


def _is_contradiction(senses: Codes | None, codes: Codes) -> bool:
    if senses is None:
        return False
    defects, goods = senses[codes == 1], senses[codes == 0]
    return any(
        np.mean(wrong == sense) >= NEARLY_ALL and np.mean(right == sense) <= 1 - NEARLY_ALL
        for sense, wrong, right in ((-1, defects, goods), (1, goods, defects))
    )

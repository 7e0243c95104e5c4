"""Ids of units as text, and checks for missing, ambiguous, repeated and odd ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.cells import Location, text_of
from metrics.io.formats.source import BATCH_ROWS, Source
from metrics.io.hash_buckets import hash_text
from metrics.io.validation.duplicates import RepeatedHashes, among


class Ids:
    """Ids of some rows as text. If they ``are_numbers``, no id has an odd spelling."""

    def __init__(self, text: pa.StringArray, *, are_numbers: bool = False) -> None:
        self.text, self.are_numbers = text, are_numbers

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """Hashes of the ids, from `metrics.io.hash_buckets.hash_text`."""
        return hash_text(self.text)


def unit_ids(
    source: Source, names: Sequence[str], parts: Sequence[pa.Array], rows: int, before: int
) -> Ids:
    """Ids of a batch; without an id column the row numbers from 1."""
    if not parts:
        return Ids(pc.cast(pa.array(np.arange(before + 1, before + rows + 1)), pa.string()))
    are_numbers = len(parts) == 1 and pa.types.is_integer(parts[0].type)
    return Ids(key_text(source, names, parts, before, "an id"), are_numbers=are_numbers)


def key_text(
    source: Source, names: Sequence[str], parts: Sequence[pa.Array], before: int, what: str = "id"
) -> pa.StringArray:
    """Return one text per row; the parts of a composite key are joined with "|".

    Raise ``E_IDMISSING`` for an empty key; ``E_ID`` if a part contains "|", because two different keys could
    then have equal text; ``E_TYPE`` for fractions.
    """
    texts = [
        text_of(part, Location(source, name, before), exact=True)
        for name, part in zip(names, parts, strict=True)
    ]
    for name, text in zip(names, texts, strict=True):
        lacks = text.is_null().to_numpy(zero_copy_only=False)
        if len(names) == 1:
            empty = pc.equal(pc.binary_length(text), 0).fill_null(True)
            lacks = empty.to_numpy(zero_copy_only=False)
        if lacks.any():
            raise ScoreError(
                "E_IDMISSING",
                f"every row must have {what}, got nothing",
                **Location(source, name, before).at(int(np.argmax(lacks))),
                hint="Fill it in, or remove the row.",
            )
        if len(names) > 1:
            bars = pc.match_substring(text, "|").to_numpy(zero_copy_only=False)
            if bars.any():
                row = int(np.argmax(bars))
                raise ScoreError(
                    "E_ID",
                    f"a part of a composite key must not contain '|', which joins the parts, "
                    f"got {shown(text[row])!r}",
                    **Location(source, name, before).at(row),
                    value=text[row].as_py(),
                    hint="Replace the character in the file.",
                )
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")


class IdChecks:
    """Collects the ids of a source, and finds repeated or odd ones.

    Without an id column, rows are numbered and nothing is checked.
    """

    def __init__(self, source: Source, columns: Sequence[str]) -> None:
        self._source, self._columns = source, columns
        self._hashes = RepeatedHashes()
        self._odd: list[pa.StringArray] = []

    def add(self, ids: Ids) -> None:
        """Record the data needed to find repeated or odd ids."""
        if self._columns:
            self._hashes.add(ids.hashes)
            if not ids.are_numbers:
                self._add_odd(ids.text)

    def _add_odd(self, texts: pa.StringArray) -> None:
        """Record the few ids that trimming or Unicode normalisation would change."""
        normal = pc.utf8_trim_whitespace(texts)
        if not pc.all(pc.string_is_ascii(texts)).as_py():
            normal = pc.utf8_normalize(normal, form="NFC")
        is_changed = pc.not_equal(normal, texts)
        if pc.any(is_changed).as_py():
            self._odd.append(pc.filter(texts, is_changed))

    def close(self) -> None:
        """Release the ids after all checks."""
        self._hashes.close()
        self._hashes, self._odd = RepeatedHashes(), []

    def refuse_repeated(self) -> None:
        """Raise ``E_DUPID`` if an id occurs twice."""
        suspects = self._hashes.repeated()
        if not suspects.size:
            return
        first_rows: dict[str, int] = {}
        before = 0
        for arrays in self._source.batches(self._columns, frozenset(), BATCH_ROWS):
            key_texts = key_text(self._source, self._columns, arrays, before)
            for k in np.flatnonzero(among(hash_text(key_texts), suspects)).tolist():
                text = key_texts[k].as_py()
                if text in first_rows:
                    raise self._repeated_id_error(text, first_rows[text], before + k)
                first_rows[text] = before + k
            before += len(key_texts)

    def _repeated_id_error(self, text: str, first: int, second: int) -> ScoreError:
        name = self._columns[0]
        rows = [self._source.locate(name, row)[1] for row in (first, second)]
        return ScoreError(
            "E_DUPID",
            f"ids must differ, got {shown(text)!r} in rows {rows[0]} and {rows[1]}",
            **Location(self._source, name).at(second),
            value=text,
            hint=Wording(
                "Keep one row per unit, name all columns that together are the id ",
                with_option("id"),
                ", or the model's column of a long file ",
                with_option("model_key"),
                ".",
            ),
        )

    def warnings(self) -> list[Problem]:
        """Return a warning if ids differ only in spaces, and one if they differ only in Unicode form."""
        notes: dict[str, Problem] = {}
        id_by_normal: dict[str, str] = {}
        for texts in self._odd:
            trimmed = pc.utf8_trim_whitespace(texts)
            normal = pc.utf8_normalize(trimmed, form="NFC")
            is_taken = self._hashes.holds(hash_text(normal))
            for k, normal_text in enumerate(normal.to_pylist()):
                text = texts[k].as_py()
                if not is_taken[k] and normal_text not in id_by_normal:
                    id_by_normal[normal_text] = text
                    continue
                is_spaced = trimmed[k].as_py() != text
                code = "W_TRIM" if is_spaced else "W_UNICODE"
                difference = "spaces around them" if is_spaced else "their Unicode form"
                notes[code] = notes.get(code) or warning(
                    code,
                    f"some ids differ only in {difference}, such as {text!r}",
                    file=self._source.name,
                    column=self._columns[0],
                    value=text,
                    hint="They are kept as different units.",
                )
        return list(notes.values())

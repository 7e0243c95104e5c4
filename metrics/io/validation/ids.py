"""Ids as text: parts are joined, missing and ambiguous ids are rejected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import Place, text_of
from metrics.io.formats.source import Source
from metrics.io.hashing import hash_integers, hash_text


class Ids:
    """Ids of some rows.

    Parameters
    ----------
    text : StringArray or None
    numbers : ndarray of int64 or None
        Replacement of the text, which is then their decimal digits and is only created on demand.
    """

    def __init__(
        self, text: pa.StringArray | None, numbers: NDArray[np.int64] | None = None
    ) -> None:
        self._text, self._numbers = text, numbers

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """Hashes of the ids, from `metrics.io.hashing.hash_text`."""
        return hash_text(self._text) if self._numbers is None else hash_integers(self._numbers)

    @property
    def are_numbers(self) -> bool:
        """Whether the ids are integers, so that no spelling can be odd."""
        return self._numbers is not None

    @property
    def text(self) -> pa.StringArray:
        """One text per row."""
        if self._text is None:
            self._text = pc.cast(pa.array(self._numbers), pa.string())
        return self._text

    @property
    def last(self) -> str:
        """Text of the last row; empty if there are no rows."""
        if self._numbers is not None:
            return str(self._numbers[-1]) if self._numbers.size else ""
        return str(self.text[-1].as_py()) if len(self.text) else ""


def unit_ids(
    source: Source, names: Sequence[str], parts: Sequence[pa.Array], rows: int, before: int
) -> Ids:
    """Ids of a batch; without an id column the row numbers from 1."""
    if not parts:
        return Ids(None, np.arange(before + 1, before + rows + 1))
    if len(parts) == 1:
        array = plain(parts[0])
        kind = array.type
        if pa.types.is_integer(kind) and kind != pa.uint64() and array.null_count == 0:
            return Ids(None, array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False))
    return Ids(key_text(source, names, parts, before, "an id"))


def key_text(
    source: Source, names: Sequence[str], parts: Sequence[pa.Array], before: int, what: str = "id"
) -> pa.StringArray:
    """Return one text per row; the parts of a composite key are joined with "|".

    Raise ``E_IDMISSING`` for an empty key; ``E_ID`` if a part contains "|", because two different keys could
    then have equal text; ``E_TYPE`` for fractions.
    """
    texts = [
        text_of(part, Place(source, name, before), exact=True)
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
                **Place(source, name, before).at(int(np.flatnonzero(lacks)[0])),
                hint="Fill it in, or remove the row.",
            )
        if len(names) > 1:
            bars = pc.match_substring(text, "|").to_numpy(zero_copy_only=False)
            if bars.any():
                row = int(np.flatnonzero(bars)[0])
                raise ScoreError(
                    "E_ID",
                    f"a part of a composite key must not contain '|', which joins the parts, "
                    f"got {shown(text[row])!r}",
                    **Place(source, name, before).at(row),
                    value=text[row].as_py(),
                    hint="Replace the character in the file.",
                )
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")

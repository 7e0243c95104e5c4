"""Ids as text: parts joined, none missing, none ambiguous."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import ScoreError, shown
from metrics.readers.base import Source
from metrics.readers.values import Place, text_of


def key_text(
    source: Source, names: Sequence[str], parts: Sequence[pa.Array], before: int, what: str = "id"
) -> pa.StringArray:
    """Return one text per row; the parts of a composite key are joined with "|".

    Raises
    ------
    ScoreError
        ``E_IDMISSING`` for an empty key, ``E_ID`` where a part contains "|", since two different keys
        could then be written alike; ``E_TYPE`` for fractions.
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

"""Categories of a column's values, in order of appearance and limited in number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.io.formats.arrow_arrays import plain

MAX_CATEGORIES = 32
"""Largest number of categories of a column that are counted separately, in order of appearance."""
OTHER = "other"
"""Name of the category that collects all later categories."""
FEW_TEXTS = 4096
"""Largest number of texts in a dictionary that are looked up one by one."""


@dataclass
class Categories:
    """Categories in order of appearance; if they are fixed, any other category is in `OTHER`."""

    names: list[str] = field(default_factory=list)
    has_others: bool = False
    are_fixed: bool = False

    @classmethod
    def fixed(cls, names: Sequence[str] | None) -> Categories:
        """Categories that never change; if ``names`` is `None`, categories are added as they appear."""
        return cls() if names is None else cls(list(names), are_fixed=True)

    @property
    def _is_full(self) -> bool:
        return self.are_fixed or self.has_others or len(self.names) >= MAX_CATEGORIES

    @property
    def max_size(self) -> int:
        """Largest possible number of categories after all rows, including `OTHER`."""
        return len(self.names) + 1 if self.are_fixed else max(len(self.names), MAX_CATEGORIES) + 1

    def add(self, name: str) -> int:
        """Position of a category, which is added if new; position of `OTHER` if there are too many."""
        if name in self.names:
            return self.names.index(name)
        if self._is_full:
            self.has_others = True
            if OTHER in self.names:
                return self.names.index(OTHER)
            name = OTHER
        self.names.append(name)
        return len(self.names) - 1

    def codes(self, texts: pa.StringArray | pa.DictionaryArray) -> NDArray[np.uint8]:
        """Position of each text's category."""
        if pa.types.is_dictionary(texts.type):
            if len(texts.dictionary) <= FEW_TEXTS:
                return self._codes_of_few(texts)
            texts = plain(texts)
        if not self._is_full:
            for name in pc.unique(texts).to_pylist():
                self.add(name)
                if self.has_others:
                    break
        positions = pc.index_in(texts, value_set=pa.array(self.names, pa.string()))
        if positions.null_count:
            # Every new category would have been added, so a text without a position belongs to `OTHER`.
            unknown = texts.filter(pc.is_null(positions))[0].as_py()
            positions = positions.fill_null(self.add(unknown))
        return np.asarray(positions.to_numpy(zero_copy_only=False), np.uint8)

    def _codes_of_few(self, texts: pa.DictionaryArray) -> NDArray[np.uint8]:
        """Position of each text's category; each text of the dictionary is looked up once."""
        names: list[str] = texts.dictionary.to_pylist()
        indices: NDArray[np.integer[Any]] = texts.indices.to_numpy()
        # NumPy keeps the last value written to a repeated index. Writing backwards keeps the first one.
        first_rows = np.full(len(names), indices.size)
        first_rows[indices[::-1]] = np.arange(indices.size)[::-1]
        present = np.flatnonzero(first_rows < indices.size)
        codes_by_name = {name: k for k, name in enumerate(self.names)}
        codes = np.zeros(len(names), np.uint8)
        for k in present[np.argsort(first_rows[present])].tolist():
            code = codes_by_name.get(names[k])
            if code is None:
                code = (
                    codes_by_name[OTHER]
                    if self.has_others and OTHER in codes_by_name
                    else self.add(names[k])
                )
                codes_by_name[self.names[code]] = code
            codes[k] = code
        return codes.take(indices)

"""Tests of the codes of categories: within their bounds, and equal for dictionary and plain texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.categories import MAX_CATEGORIES, OTHER, Categories
from metrics.tally.category_codes import CategoryCodes
from tests.metrics.frame_with_parts import MODELS


@pytest.mark.parametrize("are_whole", [False, True])
def test_every_category_code_is_within_the_bounds(are_whole: bool) -> None:
    """Compiled code does not check the bounds of codes, for any source of the categories."""
    names = tuple(f"m{k}" for k in range(50))
    codes = CategoryCodes(
        BreakdownColumns(("site", "line"), "kind", None, {"site": names}, names), MODELS
    )
    if are_whole:
        codes.close()
    widths = [column.width for column in codes.columns]
    assert [widths[0], widths[2]] == [51, 51]
    new = pa.array([f"n{k}" for k in range(50)])
    for column, width in zip(codes.columns, widths, strict=True):
        assert column.categories.codes(new).max() < width


def test_dictionary_texts_count_like_plain_texts_and_are_looked_up_once():
    """The dictionary has texts without rows, and a text that is equal to `OTHER`."""

    class CountingList(list[str]):
        lookups = 0

        def __contains__(self, name):
            self.lookups += 1
            return super().__contains__(name)

    rng = np.random.default_rng(5)
    names = CountingList()
    of_dictionary, of_plain = Categories(names), Categories()
    for texts in (
        ["b", "a", "c"],
        ["d", OTHER, *map(str, range(1000))],
        ["a", *map(str, range(900))],
    ):
        places = rng.integers(0, len(texts), 3000)
        codes = pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), [*texts, "of no row"])
        found = of_dictionary.codes(codes)
        np.testing.assert_array_equal(found, of_plain.codes(codes.cast(pa.string())))
        assert of_dictionary.names == of_plain.names
        assert of_dictionary.has_others == of_plain.has_others == (len(texts) > 3)
        known = [*of_plain.names]
        wanted = [texts[k] if texts[k] in known else OTHER for k in places]
        assert [known[code] for code in found] == wanted
    assert names.lookups <= MAX_CATEGORIES + 2

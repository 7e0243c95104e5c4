"""Tests that a row's bucket depends only on the text of its id."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.io import hash_buckets
from metrics.io.hash_buckets import bucket_of, hash_text
from tests import oracles

TEXTS = st.lists(st.text(max_size=12) | st.integers(0, 9999).map(str), min_size=1, max_size=12)


@given(TEXTS, st.sampled_from([1, 2, 7, 100, 65_536]))
def test_buckets_follow_from_the_published_hash(texts: list[str], buckets: int) -> None:
    found = bucket_of(hash_text(pa.array(texts, pa.string())), buckets)
    assert found.tolist() == [oracles.bucket(text, buckets) for text in texts]


@given(TEXTS, st.data())
def test_hashes_do_not_depend_on_the_container(texts: list[str], data: st.DataObject) -> None:
    plain = hash_text(pa.array(texts, pa.string()))
    cut = data.draw(st.integers(0, len(texts)))
    chunks = pa.chunked_array([texts[:cut], texts[cut:]], pa.string())
    assert hash_text(pa.array(texts, pa.large_string())).tolist() == plain.tolist()
    assert hash_text(chunks).tolist() == plain.tolist()
    assert hash_text(pa.array(texts, pa.string()).slice(cut)).tolist() == plain[cut:].tolist()


@pytest.mark.parametrize("array", [pa.array([], pa.string()), pa.chunked_array([], pa.string())])
def test_an_empty_array_has_no_hashes(array: pa.Array) -> None:
    assert hash_text(array).shape == (0,)


@pytest.mark.parametrize("form", ["{}", "unit-{:06d}", "2024-05-01/line 3/{}"])
def test_ids_that_count_up_spread_evenly(form: str) -> None:
    """Pearson's statistic has 99 degrees of freedom: mean 99, above 160 once in 10,000 times."""
    ids = pa.array([form.format(k) for k in range(20_000)])
    seen = np.bincount(bucket_of(hash_text(ids)), minlength=100)
    assert seen.size == 100
    assert ((seen - 200) ** 2 / 200).sum() < 160


@given(st.lists(st.text(max_size=40), min_size=1, max_size=60), st.integers(0, 9))
def test_both_loops_give_the_same_hashes(texts: list[str], skip: int) -> None:
    data = np.frombuffer("".join(texts).encode() + b"end", np.uint8)
    sizes = np.array([len(text.encode()) for text in texts])
    ends = np.concatenate([[0], np.cumsum(sizes)])[min(skip, len(texts) - 1) :]
    slow, fast = np.empty(ends.size - 1, np.uint64), np.empty(ends.size - 1, np.uint64)
    hash_buckets._compiled_slices()(data, ends, slow)
    hash_buckets._hash_columns(data, ends, fast)
    assert slow.tolist() == fast.tolist()

"""Tests of Arrow arrays: digests, copies in separate memory, and plain text types."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.io.formats import arrow_arrays
from metrics.io.formats.arrow_arrays import arrow_buffer, deep_copy, digest_of_table, plain

CELLS = st.tuples(
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.text(max_size=3)),
    st.one_of(st.none(), st.floats(width=64, allow_nan=False)),
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.none(), st.sampled_from("xyz")),
)
TYPES = [pa.bool_(), pa.string(), pa.float64(), pa.int64(), pa.dictionary(pa.int32(), pa.string())]


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(TYPES)
    built = [pa.array(list(c), kind) for c, kind in zip(columns, TYPES, strict=True)]
    return pa.table(dict(zip("bsfid", built, strict=True)))


@given(st.lists(CELLS, max_size=40), st.lists(st.integers(0, 40)), st.integers(1, 20))
def test_a_digest_does_not_depend_on_chunks(rows, cuts, block):
    table = table_of(rows)
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    parts = [table_of(rows[a:b]) for a, b in itertools.pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_arrays, "_ROWS", block)
        whole = digest_of_table(table)
        assert digest_of_table(pa.concat_tables(parts)) == whole
        longer = pa.concat_tables([table, table_of([(True, "é", 1.5, 7, "x")] * 3)])
        assert digest_of_table(longer.combine_chunks().slice(0, len(rows))) == whole
        assert digest_of_table(longer) != whole


@given(st.lists(CELLS, min_size=1, max_size=20), st.data())
def test_a_digest_depends_on_every_value_and_name(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(TYPES) - 1))
    other = [*rows[:row], data.draw(CELLS), *rows[row + 1 :]]
    same = repr(list(rows)) == repr(other)
    assert (digest_of_table(table_of(rows)) == digest_of_table(table_of(other))) == same
    renamed = table_of(rows).rename_columns([f"{n}{k == column}" for k, n in enumerate("bsfid")])
    assert digest_of_table(renamed) != digest_of_table(table_of(rows))


@given(st.lists(CELLS, max_size=20))
def test_a_copy_is_equal_and_shares_no_memory(rows):
    table = table_of(rows)
    other = deep_copy(table)
    assert other.schema == table.schema
    assert other.equals(table)
    mine = {b.address for c in table.columns for k in c.chunks for b in k.buffers() if b and b.size}
    its = {b.address for c in other.columns for k in c.chunks for b in k.buffers() if b and b.size}
    assert not mine & its


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_dictionaries_of_every_text_type_become_text(kind):
    levels = pa.array(["u", "v", None], pa.string()).cast(kind)
    array = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 2], pa.uint32()), levels)
    assert plain(array).to_pylist() == ["v", None, "u", None]
    assert plain(array).type == pa.string()
    chunked = pa.chunked_array([array, array.slice(1, 2)])
    assert plain(chunked).to_pylist() == ["v", None, "u", None, None, "u"]
    assert plain(pa.chunked_array([], array.type)).type == pa.string()


def test_an_arrow_buffer_owns_its_memory():
    content = bytes(range(256)) * 9
    buffer = arrow_buffer(content)
    assert buffer.to_pybytes() == content
    assert buffer.parent is None
    assert arrow_buffer(b"").size == 0

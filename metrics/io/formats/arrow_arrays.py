"""Helpers for Arrow arrays: plain types without wrappers, and copies in separate memory."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ROWS = 65_536
"""Number of rows hashed at a time."""
_END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
"""End of an Arrow stream: the digest of a table is that of its stream."""


def plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return dictionary, view, extension and chunked arrays as plain arrays."""
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 0:
            kind = array.type
            return plain(pa.nulls(0, kind.value_type if pa.types.is_dictionary(kind) else kind))
        parts = [plain(chunk) for chunk in array.chunks]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        # Levels are converted first, because `take` does not support every text type.
        array = plain(array.dictionary).take(array.indices)
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if pa.types.is_string_view(array.type) or pa.types.is_large_string(array.type):
        array = pc.cast(array, pa.string())
    return array


def is_text(kind: pa.DataType) -> bool:
    """Whether a (plain) type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def deep_copy(table: pa.Table) -> pa.Table:
    """Return a copy of the table in separate memory, made one column at a time."""
    columns = []
    for k, name in enumerate(table.column_names):
        sink = pa.BufferOutputStream()
        part = table.select([k])
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        columns.append(pa.ipc.open_stream(sink.getvalue()).read_all().column(name))
    return pa.Table.from_arrays(columns, schema=table.schema)


def arrow_buffer(bytes_read: bytes) -> pa.Buffer:
    """Copy bytes into memory that Arrow owns.

    Notes
    -----
    Arrow's threads may release a buffer shortly after reading has finished. To release a Python buffer they
    need the interpreter. If the interpreter is shutting down, this aborts the process.
    """
    buffer = pa.allocate_buffer(len(bytes_read))
    np.frombuffer(buffer, np.uint8)[:] = np.frombuffer(bytes_read, np.uint8)
    return buffer


def digest_of_table(table: pa.Table) -> bytes:
    """Return the SHA-256 digest of names and values; it does not depend on the chunks of the table."""
    heads = [plain(column.slice(0, 0)) for column in table.columns]
    schema = pa.schema([(n, a.type) for n, a in zip(table.column_names, heads, strict=True)])
    whole = hashlib.sha256(schema.serialize())
    for start in range(0, table.num_rows, _ROWS):
        parts = [plain(column.slice(start, _ROWS)) for column in table.columns]
        # The rows are copied, so that the digest does not depend on the memory layout.
        order = pa.array(range(len(parts[0]))) if parts else None
        fresh = [part.take(order) for part in parts]
        whole.update(pa.RecordBatch.from_arrays(fresh, schema=schema).serialize())
    whole.update(_END_OF_STREAM)
    return whole.digest()

"""Hash buckets: unseeded hash of the UTF-8 text of a row's id, which determines the row's bucket.

The same text gives the same bucket in a CSV file, a Parquet file and a Spark partition, on every machine and
at any time. Python's own ``hash`` is seeded for each process and is therefore unsuitable.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BUCKETS = 100
"""Number of buckets. About a hundred are enough for a bootstrap; more improve little."""
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
"""Constants of FNV-1a for 64 bits."""
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)
"""Constants of the finaliser of MurmurHash3."""
_FEW = 32
"""Number of texts up to which a loop over their bytes in Python is faster than arrays."""


def mix64(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the entropy of 64 bits over all of them, in place (the finaliser of MurmurHash3)."""
    h ^= h >> _SHIFT
    h *= _MIX_1
    h ^= h >> _SHIFT
    h *= _MIX_2
    h ^= h >> _SHIFT
    return h


def hash_slices(data: NDArray[np.uint8], ends: NDArray[np.int64], out: NDArray[np.uint64]) -> None:
    """FNV-1a hash of each slice ``data[ends[k]:ends[k + 1]]``, byte by byte; fast once compiled."""
    for row in range(out.size):
        h = _FNV_OFFSET
        for k in range(ends[row], ends[row + 1]):
            h = (h ^ np.uint64(data[k])) * _FNV_PRIME
        out[row] = h


@functools.cache
def _compiled_slices() -> Callable[..., None]:
    import numba

    compiled: Callable[..., None] = numba.njit(cache=True, nogil=True)(hash_slices)
    return compiled


def _hash_columns(
    data: NDArray[np.uint8], ends: NDArray[np.int64], out: NDArray[np.uint64]
) -> None:
    """Same result as `hash_slices`, vectorised: the first byte of all slices, then the second, and so on."""
    out[:] = _FNV_OFFSET
    starts, lengths = ends[:-1], np.diff(ends)
    least = int(lengths.min())
    for k in range(least):
        out ^= data[starts + k]
        out *= _FNV_PRIME
    rows, k = np.flatnonzero(lengths > least), least
    while rows.size > _FEW:
        out[rows] = (out[rows] ^ data[starts[rows] + k]) * _FNV_PRIME
        k += 1
        rows = rows[lengths[rows] > k]
    prime, mask = int(_FNV_PRIME), (1 << 64) - 1
    for row in rows:
        h = int(out[row])
        for byte in data[starts[row] + k : ends[row + 1]].tobytes():
            h = (h ^ byte) * prime & mask
        out[row] = h


def hash_text(array: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    """Hash each text of a string array to 64 bits.

    Parameters
    ----------
    array : pyarrow.StringArray, LargeStringArray or a chunked array of one of them
        ``n`` texts without nulls.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Equal texts have equal hashes. Two unequal texts have equal hashes with a probability of 2**-64.

    Notes
    -----
    FNV-1a over the UTF-8 bytes, then the 64-bit finaliser of MurmurHash3. The low digits of plain FNV-1a are
    not uniform for short consecutive ids.

    References
    ----------
    Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm (IETF draft-eastlake-fnv).
    Appleby, A.: MurmurHash3, 2011.

    Examples
    --------
    >>> import pyarrow as pa
    >>> one, two = hash_text(pa.array(["unit-7", "unit-8"])), hash_text(pa.array(["unit-7"]))
    >>> bool(one[0] == two[0]), bool(one[0] == one[1])
    (True, False)
    """
    if isinstance(array, pa.ChunkedArray):
        parts = [hash_text(chunk) for chunk in array.chunks]
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)
    rows = len(array)
    out = np.empty(rows, np.uint64)
    if rows == 0:
        return out
    _, offsets, data = array.buffers()
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    ends = np.frombuffer(offsets, width)[array.offset : array.offset + rows + 1].astype(np.int64)
    text = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    # The compiled loop is only used if Numba is loaded already, because loading it takes longer than reading
    # scores.
    loop = _compiled_slices() if "numba" in sys.modules else _hash_columns
    loop(text, ends, out)
    return mix64(out)


def bucket_of(hashes: NDArray[np.uint64], buckets: int = BUCKETS) -> NDArray[np.uint16]:
    """Bucket of each hash, shape ``hashes.shape``, values 0 to ``buckets - 1`` (at most 65,536)."""
    return (hashes % np.uint64(buckets)).astype(np.uint16)

"""The container of a tally file: a zip of arrays and a JSON header, read as if somebody meant harm.

The members, in this order; all but the first two are NumPy arrays of format 1.0, little-endian, so that
``numpy.load`` reads them too:

- ``common-ground-tally``: the format's version as text, stored as it is, so that a file is known by its
  first bytes.
- ``header.json``: what the arrays are of, and their sizes.
- ``thresholds``, ``losses``, ``infinite``, ``between``, ``calibration``: as in `metrics.tally.Tally`.
- ``occupied``: for each bucket the bits of its [model, bin, class] cells that hold rows.
- ``counts``, and where there are any ``weights`` and ``values``: of these cells alone, in order.

Every member has a checksum. Sizes are judged before anything is unpacked: each array must be as large as
the header makes it, and all of them must fit in `MAX_BYTES` once they are laid out.
"""

from __future__ import annotations

import io
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.readers.files import TALLY_SIGN, UMASK

FORMAT = 1
"""Version of the container; a reader refuses what is newer."""
MAX_BYTES = 2 << 30
"""Room for the arrays of one tally in memory."""
MAX_HEADER, MAX_BUCKETS, CALIBRATION_BINS = 8 << 20, 1 << 16, 15
COUNT_TYPES = frozenset({"|u1", "<u2", "<u4"})


@dataclass(frozen=True)
class Packed:
    """A tally as it lies in its file.

    Attributes
    ----------
    header : dict
        Its ``buckets``, ``models``, ``weighted``, ``valued``, ``cells`` and ``count_type`` say how large the
        arrays are; the rest is the business of `metrics.tally_file`.
    thresholds : ndarray of float64, shape (M, K)
    occupied : ndarray of uint8, shape (B, ceil(M * (K + 1) * 2 / 8))
        Bits of the cells that hold rows.
    counts : ndarray of uint8, uint16 or uint32, shape (cells,)
    weights, values : ndarray of float64, shape (cells,), or None
    losses, infinite, between, calibration : ndarray
        As in `metrics.tally.Tally`.
    """

    header: dict[str, Any]
    thresholds: NDArray[np.float64]
    occupied: NDArray[np.uint8]
    counts: NDArray[Any]
    weights: NDArray[np.float64] | None
    values: NDArray[np.float64] | None
    losses: NDArray[np.float64]
    infinite: NDArray[np.int64]
    between: NDArray[np.int64]
    calibration: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Buckets, models, bins, classes."""
        models, widest = self.thresholds.shape
        return self.occupied.shape[0], models, widest + 1, 2

    @property
    def nbytes(self) -> int:
        """Memory that it takes once it is laid out."""
        buckets, models, bins, _ = self.shape
        return _bytes_of(
            buckets, models, bins, (self.weights is not None) + (self.values is not None)
        )

    @property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        rows = np.zeros(2, np.int64)
        for there, where in self.buckets():
            first = there[0]  # all models count the same rows
            counts = np.zeros(first.shape, np.int64)
            counts[first] = self.counts[where][: int(first.sum())]
            rows += counts.sum(axis=0)
        return rows

    def buckets(self) -> Iterator[tuple[NDArray[np.bool_], slice]]:
        """Yield for each bucket which cells hold rows, shape (M, K + 1, 2), and where their counts are."""
        _, *cells = self.shape
        start = 0
        for bits in self.occupied:
            there = np.unpackbits(bits, count=math.prod(cells)).view(np.bool_).reshape(cells)
            stop = start + int(there.sum())
            yield there, slice(start, stop)
            start = stop


def _bytes_of(buckets: int, models: int, bins: int, sums: int) -> int:
    """Memory of a tally, laid out: counts, ``sums`` further arrays like them, losses and calibration."""
    cells = buckets * models * bins * 2
    return cells * (4 + 8 * sums) + buckets * models * (8 + 4 * CALIBRATION_BINS) * 8


def must_fit(file: str, buckets: int, models: int, bins: int, sums: int) -> None:
    """Refuse a tally that is too large for a file.

    Raises
    ------
    ScoreError
        ``E_SIZE``.
    """
    size = _bytes_of(buckets, models, bins, sums)
    if size > MAX_BYTES:
        raise ScoreError(
            "E_SIZE",
            f"a tally must take at most {MAX_BYTES >> 20:,} MiB, got {size >> 20:,} for {models:,} models "
            f"of up to {bins - 1:,} thresholds",
            file=file,
            hint="Count fewer models, or at fewer thresholds with --max-thresholds.",
        )


def write_packed(packed: Packed, out: str | os.PathLike[str] | io.BytesIO) -> None:
    """Write a tally; an existing file is replaced only once all is written.

    Equal tallies give equal bytes.

    Parameters
    ----------
    packed : Packed
    out : path or BytesIO

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    if isinstance(out, io.BytesIO):
        _write(packed, out)
        return
    target = Path(out)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(packed, file)
        Path(temporary).chmod(0o666 & ~UMASK)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _write(packed: Packed, file: Any) -> None:
    sizes = {
        "format": FORMAT,
        "buckets": packed.shape[0],
        "bins": packed.shape[2],
        "weighted": packed.weights is not None,
        "valued": packed.values is not None,
        "cells": packed.counts.size,
        "count_type": packed.counts.dtype.str,
    }
    header = json.dumps(packed.header | sizes, sort_keys=True, ensure_ascii=True).encode()
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        _put(archive, TALLY_SIGN.decode(), str(FORMAT).encode(), zipfile.ZIP_STORED)
        _put(archive, "header.json", header)
        for name in expected_arrays(packed.header | sizes):
            array = getattr(packed, name)
            start = array_start(array.dtype.str, array.shape)
            _put(archive, f"{name}.npy", start + np.ascontiguousarray(array).tobytes())


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name)  # of 1980: equal tallies give equal bytes
    info.compress_type, info.external_attr = how, 0o600 << 16
    archive.writestr(info, data)


def array_start(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The bytes that an array of this type and shape begins with in a file, the same from any numpy."""
    about = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    padding = -(10 + len(about) + 1) % 64
    text = f"{about}{' ' * padding}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def expected_arrays(header: Mapping[str, Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array that a header announces."""
    b, m, bins = header["buckets"], len(header["models"]), header["bins"]
    cells = header["cells"]
    sums = [
        name for name, there in (("weights", "weighted"), ("values", "valued")) if header[there]
    ]
    return {
        "thresholds": ("<f8", (m, bins - 1)),
        "occupied": ("|u1", (b, -(-m * bins * 2 // 8))),
        "counts": (header["count_type"], (cells,)),
        **dict.fromkeys(sums, ("<f8", (cells,))),
        "losses": ("<f8", (b, m, 2, 3)),
        "infinite": ("<i8", (b, m, 2)),
        "between": ("<i8", (m, 2)),
        "calibration": ("<f8", (b, m, CALIBRATION_BINS, 2, 2)),
    }

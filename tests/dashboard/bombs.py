"""Generated small files that would fill a machine if an upload unpacked them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_MEBI = 1 << 20


def zstd_of_134_million_rows(folder: Path) -> Path:
    """About 90 kB of zstd that unpack to 1 GB of CSV."""
    path = folder / "rows.csv.zst"
    rows = b"u,0,0.5\n" * (_MEBI // 8)
    with pa.CompressedOutputStream(str(path), "zstd") as file:
        file.write(b"id,label,m\n")
        for _ in range(1024):
            file.write(rows)
    assert path.stat().st_size < 200_000
    return path


def archive_of_a_gigabyte(folder: Path) -> Path:
    """About 1 MB of NPZ that unpack to 1 GB."""
    path = folder / "arrays.npz"
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (134217728,), }"
    header += " " * (117 - len(header)) + "\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("m.npy", "w", force_zip64=True) as file,
    ):
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        for _ in range(1024):
            file.write(bytes(_MEBI))
    return path


def json_20000_deep(folder: Path) -> Path:
    path = folder / "deep.json"
    path.write_text("[" * 20_000 + "]" * 20_000)
    return path


def lines_20000_deep(folder: Path) -> Path:
    path = folder / "deep.jsonl"
    row = {"id": "u", "label": 1, "m": 0.5}
    path.write_text(json.dumps(row) + '\n{"id": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}\n")
    return path


def footer_of_100_million_rows(folder: Path) -> Path:
    """Parquet file of a million rows whose footer claims a hundred times as many."""
    path = folder / "footer.parquet"
    rows = 1 << 20
    table = {"id": pa.repeat("u", rows), "label": pa.repeat(1, rows), "m": pa.repeat(0.5, rows)}
    pq.write_table(pa.table(table), path, row_group_size=rows)
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    body, footer = data[: -8 - length], data[-8 - length :]
    # Thrift writes a number n >= 0 as the varint of 2 n. Both varints have the same length, so the stored
    # length of the footer stays valid.
    claimed = footer.replace(_varint(2 * rows), _varint(2 * 100_000_000))
    assert claimed != footer
    assert len(claimed) == len(footer)
    path.write_bytes(body + claimed)
    assert pq.read_metadata(path).num_rows == 100_000_000
    return path


def parquet_of_100_million_rows(folder: Path) -> Path:
    """Parquet file that really has 100 million rows. They are equal, so it is small."""
    path = folder / "rows.parquet"
    rows = 1 << 20
    table = pa.table(
        {"id": pa.repeat("u", rows), "label": pa.repeat(1, rows), "m": pa.repeat(0.5, rows)}
    )
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(96):
            writer.write_table(table, row_group_size=rows)
    return path


def parquet_of_200_million_values(folder: Path) -> Path:
    """Equal columns: the file is small, but counting takes as long as for any values."""
    path = folder / "wide.parquet"
    rows = 100_000
    columns = {f"m{k}": pa.repeat(0.5, rows) for k in range(100)}
    labels = pa.array([k % 2 for k in range(rows)], pa.int8())
    table = pa.table({"label": labels, **columns})
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(table, row_group_size=rows)
    assert path.stat().st_size < 1_600_000
    return path


def parquet_of_one_long_text(folder: Path) -> Path:
    """About 6 kB that hold a text of 100 MB."""
    path, rows = folder / "text.parquet", 200
    ids = [f"u{k}" for k in range(rows - 1)]
    columns = {"label": [k % 2 for k in range(rows)], "m": [k / 1000 for k in range(rows)]}
    pq.write_table(pa.table({"id": [*ids, "x" * 10**8], **columns}), path, compression="zstd")
    assert path.stat().st_size < 10_000
    return path


def archive_of_small_integers(folder: Path) -> Path:
    """NPZ below the limits for archives. Its one-byte values need eight times the memory as float64."""
    path = folder / "small.npz"
    rows = 4_000_000
    labels = np.arange(rows) % 2
    arrays: dict[str, Any] = {f"m{k}": np.zeros(rows, np.int8) for k in range(50)}
    noise = np.random.default_rng(0).integers(0, 99, rows // 4).repeat(4)
    np.savez_compressed(path, label=labels.astype(np.int8), fold=noise.astype(np.int8), **arrays)
    return path


def _varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


ALIKE = {archive_of_small_integers, parquet_of_100_million_rows}
"""Files refused by the same rule as another file here. Only the slow tests refuse them."""
BOMBS = {
    zstd_of_134_million_rows: "E_SIZE",
    archive_of_a_gigabyte: "E_SIZE",
    json_20000_deep: "E_JSON",
    lines_20000_deep: "E_JSON",
    footer_of_100_million_rows: "E_SIZE",
    parquet_of_100_million_rows: "E_SIZE",
    parquet_of_200_million_values: "E_SIZE",
    parquet_of_one_long_text: "E_SIZE",
    archive_of_small_integers: "E_SIZE",
}
"""Error code that refuses each file."""

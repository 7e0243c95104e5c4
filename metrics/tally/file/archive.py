"""Archive of a tally file: writing, and reading with checks against damage and forgery.

The file is a zip archive with these members. All but the first two are NumPy arrays of format 1.0,
little-endian, so that ``numpy.load`` reads them too:

- ``common-ground-tally``: the format's version as text, uncompressed, so that the first bytes identify the
  file.
- ``header.json``: description and sizes of the arrays.
- the arrays of `metrics.tally.file.packed_tally.expected_arrays`, in this order.

A file is untrusted input. Sizes are checked before unpacking: each array must have the size in the header,
and all arrays together must fit into `MAX_BYTES` of memory. The checksums of the members are verified next,
then the consistency of the arrays.
"""

from __future__ import annotations

import io
import json
import math
import os
import struct
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from metrics import strict_mapping
from metrics.errors import ScoreError, shown
from metrics.io.atomic_write import remove_abandoned, replacing
from metrics.io.formats.compression import ZIP_DAMAGE
from metrics.io.formats.file_on_disk import TALLY_SIGN, unreadable_error
from metrics.tally.file.packed_checks import DamagedTally, check_consistency
from metrics.tally.file.packed_tally import (
    WITH_FLAGGED_TODAY,
    WITHOUT_BREAKDOWNS,
    ArrayHeader,
    PackedTally,
    expected_arrays,
)
from metrics.tally.file.versions import check_format_version

MAX_BYTES = 2 << 30
"""Memory limit for the arrays of one tally, in bytes."""
MAX_HEADER, MAX_VERSION = 8 << 20, 16
"""Largest sizes of the header and of the version, in bytes."""
MAX_MEMBERS, MAX_DIRECTORY = 15, 4096
"""Largest number of members, and largest size of the archive's list of members in bytes."""
_END_SIGN, _END_OF_ARCHIVE = b"PK\x05\x06", struct.Struct("<4s4H2LH")
"""Record at the end of an archive without a comment, from its signature to the comment's size."""
_LOCAL_HEADER, _LOCAL_HEADER_SIZE = b"PK\x03\x04", 30
"""Signature and size of the record before a member's name."""


def refuse_oversize(file: str, header: ArrayHeader) -> None:
    """Raise ``E_SIZE`` if a tally is too large for a file."""
    if header.nbytes > MAX_BYTES:
        raise ScoreError(
            "E_SIZE",
            f"a tally must take at most {MAX_BYTES >> 20:,} MiB, got {header.nbytes >> 20:,} for "
            f"{len(header.models):,} models of up to {header.bins - 1:,} thresholds",
            file=file,
            hint="Count fewer models or segments, or at fewer thresholds with --max-thresholds.",
        )


def write_archive(
    packed: PackedTally, out: str | os.PathLike[str] | io.BytesIO, *, private: bool = False
) -> None:
    """Write a tally atomically, replacing an existing file. Equal tallies give equal bytes."""
    if isinstance(out, io.BytesIO):
        _write(packed, out)
        return
    remove_abandoned(Path(out))
    with replacing(Path(out), private=private) as file:
        _write(packed, file)


def _write(packed: PackedTally, file: IO[bytes]) -> None:
    header = packed.header
    text = json.dumps(packed.about | header.as_dict(), sort_keys=True, ensure_ascii=True)
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        _add_member(archive, TALLY_SIGN.decode(), str(header.format).encode(), zipfile.ZIP_STORED)
        _add_member(archive, "header.json", text.encode())
        for name in expected_arrays(header):
            array = packed.arrays[name]
            start = _array_start(array.dtype.str, array.shape)
            _add_member(archive, f"{name}.npy", start + np.ascontiguousarray(array).tobytes())


def _add_member(
    archive: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED
) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980, so that equal tallies give equal bytes
    info.compress_type, info.external_attr = compression, 0o600 << 16
    archive.writestr(info, data)


def _array_start(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Bytes before the data in the file of an array; the same for any NumPy version."""
    description = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    padding = -(10 + len(description) + 1) % 64
    text = f"{description}{' ' * padding}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def read_archive(source: str | os.PathLike[str] | bytes, name: str | None = None) -> PackedTally:
    """Read and check a tally file; ``name`` is used in messages.

    Raises
    ------
    ScoreError
        ``E_TALLY`` if it is not a complete tally file, ``E_VERSION`` if a newer version wrote it, ``E_SIZE``
        if it is too large, ``E_FILE`` if it cannot be read.
    """
    name = name or ("a tally" if isinstance(source, bytes) else str(source))
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as file:
            _check_ends(file)
            with zipfile.ZipFile(file) as archive:
                _check_members(archive)
                header, about = _read_header(archive, name)
                packed = PackedTally(header, about, _read_arrays(archive, header))
        check_consistency(packed)
    except ScoreError:
        raise
    except OSError as error:
        raise unreadable_error(error, name) from error
    except ZIP_DAMAGE as error:
        damage = str(error) if isinstance(error, DamagedTally) else f"damage: {error}"
        raise ScoreError(
            "E_TALLY",
            f"a tally file must be whole and undamaged, got {damage}",
            file=name,
            hint="Copy the file again, or make it again with common-ground tally.",
        ) from error
    return packed


def _check_ends(file: IO[bytes]) -> None:
    """Check the start and the end of the archive, so that a list of a million members is never read."""
    start = file.read(_LOCAL_HEADER_SIZE + len(TALLY_SIGN))
    if not start.startswith(_LOCAL_HEADER) or start[_LOCAL_HEADER_SIZE:] != TALLY_SIGN:
        raise DamagedTally("another kind of file")
    size = file.seek(0, os.SEEK_END)
    if size < _END_OF_ARCHIVE.size:
        raise DamagedTally("one that is cut short")
    file.seek(size - _END_OF_ARCHIVE.size)
    end = _END_OF_ARCHIVE.unpack(file.read(_END_OF_ARCHIVE.size))
    sign, _disk, _first_disk, _on_disk, members, directory, _start, comment_size = end
    if sign != _END_SIGN or comment_size:
        raise DamagedTally("one that is cut short")
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY:
        raise DamagedTally("more parts than a tally has")
    file.seek(0)


def _check_members(archive: zipfile.ZipFile) -> None:
    """Check that the members do not overlap."""
    free = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset < free:
            raise DamagedTally("parts that overlap")
        name_size = len(info.orig_filename.encode())
        free = info.header_offset + _LOCAL_HEADER_SIZE + name_size + info.compress_size
    if free > archive.start_dir:
        raise DamagedTally("parts that overlap")


def _read_header(archive: zipfile.ZipFile, file: str) -> tuple[ArrayHeader, dict[str, Any]]:
    """Read the header: the description of the arrays, and the remaining content."""
    check_format_version(_read_member(archive, TALLY_SIGN.decode(), MAX_VERSION), file)
    text = _read_member(archive, "header.json", MAX_HEADER)
    try:
        content = json.loads(text)
        header_fields = {field.name for field in fields(ArrayHeader)}
        described = {name: value for name, value in content.items() if name in header_fields}
        header = strict_mapping.read(ArrayHeader, described)
    except strict_mapping.StructureError as error:
        fault = error.faults[0]
        raise DamagedTally(
            f"a header whose {fault.key} is {shown(fault.got)} and must {shown(fault.rule)}"
        ) from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise DamagedTally("a header that says other things than a tally's") from error
    roles = {breakdown.role for breakdown in header.breakdowns}
    if (header.format == WITHOUT_BREAKDOWNS and roles) or (
        header.format == WITH_FLAGGED_TODAY and "today" not in roles
    ):
        raise DamagedTally("other breakdowns than a file of its format has")
    refuse_oversize(file, header)
    if header.cells > header.buckets * len(header.models) * header.bins * 2:
        raise DamagedTally("more counts than cells")
    return header, {name: value for name, value in content.items() if name not in header_fields}


def _read_arrays(archive: zipfile.ZipFile, header: ArrayHeader) -> dict[str, NDArray[Any]]:
    """Read the arrays; each must have the size in the header."""
    arrays = {}
    for name, (dtype, shape) in expected_arrays(header).items():
        start = _array_start(dtype, shape)
        size = len(start) + math.prod(shape) * np.dtype(dtype).itemsize
        data = _read_member(archive, f"{name}.npy", size)
        if len(data) != size or not data.startswith(start):
            raise DamagedTally(f"{name} of another type or shape")
        arrays[name] = np.frombuffer(data, dtype, offset=len(start)).reshape(shape)
    return arrays


def _read_member(archive: zipfile.ZipFile, name: str, max_size: int) -> bytes:
    """Read a member of at most ``max_size`` bytes, and verify its checksum."""
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise DamagedTally(f"no {name}") from error
    if info.file_size > max_size:
        raise DamagedTally(f"{info.file_size:,} bytes of {name} where {max_size:,} belong")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise DamagedTally(f"{name} packed in another way")
    with archive.open(info) as member:
        data = member.read(max_size)
    if len(data) != info.file_size:
        raise DamagedTally(f"{name} cut short")
    return data

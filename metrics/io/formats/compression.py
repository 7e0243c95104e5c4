"""Decompression of score files while they are read, with a check that the data is complete."""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa

from metrics.errors import ScoreError
from metrics.io.formats.file_on_disk import first_bytes, without_path

Compression = Literal["none", "gzip", "zstd"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Start of a zstd frame that readers skip; such a frame may precede the others.
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_BY_SUFFIX: dict[str, Compression] = {
    ".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd",
}  # fmt: skip
ZIP_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, LookupError, OverflowError,
)  # fmt: skip
"""Exceptions of the standard library for zip archives that are damaged, encrypted or inconsistent."""
MAX_RATIO, RATIO_FROM = 250, 64 << 20
"""Largest growth of a compressed text (250 times its size), checked from 64 MiB on."""


def kind_of(head: bytes) -> Compression:
    """Detect the compression by the first bytes."""
    if head.startswith(GZIP):
        return "gzip"
    return "zstd" if head.startswith(ZSTD) or _SKIPPABLE.match(head) else "none"


def compression_of(path: Path, name: str) -> Compression:
    """Detect the compression by the first bytes; raise ``E_MAGIC`` if the file name says another."""
    head, suffix = first_bytes(path, name), path.suffix.lower()
    content, named = kind_of(head), _BY_SUFFIX.get(suffix, "none")
    if content != named and head:
        raise ScoreError(
            "E_MAGIC",
            f"the content must be what the name says, got {content} content under {suffix or 'no ending'}",
            file=name,
            hint=f"Rename the file to what it is ({content}), or write it again.",
        )
    return content


def blocks(path: Path, name: str, kind: Compression, size: int) -> Iterator[bytes]:
    """Yield the content in blocks of about ``size`` bytes.

    Raise ``E_TRUNCATED`` if compressed bytes end early, fail their checksum or are followed by other bytes;
    ``E_MAGIC`` if the content is compressed twice; ``E_SIZE`` if it grows beyond `MAX_RATIO`.
    """
    with path.open("rb") as file:
        if kind == "none":
            while block := file.read(size):
                yield block
            return
        packed = max(os.fstat(file.fileno()).st_size, 1)
        total, first = 0, True
        unpacked = _gunzip(file, name, size) if kind == "gzip" else _unzstd(path, name, size)
        for block in unpacked:
            if first and block.startswith((GZIP, ZSTD)):
                raise ScoreError(
                    "E_MAGIC",
                    "the content must be text, got content that is compressed twice",
                    file=name,
                    hint="Decompress it once.",
                )
            first = False
            total += len(block)
            if total > RATIO_FROM and total > MAX_RATIO * packed:
                raise ScoreError(
                    "E_SIZE",
                    f"compressed text must grow to at most {MAX_RATIO} times its size, "
                    f"got {total:,} bytes from {packed:,} and more to come",
                    file=name,
                    hint="Decompress the file first if you trust it.",
                )
            yield block


def _damage_error(name: str, what: str) -> ScoreError:
    return ScoreError(
        "E_TRUNCATED",
        f"compressed content must be whole, got {what}",
        file=name,
        hint="Copy or write the file again.",
    )


def _gunzip(file: BinaryIO, name: str, size: int) -> Iterator[bytes]:
    # The gzip module would accept zeros after the last member as padding, but they may be lost members.
    data = file.read(size)
    while data:
        if not data.startswith(GZIP[: len(data)]):
            raise _damage_error(name, "other bytes behind the end of the gzip data")
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                block = member.decompress(data, size)
            except zlib.error as error:
                raise _damage_error(name, f"damaged gzip data ({error})") from error
            if block:
                yield block
            data = member.unconsumed_tail
            if not data and not member.eof:
                data = file.read(size)
                if not data:
                    raise _damage_error(name, "gzip data that ends early")
        data = member.unused_data or file.read(size)
        if len(data) == 1:
            data += file.read(size)


def _unzstd(path: Path, name: str, size: int) -> Iterator[bytes]:
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            while block := stream.read(size):
                yield block
    except OSError as error:
        reason = without_path(error, path)
        raise _damage_error(name, f"damaged or shortened zstd data ({reason})") from error

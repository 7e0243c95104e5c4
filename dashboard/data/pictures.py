"""Pictures of units, found by id in a folder, zip archive or NPZ, and shrunk by a process with limits.

Files outside of the named folder are never read, even if an id or a link points to them. Nothing is requested
from the network.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import io
import json
import math
import os
import posixpath
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.data.folders import open_plain
from dashboard.data.uploads.job import MEBI, Limits, start_child
from metrics.errors import ScoreError
from metrics.io.formats.compression import ZIP_DAMAGE

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
"""Endings of picture files, in lower or upper case; the rest of the file's name is the unit's id."""
MOST_BYTES = 24 * MEBI
"""Maximum size of a picture's file; larger files are not read."""
MOST_BYTES_OF_IDS = 256 * MEBI
"""Maximum size of the ids in an NPZ with pictures."""
MOST_BYTES_UNPACKED = 256 * MEBI
"""Maximum size of the pictures in a compressed NPZ.

Each request unpacks such a file up to the last requested picture.
"""
AT_ONCE = threading.BoundedSemaphore(2)
"""Processes that decode at the same time; others wait."""
LIMITS = Limits(memory=512 * MEBI, seconds=20, file_size=0)
UNREADABLE = "a picture must be decoded within the limits of the server"

T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """Picture of a unit, or the reason why it was refused.

    Attributes
    ----------
    jpeg : bytes
        Empty if there is no picture.
    refused : str
        Reason for refusing the picture; empty if it was not refused.
    """

    jpeg: bytes = b""
    refused: str = ""

    @property
    def address(self) -> str:
        """Picture as a ``data:`` address; empty if there is no picture."""
        if not self.jpeg:
            return ""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


NONE = Picture()
"""Result for a unit without a file."""


@dataclass(frozen=True)
class PictureFolder:
    """Folder with a picture for each unit, named by the unit's id.

    An id may include subfolders.

    Attributes
    ----------
    root : path
        Absolute path with links resolved.
    """

    root: Path

    @classmethod
    def of(cls, folder: Path) -> PictureFolder:
        """Picture folder named on the command line.

        Raises
        ------
        OSError
            If the folder does not exist.
        """
        root = folder.resolve(strict=True)
        if not root.is_dir():
            raise NotADirectoryError(str(folder))
        return cls(root)

    def read(self, unit: str) -> bytes | None:
        """Bytes of a unit's picture; `None` if it is missing, too large, or outside of the folder."""
        names = [unit] if unit.lower().endswith(ENDINGS) else []
        names += [unit + ending for ending in (*ENDINGS, *(e.upper() for e in ENDINGS))]
        for name in names:
            data = self._bytes(name)
            if data is not None:
                return data
        return None

    def _bytes(self, name: str) -> bytes | None:
        with contextlib.suppress(OSError, ValueError):  # for example if no file can have this name
            path = (self.root / name).resolve(strict=True)
            if not path.is_relative_to(self.root):
                return None
            with open_plain(path) as file:
                if os.fstat(file.fileno()).st_size <= MOST_BYTES:
                    return file.read(MOST_BYTES)
        return None

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units in their order, no side longer than ``side`` pixels."""
        return _small(self.read, units, side)


@dataclass(frozen=True)
class PictureZip:
    """Zip archive with a picture for each unit, named by the unit's id, in any folder of the archive.

    Attributes
    ----------
    path : path
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> PictureZip:
        """Picture archive named on the command line.

        Raises
        ------
        OSError
            If the file cannot be read, or is no zip archive.
        """
        pictures = cls(path.resolve(strict=True))
        _opened(pictures.path, _directory)
        return pictures

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units in their order, no side longer than ``side`` pixels."""
        archive, names = _opened(self.path, _directory)

        def read(unit: str) -> bytes | None:
            member = names.get(unit) or names.get(posixpath.normpath(unit))
            if member is None or member.file_size > MOST_BYTES:
                return None
            with contextlib.suppress(OSError, *ZIP_DAMAGE), archive.open(member) as file:
                return file.read(MOST_BYTES)
            return None

        return _small(read, units, side)


_READING = threading.Lock()
_OPEN: dict[Path, tuple[tuple[int, ...], Any]] = {}
"""Opened archives with their stamps. Reading 100,000 names takes half a second."""


def _opened(path: Path, read: Callable[[Path], T]) -> T:
    """Cached result of reading an archive; the archive is read again if another file has replaced it."""
    status = path.stat()
    stamp = status.st_ino, status.st_size, status.st_mtime_ns
    with _READING:
        if path not in _OPEN or _OPEN[path][0] != stamp:
            _OPEN[path] = stamp, read(path)
        content: T = _OPEN[path][1]
        return content


def _directory(path: Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """Archive and its pictures by name.

    Raises
    ------
    OSError
        If the file is no zip archive.
    """
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_DAMAGE as error:
        raise OSError(errno.EINVAL, "no zip archive that can be read") from error
    names: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        stem, dot, ending = member.filename.rpartition(".")
        if f"{dot}{ending.lower()}" in ENDINGS:
            for name in (stem, member.filename, stem.rpartition("/")[2]):
                names.setdefault(name, member)
    return archive, names


def _small(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Pictures of some units, shrunk by a process with limits."""
    pictures: list[Picture] = []
    with AT_ONCE:
        # If a picture ends the process, it is refused, and another process continues with the rest.
        while len(pictures) < len(units):
            pictures += _decoded(read, units[len(pictures) :], side)
    return pictures


def _decoded(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Pictures of the first units, at least one, until the process ends."""
    pictures: list[Picture] = []
    child: _Child | None = None
    try:
        for unit in units:
            data = read(unit)
            if data is None:
                pictures.append(NONE)
                continue
            child = child or _Child()
            decoded = child.decoded(data, side)
            pictures.append(decoded or Picture(refused=UNREADABLE))
            if decoded is None:
                break
    finally:
        if child is not None:
            child.end()
    return pictures


class _Child:
    """Process that decodes pictures."""

    def __init__(self) -> None:
        module = "dashboard.data.pictures_child"
        self._process = start_child(module, None, stderr=subprocess.DEVNULL)
        # The timer also ends a process that waits, because waiting uses no CPU time.
        self._clock = threading.Timer(3 * LIMITS.seconds, self._process.kill)
        self._clock.daemon = True
        self._clock.start()
        with contextlib.suppress(BrokenPipeError):
            self._send({"limits": LIMITS.of_process(), "parent": os.getpid()})

    def _send(self, message: dict[str, object], data: bytes = b"") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n" + data)
        self._process.stdin.flush()

    def decoded(self, data: bytes, side: int) -> Picture | None:
        """Decode a picture; `None` if decoding ended the process."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._send({"length": len(data), "side": side}, data)
            answer = json.loads(self._process.stdout.readline(4 * MEBI))
            if "refused" in answer:
                return Picture(refused=str(answer["refused"]))
            return Picture(jpeg=base64.b64decode(answer["jpeg"], validate=True))
        return None

    def end(self) -> None:
        """End the process."""
        self._clock.cancel()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


@dataclass(frozen=True)
class PictureArchive:
    """Pictures in an NPZ by the units' ids. Plain arrays need no separate process to decode.

    Attributes
    ----------
    path : path
        NPZ with arrays ``id`` and ``image`` of shape (units, height, width), or with 3 or 4 colours last.
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> PictureArchive:
        """NPZ with pictures, named on the command line.

        Raises
        ------
        OSError
            If the file lacks these arrays.
        """
        pictures = cls(path.resolve(strict=True))
        _opened(pictures.path, _arrays)
        return pictures

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units in their order, read in one pass with one picture in memory at a time."""
        arrays = _opened(self.path, _arrays)
        rows = [arrays.rows.get(unit) for unit in units]
        by_row: dict[int, Picture] = {}
        with AT_ONCE, contextlib.suppress(OSError, *ZIP_DAMAGE):
            for row, pixels in arrays.read(
                self.path, sorted({row for row in rows if row is not None})
            ):
                by_row[row] = _small_array(pixels, side)
        return [NONE if row is None else by_row.get(row, NONE) for row in rows]


def _arrays(path: Path) -> _Arrays:
    """Position of the pictures in an NPZ.

    Raises
    ------
    OSError
        If the NPZ has no pictures.
    """
    try:
        return _Arrays.of(path)
    except ZIP_DAMAGE as error:
        raise OSError(errno.EINVAL, f"an NPZ, {str(error)[:200]}") from error


def _small_array(pixels: NDArray[Any], side: int) -> Picture:
    """Picture as JPEG. Values that do not have 8 bits are stretched to the full range."""
    from PIL import Image

    if pixels.dtype != np.uint8:
        values = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
        values -= values.min()
        pixels = (255 * values / (values.max() or 1.0)).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    if picture.mode == "RGBA":
        picture = picture.convert("RGB")
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return Picture(jpeg=buffer.getvalue())


@dataclass(frozen=True)
class _Arrays:
    """Position of the pictures in an NPZ.

    Attributes
    ----------
    rows : dict of str to int
        Index of each unit's picture.
    shape : tuple of int
        Shape of one picture.
    dtype : dtype
    """

    rows: dict[str, int]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, path: Path) -> _Arrays:
        """Read the ids, and the shape and type that the file claims for its pictures.

        Raises
        ------
        ValueError
            If the arrays are missing, too large, or of an unsupported shape or type.
        """
        with zipfile.ZipFile(path) as archive:
            if missing := {"id.npy", "image.npy"} - set(archive.namelist()):
                raise ValueError(f"without an array {sorted(missing)[0].removesuffix('.npy')}")
            with archive.open("id.npy") as file:
                shape, _, dtype = _header(file)
                if len(shape) != 1 or dtype.kind not in "USiu":
                    raise ValueError("whose array id is not a row of texts or whole numbers")
                if shape[0] * dtype.itemsize > MOST_BYTES_OF_IDS:
                    raise ValueError(f"whose array id has more than {MOST_BYTES_OF_IDS:,} bytes")
                ids = np.frombuffer(file.read(shape[0] * dtype.itemsize), dtype)
            packed = archive.getinfo("image.npy")
            is_stored = packed.compress_type == zipfile.ZIP_STORED
            if not is_stored and packed.file_size > MOST_BYTES_UNPACKED:
                raise ValueError(
                    f"whose array image is compressed and has {packed.file_size:,} bytes, "
                    f"more than {MOST_BYTES_UNPACKED:,}: write it by numpy.savez, not savez_compressed"
                )
            with archive.open("image.npy") as file:
                shape, is_fortran, dtype = _header(file)
        if is_fortran or dtype.kind not in "buif" or dtype.itemsize > 8:
            raise ValueError("whose array image is not of plain numbers, picture after picture")
        if len(shape) not in (3, 4) or not all(shape) or shape[3:] not in ((), (1,), (3,), (4,)):
            raise ValueError(f"whose array image has the shape {shape}, not (units, height, width)")
        if len(ids) != shape[0]:
            raise ValueError(f"with {len(ids):,} ids of {shape[0]:,} pictures")
        if math.prod(shape[1:]) * dtype.itemsize > MOST_BYTES:
            raise ValueError(f"whose pictures have more than {MOST_BYTES:,} bytes each")
        texts = np.char.decode(ids, "utf-8") if ids.dtype.kind == "S" else ids.astype(str)
        return cls({name: k for k, name in enumerate(texts.tolist())}, shape[1:], dtype)

    def read(self, path: Path, rows: Sequence[int]) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the pictures at ascending positions, each with its position."""
        size, at = math.prod(self.shape) * self.dtype.itemsize, 0
        with zipfile.ZipFile(path) as archive, archive.open("image.npy") as file:
            _header(file)
            for row in rows:
                file.seek((row - at) * size, io.SEEK_CUR)
                yield row, np.frombuffer(file.read(size), self.dtype).reshape(self.shape)
                at = row + 1


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array; afterwards the file is at the first value."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


Pictures = PictureFolder | PictureZip | PictureArchive


def open_pictures(path: Path) -> Pictures:
    """Open the pictures named on the command line: a folder, a zip archive, or an NPZ.

    Raises
    ------
    ScoreError
        ``E_FILE`` if the path is none of these.
    """
    try:
        if path.suffix.lower() == ".npz":
            return PictureArchive.of(path)
        return PictureZip.of(path) if path.is_file() else PictureFolder.of(path)
    except OSError as error:
        raise ScoreError(
            "E_FILE",
            "the pictures must be in a folder, a zip archive or an NPZ, "
            f"got: {error.strerror or 'neither'}",
            file=str(path),
            hint="Name one that holds a picture for each unit, called by its id.",
        ) from error

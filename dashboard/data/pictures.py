"""Pictures of units: of a folder or zip archive by the units' ids, made small by a process with limits.

Nothing outside of the folder is read, whatever an id or a link says, and no address is asked for.
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
import stat
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.data.uploads.job import MEBI, Limits, start_child
from metrics.errors import ScoreError
from metrics.io.formats.compression import ZIP_DAMAGE

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
"""Of a picture's file, in lower or upper case; the rest of its name is the unit's id."""
MOST_BYTES = 24 * MEBI
"""Of one picture's file; what is larger is not read."""
MOST_BYTES_OF_IDS = 256 * MEBI
"""Of an NPZ with pictures."""
MOST_BYTES_UNPACKED = 256 * MEBI
"""Of the pictures of a compressed NPZ, which is unpacked up to the farthest one asked for, each time."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Processes that decode at the same time; the others wait."""
LIMITS = Limits(memory=512 * MEBI, seconds=20, file_size=0)
UNREADABLE = "a picture must be decoded within the limits of the server"

T = TypeVar("T")


@dataclass(frozen=True)
class Picture:
    """One picture, or why there is none.

    Attributes
    ----------
    jpeg : bytes
        Empty where there is none.
    refused : str
        Empty where there is one.
    """

    jpeg: bytes = b""
    refused: str = ""

    @property
    def address(self) -> str:
        """The picture as the address of an image; empty where there is none."""
        if not self.jpeg:
            return ""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


NONE = Picture()
"""Of a unit without a file."""


@dataclass(frozen=True)
class PictureFolder:
    """A folder with a picture for each unit, named by its id; folders in it may be part of the id.

    Attributes
    ----------
    root : path
        Absolute, links resolved.
    """

    root: Path

    @classmethod
    def of(cls, folder: Path) -> PictureFolder:
        """The folder of a command line.

        Raises
        ------
        OSError
            Where there is no such folder.
        """
        root = folder.resolve(strict=True)
        if not root.is_dir():
            raise NotADirectoryError(str(folder))
        return cls(root)

    def read(self, unit: str) -> bytes | None:
        """Bytes of a unit's picture; None where there is none inside of the folder, or it is too large."""
        names = [unit] if unit.lower().endswith(ENDINGS) else []
        names += [unit + ending for ending in (*ENDINGS, *(e.upper() for e in ENDINGS))]
        for name in names:
            data = self._bytes(name)
            if data is not None:
                return data
        return None

    def _bytes(self, name: str) -> bytes | None:
        with contextlib.suppress(OSError, ValueError):  # such as a name that no file can have
            path = (self.root / name).resolve(strict=True)
            if not path.is_relative_to(self.root):
                return None
            handle = os.open(
                path,
                os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0),
            )
            with open(handle, "rb") as file:
                there = os.fstat(handle)
                if stat.S_ISREG(there.st_mode) and there.st_size <= MOST_BYTES:
                    return file.read(MOST_BYTES)
        return None

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units, in their order, no side longer than ``side`` pixels."""
        return _small(self.read, units, side)


@dataclass(frozen=True)
class PictureZip:
    """A zip archive with a picture for each unit, named by its id, in whatever folder of the archive.

    Attributes
    ----------
    path : path
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> PictureZip:
        """The archive of a command line.

        Raises
        ------
        OSError
            Where it cannot be read, or is none.
        """
        whole = cls(path.resolve(strict=True))
        _opened(whole.path, _directory)
        return whole

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units, in their order, no side longer than ``side`` pixels."""
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
"""Archives with their stamps, of which a command line names one: 100,000 names take half a second to read."""


def _opened(path: Path, read: Callable[[Path], T]) -> T:
    """What is read of an archive; it is read again if another file was put in its place."""
    there = path.stat()
    stamp = there.st_ino, there.st_size, there.st_mtime_ns
    with _READING:
        if path not in _OPEN or _OPEN[path][0] != stamp:
            _OPEN[path] = stamp, read(path)
        found: T = _OPEN[path][1]
        return found


def _directory(path: Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """An archive, and its pictures by name.

    Raises
    ------
    OSError
        Where it is none.
    """
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_DAMAGE as error:
        raise OSError(errno.EINVAL, "no zip archive that can be read") from error
    names: dict[str, zipfile.ZipInfo] = {}
    for one in archive.infolist():
        stem, dot, ending = one.filename.rpartition(".")
        if f"{dot}{ending.lower()}" in ENDINGS:
            for name in (stem, one.filename, stem.rpartition("/")[2]):
                names.setdefault(name, one)
    return archive, names


def _small(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Pictures of some units made small by a process with limits."""
    pictures: list[Picture] = []
    with AT_ONCE:
        # A picture that ends the process is passed over, and another process takes up the rest.
        while len(pictures) < len(units):
            pictures += _decoded(read, units[len(pictures) :], side)
    return pictures


def _decoded(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Pictures of the first units, at least of one: as far as one process comes."""
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
    """The process that decodes."""

    def __init__(self) -> None:
        module = "dashboard.data.pictures_child"
        self._process = start_child(module, None, stderr=subprocess.DEVNULL)
        # On the clock as well: a process that waits takes no time of the processor.
        self._clock = threading.Timer(3 * LIMITS.seconds, self._process.kill)
        self._clock.daemon = True
        self._clock.start()
        with contextlib.suppress(BrokenPipeError):
            self._say({"limits": LIMITS.of_process(), "parent": os.getpid()})

    def _say(self, said: dict[str, object], data: bytes = b"") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(said).encode() + b"\n" + data)
        self._process.stdin.flush()

    def decoded(self, data: bytes, side: int) -> Picture | None:
        """One picture; None where the process ended over it."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._say({"length": len(data), "side": side}, data)
            said = json.loads(self._process.stdout.readline(4 * MEBI))
            if "refused" in said:
                return Picture(refused=str(said["refused"]))
            return Picture(jpeg=base64.b64decode(said["jpeg"], validate=True))
        return None

    def end(self) -> None:
        """End it."""
        self._clock.cancel()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


@dataclass(frozen=True)
class PictureArchive:
    """Pictures of an NPZ by the units' ids: plain arrays, which need no process apart to decode.

    Attributes
    ----------
    path : path
        With the arrays ``id`` and ``image``: (units, height, width), or with three or four colours last.
    """

    path: Path

    @classmethod
    def of(cls, path: Path) -> PictureArchive:
        """The archive of a command line.

        Raises
        ------
        OSError
            Where it has no such arrays.
        """
        whole = cls(path.resolve(strict=True))
        _opened(whole.path, _arrays)
        return whole

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units, in their order; they are read in one pass, one in memory at a time."""
        arrays = _opened(self.path, _arrays)
        rows = [arrays.rows.get(unit) for unit in units]
        made: dict[int, Picture] = {}
        with AT_ONCE, contextlib.suppress(OSError, *ZIP_DAMAGE):
            for row, pixels in arrays.read(
                self.path, sorted({row for row in rows if row is not None})
            ):
                made[row] = _small_array(pixels, side)
        return [NONE if row is None else made.get(row, NONE) for row in rows]


def _arrays(path: Path) -> _Arrays:
    """Where the pictures of an NPZ are; OSError if it has none."""
    try:
        return _Arrays.of(path)
    except ZIP_DAMAGE as error:
        raise OSError(errno.EINVAL, f"an NPZ, {str(error)[:200]}") from error


def _small_array(pixels: NDArray[Any], side: int) -> Picture:
    """A picture of its pixels; other than 8 bits are stretched from the least to the most."""
    from PIL import Image

    if pixels.dtype != np.uint8:
        seen = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
        seen -= seen.min()
        pixels = (255 * seen / (seen.max() or 1.0)).round().astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    if picture.mode == "RGBA":
        picture = picture.convert("RGB")
    picture.thumbnail((side, side))
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=95)
    return Picture(jpeg=made.getvalue())


@dataclass(frozen=True)
class _Arrays:
    """Where the pictures of an NPZ are.

    Attributes
    ----------
    rows : dict of str to int
        By unit.
    shape : tuple of int
        Of one picture.
    dtype : dtype
    """

    rows: dict[str, int]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, path: Path) -> _Arrays:
        """Read its ids, and what its pictures claim to be.

        Raises
        ------
        ValueError
            Where they are not there, or too large.
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
        """Yield some pictures, whose positions ascend."""
        size, at = math.prod(self.shape) * self.dtype.itemsize, 0
        with zipfile.ZipFile(path) as archive, archive.open("image.npy") as file:
            _header(file)
            for row in rows:
                file.seek((row - at) * size, io.SEEK_CUR)
                yield row, np.frombuffer(file.read(size), self.dtype).reshape(self.shape)
                at = row + 1


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array; the file stands at its first value then."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


Pictures = PictureFolder | PictureZip | PictureArchive


def open_pictures(path: Path) -> Pictures:
    """The pictures that a command line names: a folder, a zip archive, or an NPZ.

    Raises
    ------
    ScoreError
        E_FILE where there is neither.
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

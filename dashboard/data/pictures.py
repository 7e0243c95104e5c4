"""Pictures of units: files of a folder or zip archive by the units' ids, made small by a process with limits.

Nothing outside of the folder is read, whatever an id or a link says, and no address is asked for.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import io
import json
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dashboard.data.upload_parsing import MEBI, ROOT, Limits, environment_of_child
from metrics.io.formats.compression import ZIP_DAMAGE

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
"""Of a picture's file, in lower or upper case; the rest of its name is the unit's id."""
MOST_BYTES = 24 * MEBI
"""Of one picture's file; what is larger is not read."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Processes that decode at the same time; the others wait."""
LIMITS = Limits(memory=512 * MEBI, seconds=20, file_size=0)
UNREADABLE = "a picture must be decoded within the limits of the server"


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
        whole._opened()
        return whole

    def _opened(self) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
        """The archive and its pictures by name, read anew where another was put in its place."""
        there = self.path.stat()
        stamp = there.st_ino, there.st_size, there.st_mtime_ns
        with _READING:
            if self.path not in _OPENED or _OPENED[self.path][0] != stamp:
                _OPENED[self.path] = stamp, *_directory(self.path)
            return _OPENED[self.path][1:]

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units, in their order, no side longer than ``side`` pixels."""
        archive, names = self._opened()

        def read(unit: str) -> bytes | None:
            one = names.get(unit)
            if one is None or one.file_size > MOST_BYTES:
                return None
            with contextlib.suppress(OSError, *ZIP_DAMAGE), archive.open(one) as file:
                return file.read(MOST_BYTES)
            return None

        return _small(read, units, side)


_READING = threading.Lock()
_OPENED: dict[Path, tuple[tuple[int, ...], zipfile.ZipFile, dict[str, zipfile.ZipInfo]]] = {}
"""Archives with their stamps, of which a command line names one: 100,000 names take half a second to read."""


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
    out: list[Picture] = []
    with AT_ONCE:
        # A picture that ends the process is passed over, and another process takes up the rest.
        while len(out) < len(units):
            out += _decoded(read, units[len(out) :], side)
    return out


def _decoded(read: Callable[[str], bytes | None], units: Sequence[str], side: int) -> list[Picture]:
    """Pictures of the first units, at least of one: as far as one process comes."""
    out: list[Picture] = []
    child: _Child | None = None
    try:
        for unit in units:
            data = read(unit)
            if data is None:
                out.append(NONE)
                continue
            child = child or _Child()
            decoded = child.decoded(data, side)
            out.append(decoded or Picture(refused=UNREADABLE))
            if decoded is None:
                break
    finally:
        if child is not None:
            child.end()
    return out


class _Child:
    """The process that decodes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dashboard.data.pictures_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment_of_child(None),
            start_new_session=True,
        )
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
    """Grey pictures of an NPZ of our own, by the units' ids: of the sample, which needs no process apart.

    Attributes
    ----------
    path : path
        With the arrays ``id`` and ``image`` (units, height, width; 8 bits).
    """

    path: Path

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units, in their order; they are given as they are, which is small."""
        from PIL import Image

        ids, images = _archive(self.path)
        out = []
        for unit in units:
            if unit not in ids:
                out.append(NONE)
                continue
            made = io.BytesIO()
            picture = Image.fromarray(images[ids[unit]])
            picture.thumbnail((side, side))
            picture.save(made, "JPEG", quality=95)
            out.append(Picture(jpeg=made.getvalue()))
        return out


@functools.cache
def _archive(path: Path) -> tuple[dict[str, int], NDArray[np.uint8]]:
    with np.load(path) as archive:
        return {str(name): k for k, name in enumerate(archive["id"])}, archive["image"]


Pictures = PictureFolder | PictureZip | PictureArchive


def open_pictures(path: Path) -> PictureFolder | PictureZip:
    """The pictures that a command line names: a folder, or a zip archive.

    Raises
    ------
    OSError
        Where there is neither.
    """
    return PictureZip.of(path) if path.is_file() else PictureFolder.of(path)

"""Pictures of units, found by id in a folder, zip archive or NPZ.

Files outside of the named folder are never read, even if an id or a link points to them. Nothing is requested
from the network.
"""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.data.file_access import file_content, open_plain
from dashboard.data.picture_decoder import MOST_BYTES, Picture, decode
from dashboard.data.picture_npz import PictureNpz
from metrics.errors import ScoreError
from metrics.io.formats.compression import ZIP_DAMAGE

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
"""Endings of picture files, in lower or upper case; the rest of the file's name is the unit's id."""


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
        file_names = [unit] if unit.lower().endswith(ENDINGS) else []
        file_names += [unit + ending for ending in (*ENDINGS, *(e.upper() for e in ENDINGS))]
        for name in file_names:
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
        return decode(self.read, units, side)


@dataclass(frozen=True)
class PictureZip:
    """Zip archive with a picture for each unit, named by the unit's id, in any folder of the archive."""

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
        file_content(pictures.path, _directory)
        return pictures

    def pictures(self, units: Sequence[str], side: int) -> list[Picture]:
        """Pictures of some units in their order, no side longer than ``side`` pixels."""
        archive, names = file_content(self.path, _directory)

        def read(unit: str) -> bytes | None:
            member = names.get(unit) or names.get(posixpath.normpath(unit))
            if member is None or member.file_size > MOST_BYTES:
                return None
            with contextlib.suppress(OSError, *ZIP_DAMAGE), archive.open(member) as file:
                return file.read(MOST_BYTES)
            return None

        return decode(read, units, side)


def _directory(path: Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """Archive and its pictures by name; reading 100,000 names takes half a second.

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


Pictures = PictureFolder | PictureZip | PictureNpz


def open_pictures(path: Path) -> Pictures:
    """Open the pictures named on the command line: a folder, a zip archive, or an NPZ.

    Raises
    ------
    ScoreError
        ``E_FILE`` if the path is none of these.
    """
    try:
        if path.suffix.lower() == ".npz":
            return PictureNpz.of(path)
        return PictureZip.of(path) if path.is_file() else PictureFolder.of(path)
    except OSError as error:
        raise ScoreError(
            "E_FILE",
            "the pictures must be in a folder, a zip archive or an NPZ, "
            f"got: {error.strerror or 'neither'}",
            file=str(path),
            hint="Name one that holds a picture for each unit, called by its id.",
        ) from error

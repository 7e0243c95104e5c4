"""Backup as one ``.tar``: pack a folder, and unpack an archive that may come from a stranger.

The archive is uncompressed and contains only regular files with known names. It is refused before anything is
written if it has links, pipes, devices, names outside of the folder, repeated names, or files larger than
itself.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from metrics.errors import ScoreError, shown

COPY_BYTES = 1 << 20
MOST_FILES = 1_000_000
_NAME_PART = re.compile(r"[\w.-]{1,128}", re.ASCII)


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """New file for this user only, written through to the disk at the end."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def pack(folder: Path, target: Path) -> None:
    """Write all files of a folder as one archive.

    Parameters
    ----------
    target : Path
        New path; an incomplete archive is removed if the disk fills.
    """

    def without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
        plain = tarfile.TarInfo(member.name)
        plain.size, plain.mode = member.size, 0o600
        return plain

    try:
        with (
            new_file(target) as file,
            tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(filter(Path.is_file, folder.rglob("*"))):
                archive.add(path, path.relative_to(folder).as_posix(), filter=without_owner)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def unpack(source: Path, folder: Path) -> None:
    """Write the files of an archive into an empty folder.

    Raises
    ------
    ScoreError
        ``E_BACKUP`` if the file is no archive of this app. Nothing was written then.
    """
    with _opened(source) as archive:
        members = list(_checked_members(archive, source))
        for member in members:
            place = folder / member.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            content = archive.extractfile(member)
            assert content is not None
            with new_file(place) as file:
                shutil.copyfileobj(content, file, COPY_BYTES)
            if place.stat().st_size != member.size:
                raise _not_ours(source, f"{member.name} cut short")


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        # Only an uncompressed archive is opened, so a small file cannot unpack to a huge one.
        with tarfile.open(source, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise _not_ours(source, type(error).__name__) from error


def _checked_members(archive: tarfile.TarFile, source: Path) -> Iterator[tarfile.TarInfo]:
    """Members of the archive: regular files inside of the folder, with unique names."""
    bytes_left, names = source.stat().st_size, set()
    for member in archive:
        name = member.name
        if member.isdir():
            continue
        if not member.isreg() or member.issparse():
            raise _not_ours(source, f"{shown(name)}, which is no plain file")
        is_plain = all(_NAME_PART.fullmatch(part) and part.strip(".") for part in name.split("/"))
        if not is_plain or name.casefold() in names:
            raise _not_ours(source, f"the name {shown(name)}{' again' if is_plain else ''}")
        names.add(name.casefold())
        bytes_left -= member.size
        if bytes_left < 0 or len(names) > MOST_FILES:
            raise _not_ours(source, "more than fits into it")
        yield member


def _not_ours(source: Path, got: str) -> ScoreError:
    return refused_backup(got, "hold the plain files that common-ground backup writes", source.name)


def refused_backup(
    got: str, rule: str = "hold what its list says", file: str | None = None
) -> ScoreError:
    """Error about a backup that breaks a rule."""
    return ScoreError(
        "E_BACKUP",
        f"a backup must {rule}, got {got}",
        file=file,
        hint="Take another backup; nothing was restored.",
    )

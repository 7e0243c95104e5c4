"""A backup as one file: a plain tar of regular files under names of its own, and nothing else.

What is read back may have been made by somebody else: links, pipes, devices, names that lead elsewhere, a
name twice, and files that are larger than the archive are refused before anything is written.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from metrics.errors import ScoreError, shown

PIECE = 1 << 20
MOST_FILES = 1_000_000
_STEP = re.compile(r"[\w.-]{1,128}", re.ASCII)


def pack(folder: Path, target: Path) -> None:
    """Write all files of a folder as one archive.

    Parameters
    ----------
    target : Path
        Which is not there yet; half of it is removed where the disk fills.
    """
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as archive:
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        member = tarfile.TarInfo(path.relative_to(folder).as_posix())
                        member.size, member.mode = path.stat().st_size, 0o600
                        with path.open("rb") as content:
                            archive.addfile(member, content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def unpack(source: Path, folder: Path) -> None:
    """Write the files of an archive into an empty folder.

    Raises
    ------
    ScoreError
        E_BACKUP where it is no archive of ours; nothing was written then.
    """
    with _opened(source) as archive:
        members = list(_checked(archive, source))
        for member in members:
            place = folder / member.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            content = archive.extractfile(member)
            assert content is not None
            with os.fdopen(
                os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                while piece := content.read(PIECE):
                    file.write(piece)
            if place.stat().st_size != member.size:
                raise _refused(source, f"{member.name} cut short")


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, mode="r:") as archive:  # nothing that is compressed: no bomb
            yield archive
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise _refused(source, type(error).__name__) from error


def _checked(archive: tarfile.TarFile, source: Path) -> Iterator[tarfile.TarInfo]:
    """The members, each a regular file under a name that lies inside and comes once."""
    room, seen = source.stat().st_size, set()
    for member in archive:
        name = member.name
        if member.isdir():
            continue
        if not member.isreg() or member.issparse():
            raise _refused(source, f"{shown(name)}, which is no plain file")
        steps = PurePosixPath(name).parts
        if name.startswith("/") or not all(
            _STEP.fullmatch(step) and step.strip(".") for step in steps
        ):
            raise _refused(source, f"the name {shown(name)}")
        if "/".join(steps) != name or name.casefold() in seen:
            raise _refused(source, f"the name {shown(name)} again")
        seen.add(name.casefold())
        room -= member.size
        if room < 0 or len(seen) > MOST_FILES:
            raise _refused(source, "more than fits into it")
        yield member


def _refused(source: Path, got: str) -> ScoreError:
    return ScoreError(
        "E_BACKUP",
        f"a backup must hold the plain files that common-ground backup writes, got {got}",
        file=source.name,
        hint="Take another backup; nothing was restored.",
    )

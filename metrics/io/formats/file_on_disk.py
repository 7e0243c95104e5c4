"""Files on disk: digest, change detection, detection of tally files, display name."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from metrics.errors import ScoreError

Stamp = tuple[int, int, int]
"""Size, modification time in nanoseconds, and inode of a file."""
_FORMAT_BYTES = 512
"""Number of first bytes that show the format; the mark of a tar archive ends at byte 265."""


TALLY_SIGN = b"common-ground-tally"
"""Name of the first member of a tally file, which is a zip archive."""


_ENDINGS = frozenset(
    ".csv .tsv .tab .txt .dat .json .jsonl .ndjson .npy .npz .parquet .pq .gz .gzip .zst .zstd".split()
)


def digest_of(path: Path) -> bytes:
    """Return the SHA-256 digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def stamp_of(name: str | Path) -> Stamp | None:
    """Size, modification time and inode of a file; `None` if there is no such file."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def is_tally(name: str | Path) -> bool:
    """Whether a file starts like a tally file; also true for a truncated tally file."""
    try:
        with Path(name).open("rb") as file:
            start = file.read(30 + len(TALLY_SIGN))
    except (OSError, ValueError):
        return False
    return start.startswith(b"PK\x03\x04") and start[30:] == TALLY_SIGN


def first_bytes(path: Path, name: str) -> bytes:
    """Return as many first bytes of a file as needed to detect its format.

    Raise ``E_FILE`` if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_FORMAT_BYTES)
    except OSError as error:
        raise unreadable_error(error, name) from error


def unreadable_error(error: OSError, file: str) -> ScoreError:
    """Return the error for a file that the operating system cannot open."""
    return ScoreError(
        "E_FILE",
        f"the file must be readable, got: {error.strerror or type(error).__name__}",
        file=file,
        hint="Check the path and its permissions.",
    )


def refuse_to_replace(files: Iterable[str], target: Path, hint: str) -> None:
    """Raise ``E_FILE`` if a file to write is one of the files being read, under any name."""
    for file in files:
        same = False
        with contextlib.suppress(OSError, ValueError):  # a missing file cannot be the same
            same = target.samefile(file)
        if same:
            raise ScoreError(
                "E_FILE",
                "the file to write must be none of those that are read",
                file=file,
                hint=hint,
            )


def stem_of(name: str) -> str:
    """Return a file's name without its folder and without known extensions."""
    title = Path(name).name
    while (ending := Path(title).suffix) and ending.lower() in _ENDINGS:
        title = title.removesuffix(ending)
    return title


def without_path(error: object, path: Path) -> str:
    """Return an error's text without paths on this machine."""
    return str(error).replace(str(path), "the file")

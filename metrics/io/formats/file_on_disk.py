"""A file on disk: its digest, how to tell that it was changed or is a tally, and what it is called."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from metrics.errors import ScoreError

Stamp = tuple[int, int, int]


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
    """Size, time of change and inode of a file; None for what is no file."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def is_tally(name: str | Path) -> bool:
    """Whether the first bytes of a file are those of a tally; also of one that is cut short behind them."""
    try:
        with Path(name).open("rb") as file:
            start = file.read(30 + len(TALLY_SIGN))
    except (OSError, ValueError):
        return False
    return start.startswith(b"PK\x03\x04") and start[30:] == TALLY_SIGN


def first_bytes(path: Path, name: str) -> bytes:
    """Return the first bytes of a file, as many as tell its format.

    Raises
    ------
    ScoreError
        ``E_FILE`` where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise unreadable(error, name) from error


def unreadable(error: OSError, file: str) -> ScoreError:
    """Return what to say of a file that the system does not give."""
    return ScoreError(
        "E_FILE",
        f"the file must be readable, got: {error.strerror or type(error).__name__}",
        file=file,
        hint="Check the path and its permissions.",
    )


def refuse_to_replace(files: Iterable[str], target: Path, hint: str) -> None:
    """Refuse to write over a file that is being read, by whatever name.

    Parameters
    ----------
    files : iterable of str
        Those that are read.
    target : path
        To be written.
    hint : str
        What to do instead.

    Raises
    ------
    ScoreError
        ``E_FILE``.
    """
    for file in files:
        same = False
        with contextlib.suppress(OSError, ValueError):  # one that is not there is no other
            same = target.samefile(file)
        if same:
            raise ScoreError(
                "E_FILE",
                "the file to write must be none of those that are read",
                file=file,
                hint=hint,
            )


def stem_of(name: str) -> str:
    """Return a file's name without folder and without the endings of what is read here."""
    title = Path(name).name
    while (ending := Path(title).suffix) and ending.lower() in _ENDINGS:
        title = title.removesuffix(ending)
    return title


def without_path(error: object, path: Path) -> str:
    """Return the text of an error that names no place on the machine."""
    return str(error).replace(str(path), "the file")

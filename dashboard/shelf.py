"""The folder in which uploaded data stays, one entry under each fingerprint.

An entry is a folder named by the fingerprint's 64 hexadecimal digits, which nobody guesses; it holds the
canonical Parquet file and a small description. Who deletes it leaves its title and the names of its files, so
that a link to it can say which file is missing. When its time is up all of it goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from metrics import Problem

KEEP_DAYS = 30.0
KEEP_BYTES = 10_000_000_000
UNLOCKED_SECONDS = 60.0
"""Age at which a folder that no server holds is what a server left that is no more."""
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_DAY = 86_400.0
ROWS, ABOUT = "scores.parquet", "about.json"


@dataclass(frozen=True)
class Entry:
    """What is known of uploaded data besides its rows.

    Attributes
    ----------
    fingerprint : str
        Of the uploaded bytes and of how they were read.
    title : str
    files : tuple of str
        Names as they were uploaded.
    held_out : str
    columns : dict
        How the columns of the upload were mapped.
    scale : str
    problems : tuple of Problem
        The gate's warnings.
    opened : float
        Seconds since the epoch.
    owner : str
        Digest of what only its owner's session knows; empty where nobody may delete it.
    """

    fingerprint: str
    title: str
    files: tuple[str, ...]
    held_out: str
    columns: dict[str, Any]
    scale: str
    problems: tuple[Problem, ...]
    opened: float
    owner: str = ""


def default_folder() -> Path:
    """Where uploaded data is kept unless the operator says otherwise."""
    named = os.environ.get("COMMON_GROUND_LIBRARY")
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "common-ground"


class Shelf:
    """The kept uploads of one server.

    Parameters
    ----------
    folder : path or None
        None keeps nothing beyond the server's life: a folder that goes with the process.
    keep_days : float
        What is older than this is removed.
    keep_bytes : int
        Room for all uploads together, finished and on their way.
    """

    def __init__(
        self,
        folder: Path | None,
        keep_days: float = KEEP_DAYS,
        keep_bytes: int = KEEP_BYTES,
    ) -> None:
        self._own = tempfile.TemporaryDirectory(prefix="common-ground-") if folder is None else None
        self.folder = Path(self._own.name) if self._own else Path(folder or ".")
        self.keep_days, self.keep_bytes = keep_days, keep_bytes
        self._held: dict[Path, int] = {}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def private(self) -> bool:
        """Whether nothing outlives the server."""
        return self._own is not None

    def workplace(self) -> Path:
        """Fresh folder for one upload, on the same file system as the entries.

        This process holds it as long as it is there, so that other servers on the shelf leave it alone.
        """
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True, mode=0o700)
        place = Path(tempfile.mkdtemp(dir=incoming))
        held = _lock(place)
        if held is not None:
            self._held[place] = held
        return place

    @property
    def used(self) -> int:
        """Bytes that all uploads take, finished and on their way."""
        total = 0
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):  # it may go meanwhile
                total += path.stat().st_size if path.is_file() else 0
        return total

    def has_room(self, more: int) -> bool:
        """Whether so many bytes more may be kept."""
        return self.used + more <= self.keep_bytes

    def _place(self, fingerprint: str) -> Path | None:
        match = _DIGEST.fullmatch(fingerprint)
        return self.folder / match.group(1) if match else None

    def put(self, entry: Entry, rows: Path) -> Path:
        """Keep rows (a canonical Parquet file) with their description; return their place.

        The file is moved. What is there already under the fingerprint is left as it is: others read it.
        """
        place = self._place(entry.fingerprint)
        if place is None:
            raise ValueError(f"a fingerprint must be sha256 and 64 digits, got {entry.fingerprint}")
        if self.rows(entry.fingerprint) is not None:
            return place / ROWS
        place.mkdir(exist_ok=True, mode=0o700)
        rows.replace(place / ROWS)
        _describe(place, entry)
        return place / ROWS

    def about(self, fingerprint: str) -> Entry | None:
        """Description of an upload, also of one whose rows are gone; None if never seen."""
        place = self._place(fingerprint)
        if place is None:
            return None
        try:
            kept = json.loads((place / ABOUT).read_text(encoding="utf-8"))
            problems = tuple(Problem(**problem) for problem in kept.pop("problems"))
            return Entry(**kept | {"files": tuple(kept["files"]), "problems": problems})
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None  # absent, cut short, or written by another version

    def rows(self, fingerprint: str) -> Path | None:
        """Parquet file of an upload; None where its rows are gone or its time is up."""
        place = self._place(fingerprint)
        entry = self.about(fingerprint)
        if place is None or entry is None:
            return None
        if self._is_over(entry):
            shutil.rmtree(place, ignore_errors=True)
            return None
        return place / ROWS if (place / ROWS).is_file() else None

    def _is_over(self, entry: Entry) -> bool:
        return time.time() - entry.opened > self.keep_days * _DAY

    def remove(self, fingerprint: str) -> None:
        """Remove an upload; until its time is up its title and the names of its files stay."""
        place = self._place(fingerprint)
        if place is None:
            return
        entry = self.about(fingerprint)
        (place / ROWS).unlink(missing_ok=True)
        if entry is not None:
            # Columns, ids and values in the notes are the owner's.
            gone = {"held_out": "unknown", "columns": {}, "scale": "", "problems": (), "owner": ""}
            _describe(place, replace(entry, **gone))  # type: ignore[arg-type]

    def tidy(self) -> None:
        """Remove what is over, and what uploads left that did not end."""
        now = time.time()
        for place in self.folder.iterdir():
            if re.fullmatch("[0-9a-f]{64}", place.name):
                self.rows(f"sha256:{place.name}")
        for place in [place for place in self._held if not place.exists()]:
            os.close(self._held.pop(place))
        for left in (self.folder / "incoming").glob("*"):
            with contextlib.suppress(FileNotFoundError):  # an upload may end meanwhile
                age = now - left.stat().st_mtime
                if age > _DAY or (age > UNLOCKED_SECONDS and _is_nobodys(left)):
                    shutil.rmtree(left, ignore_errors=True)


def _describe(place: Path, entry: Entry) -> None:
    # Written beside and renamed: whoever reads it meanwhile has the old one or the new one, whole.
    draft = place / f"{ABOUT}.{os.getpid()}.new"
    try:
        draft.write_text(json.dumps(asdict(entry)), encoding="utf-8")
        draft.replace(place / ABOUT)
    finally:
        draft.unlink(missing_ok=True)


def _lock(place: Path) -> int | None:
    """Hold a folder until this process ends, however it ends; None where somebody holds it."""
    try:
        import fcntl
    except ImportError:  # not on this system; what is left goes after a day
        return None
    held = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _is_nobodys(place: Path) -> bool:
    """Whether no process holds a folder."""
    held = _lock(place)
    if held is not None:
        os.close(held)
    return held is not None

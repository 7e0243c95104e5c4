"""The folder in which uploaded data stays, one entry under each fingerprint.

An entry is a folder named by the fingerprint's 64 hexadecimal digits, which nobody guesses; it holds the
canonical Parquet file and a small description. When its time is up the rows go, and the description stays,
so that a link to it can say which file is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metrics import Problem

KEEP_DAYS = 30.0
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
    """

    fingerprint: str
    title: str
    files: tuple[str, ...]
    held_out: str
    columns: dict[str, Any]
    scale: str
    problems: tuple[Problem, ...]
    opened: float


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
        Rows older than this are removed.
    """

    def __init__(self, folder: Path | None, keep_days: float = KEEP_DAYS) -> None:
        self._own = tempfile.TemporaryDirectory(prefix="common-ground-") if folder is None else None
        self.folder = Path(self._own.name) if self._own else Path(folder or ".")
        self.keep_days = keep_days
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def private(self) -> bool:
        """Whether nothing outlives the server."""
        return self._own is not None

    def workplace(self) -> Path:
        """Fresh folder for one upload, on the same file system as the entries."""
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(dir=incoming))

    def _place(self, fingerprint: str) -> Path | None:
        match = _DIGEST.fullmatch(fingerprint)
        return self.folder / match.group(1) if match else None

    def put(self, entry: Entry, rows: Path) -> Path:
        """Keep rows (a canonical Parquet file, which is moved) with their description; return their place."""
        place = self._place(entry.fingerprint)
        if place is None:
            raise ValueError(f"a fingerprint must be sha256 and 64 digits, got {entry.fingerprint}")
        place.mkdir(exist_ok=True, mode=0o700)
        rows.replace(place / ROWS)
        draft = place / f"{ABOUT}.new"
        draft.write_text(json.dumps(asdict(entry)), encoding="utf-8")
        draft.replace(place / ABOUT)
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
        if place is None or entry is None or not (place / ROWS).is_file():
            return None
        if time.time() - entry.opened > self.keep_days * _DAY:
            self.remove(fingerprint)
            return None
        return place / ROWS

    def remove(self, fingerprint: str) -> None:
        """Remove the rows of an upload; its description stays."""
        place = self._place(fingerprint)
        if place is not None:
            (place / ROWS).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove rows whose time is up, and what unfinished uploads left."""
        now = time.time()
        for place in self.folder.iterdir():
            if re.fullmatch("[0-9a-f]{64}", place.name):
                self.rows(f"sha256:{place.name}")
        for left in (self.folder / "incoming").glob("*"):
            with contextlib.suppress(FileNotFoundError):  # an upload may end meanwhile
                if now - left.stat().st_mtime > _DAY:
                    shutil.rmtree(left, ignore_errors=True)

"""The folder in which uploaded data stays, one entry under each fingerprint.

An entry is a folder named by the fingerprint's 64 hexadecimal digits, which nobody guesses; it holds the
canonical Parquet file, or the tally that was uploaded instead, and a small description. Who deletes it leaves
its title and the names of its files, so that a link to it can say which file is missing. When its time is up
all of it goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader
from pathlib import Path

from dashboard.data.folder_locks import hold, is_nobodys
from dashboard.data.library_clock import CLOCK, HOUR, LibraryClock
from dashboard.data.private_folder import PrivateFolder, sweep
from dashboard.data.uploads.metadata import Entry, Named
from metrics.io.atomic_write import replacing

KEEP_DAYS = 30.0
KEEP_BYTES = 10_000_000_000
UNLOCKED_SECONDS = 60.0
"""Age at which a folder that no server holds is what a server left that is no more."""
_DIGITS = re.compile("[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_DAY = 86_400.0
ROWS, TALLY, ABOUT = "scores.parquet", "scores.tally", "about.json"


class Removals:
    """How much may go at once: of what is kept, a quarter in an hour, and one in any case."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def may(self, kept: int) -> bool:
        """Whether one more may go now, of so many that are kept; it is counted."""
        now = time.monotonic()
        self._times = [then for then in self._times if now - then < HOUR]
        # Those that went in this hour were among them when it began.
        if len(self._times) >= max(1, (kept + len(self._times)) // 4):
            return False
        self._times.append(now)
        return True


class UploadStore:
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
        self._own = PrivateFolder() if folder is None else None
        self.folder = self._own.path if self._own else Path(folder or ".")
        self.keep_days, self.keep_bytes = keep_days, keep_bytes
        self._held: dict[Path, int] = {}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = (self.about(f"sha256:{place.name}") for place in self._places())
        self.clock = LibraryClock(
            self.folder, [entry.opened for entry in known if entry is not None]
        )
        self._removals = Removals()

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
        try:
            held = hold(place)
        except OSError:
            place.rmdir()
            raise
        if held is not None:
            self._held[place] = held
        return place

    def abandon(self, place: Path) -> None:
        """Remove a folder of `workplace` and let go of it."""
        shutil.rmtree(place, ignore_errors=True)
        held = self._held.pop(place, None)
        if held is not None:
            os.close(held)

    @property
    def used(self) -> int:
        """Bytes that all uploads take, finished and on their way."""
        total = 0
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):  # it may go meanwhile
                total += path.stat().st_size if path.is_file() and path.name != CLOCK else 0
        return total

    def has_room(self, more: int) -> bool:
        """Whether so many bytes more may be kept."""
        return self.used + more <= self.keep_bytes

    def _place(self, fingerprint: str) -> Path | None:
        match = _DIGEST.fullmatch(fingerprint)
        return self.folder / match.group(1) if match else None

    def put(self, entry: Entry, rows: Path, unnamed: Named) -> Path:
        """Keep rows (a canonical Parquet file, or a tally) with their description; return their place.

        The file is moved. Rows that are there already under the fingerprint are left as they are: others
        read them. They stay for as long as if they had come now, and what is said of them names neither
        upload to the other.

        Parameters
        ----------
        unnamed : Named
            What is shown to others where the same was uploaded under other names.
        """
        place = self._place(entry.fingerprint)
        if place is None:
            raise ValueError(f"a fingerprint must be sha256 and 64 digits, got {entry.fingerprint}")
        before = self.about(entry.fingerprint)
        rows_file = self.rows(entry.fingerprint)
        # What is no longer what was uploaded gives way to what is uploaded now.
        if before is not None and rows_file is not None and self.is_whole(before, rows_file):
            _describe(place, before.also(entry, unnamed))
            return rows_file
        place.mkdir(exist_ok=True, mode=0o700)
        name = TALLY if rows.suffix == ".tally" else ROWS
        try:
            # Described first: rows that nothing is known of would never be over.
            _describe(place, replace(entry, content=content_of(rows)))
            kept = rows.replace(place / name)
            (place / (ROWS if name == TALLY else TALLY)).unlink(missing_ok=True)
        except OSError:
            # Such as a full disk: nothing half stays, and of what was there before all that was.
            with contextlib.suppress(OSError):
                if before is None:
                    shutil.rmtree(place, ignore_errors=True)
                else:
                    _describe(place, before)
            raise
        return kept

    def about(self, fingerprint: str) -> Entry | None:
        """Description of an upload, also of one whose rows are gone; None if never seen."""
        place = self._place(fingerprint)
        if place is None:
            return None
        try:
            with _opened(place / ABOUT) as file:
                return Entry.read(json.loads(file.read().decode()))
        except (OSError, ValueError, RecursionError):
            return None  # absent, cut short, or written by another version

    def rows(self, fingerprint: str) -> Path | None:
        """Parquet file or tally of an upload; None where its rows are gone or its time is up."""
        place = self._place(fingerprint)
        entry = self.about(fingerprint)
        if place is None or entry is None:
            return None
        if self._is_over(entry):
            self._remove_some(place)
            return None
        return next((place / name for name in (ROWS, TALLY) if (place / name).is_file()), None)

    def is_whole(self, entry: Entry, rows: Path) -> bool:
        """Whether a stored file, from `rows`, is what was uploaded, byte for byte."""
        try:
            return content_of(rows) == entry.content
        except OSError:
            return False

    def _is_over(self, entry: Entry) -> bool:
        return self.clock.now() - entry.opened > self.keep_days * _DAY

    def _remove_some(self, place: Path) -> None:
        """Remove a folder whose time is up, unless many have gone just now: a clock may be wrong."""
        if self._removals.may(len(self._places())):
            shutil.rmtree(place, ignore_errors=True)

    def _places(self) -> list[Path]:
        """The folders of uploads."""
        with contextlib.suppress(OSError):
            return [place for place in self.folder.iterdir() if _DIGITS.fullmatch(place.name)]
        return []

    def disown(self, fingerprint: str, owner: str) -> bool:
        """Delete an upload for one of its owners; whether it is gone, since that was the last."""
        place, entry = self._place(fingerprint), self.about(fingerprint)
        if place is None or entry is None:
            return True
        left = entry.without(owner)
        if left.owners:
            _describe(place, left)
        else:
            self.remove(fingerprint)
        return not left.owners

    def remove(self, fingerprint: str) -> None:
        """Remove an upload; until its time is up its title and the names of its files stay."""
        place = self._place(fingerprint)
        if place is None:
            return
        entry = self.about(fingerprint)
        for name in (ROWS, TALLY):
            (place / name).unlink(missing_ok=True)
        if entry is not None:
            # Columns, ids and values in the notes are the owner's.
            named = replace(entry.named, problems=())
            _describe(place, Entry(fingerprint, named, "unknown", {}, "", entry.opened))

    def tidy(self) -> None:
        """Remove what is over, what uploads left that did not end, and what killed private servers left."""
        sweep()
        self.clock.keep()
        for place in self._places():
            fingerprint = f"sha256:{place.name}"
            if self.about(fingerprint) is not None:
                self.rows(fingerprint)
            else:  # nothing says when it came but the folder itself
                with contextlib.suppress(FileNotFoundError):
                    if self.clock.age(place.stat().st_mtime) > self.keep_days * _DAY:
                        self._remove_some(place)
        for place in [place for place in self._held if not place.exists()]:
            os.close(self._held.pop(place))
        for left in (self.folder / "incoming").glob("*"):
            with contextlib.suppress(OSError):  # an upload may end meanwhile
                age = self.clock.age(left.lstat().st_mtime)
                if age > _DAY or (age > UNLOCKED_SECONDS and is_nobodys(left)):
                    shutil.rmtree(left, ignore_errors=True)


def content_of(rows: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    OSError
        Where it cannot be read, or is a link or no file.
    """
    with _opened(rows) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _opened(kept: Path) -> Iterator[BufferedReader]:
    """A file of the shelf; OSError of a link, or a pipe, which might never end."""
    handle = os.open(
        kept, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("what is kept must be a file")
        yield file


def _describe(place: Path, entry: Entry) -> None:
    with replacing(place / ABOUT, private=True) as file:
        file.write(json.dumps(entry.as_dict()).encode())

"""Folder of stored uploads, with one entry for each fingerprint.

An entry is a folder named by the 64 hexadecimal digits of the fingerprint, which cannot be guessed. It holds
the canonical Parquet file (or the uploaded tally) and a short description. If an upload is deleted, its title
and file names stay, so that a link can say which file is missing. The whole entry is removed when it expires.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from dashboard.data.file_access import open_plain
from dashboard.data.folder_locks import is_unlocked, lock_folder
from dashboard.data.library_clock import CLOCK, DAY, HOUR, LibraryClock
from dashboard.data.private_folder import PrivateFolder, sweep
from dashboard.data.uploads.metadata import Entry, Named
from metrics import strict_mapping
from metrics.io.atomic_write import replacing

KEEP_DAYS = 30.0
KEEP_BYTES = 10_000_000_000
ROWS, TALLY, ABOUT = "scores.parquet", "scores.tally", "about.json"
"""Names of the files in an entry."""
UNLOCKED_SECONDS = 60.0
"""Age in seconds at which an unlocked folder counts as left by a server that has ended."""
_DIGITS = re.compile("[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_NO_ENTRY = "none"
"""Name of a folder that never exists, because names of entries are digests."""


class Removals:
    """Limit on removals: at most a quarter of the entries in an hour, but at least one."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def admit(self, stored: int) -> bool:
        """True if one of ``stored`` entries may be removed now; the removal is then counted."""
        now = time.monotonic()
        self._times = [then for then in self._times if now - then < HOUR]
        # Entries removed in this hour are added, because the quarter refers to its beginning.
        if len(self._times) >= max(1, (stored + len(self._times)) // 4):
            return False
        self._times.append(now)
        return True


class UploadStore:
    """Stored uploads of one server.

    Parameters
    ----------
    folder : path or None
        `None` uses a temporary folder that is removed with the process.
    keep_days : float
        Days after which an upload is removed.
    keep_bytes : int
        Maximum bytes of all uploads, finished and in progress.
    """

    def __init__(
        self,
        folder: Path | None,
        keep_days: float = KEEP_DAYS,
        keep_bytes: int = KEEP_BYTES,
    ) -> None:
        self._temporary = PrivateFolder() if folder is None else None
        self.folder = self._temporary.path if self._temporary else Path(folder or ".")
        self.keep_days, self.keep_bytes = keep_days, keep_bytes
        self._held: dict[Path, int] = {}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptions = (self.about(f"sha256:{place.name}") for place in self._places())
        self.clock = LibraryClock(
            self.folder, [entry.opened for entry in descriptions if entry is not None]
        )
        self._removals = Removals()

    @property
    def private(self) -> bool:
        """True if uploads do not outlive the server."""
        return self._temporary is not None

    def workplace(self) -> Path:
        """Create a folder for one upload, on the same file system as the entries.

        This process locks the folder while it exists, so that other servers do not remove it.
        """
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True, mode=0o700)
        place = Path(tempfile.mkdtemp(dir=incoming))
        try:
            held = lock_folder(place)
        except OSError:
            place.rmdir()
            raise
        if held is not None:
            self._held[place] = held
        return place

    def abandon(self, place: Path) -> None:
        """Remove a folder of `workplace` and release its lock."""
        shutil.rmtree(place, ignore_errors=True)
        held = self._held.pop(place, None)
        if held is not None:
            os.close(held)

    @property
    def used(self) -> int:
        """Bytes of all uploads, finished and in progress."""
        total = 0
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):  # a file may be removed meanwhile
                total += path.stat().st_size if path.is_file() and path.name != CLOCK else 0
        return total

    def has_room(self, more: int) -> bool:
        """True if ``more`` bytes fit."""
        return self.used + more <= self.keep_bytes

    def _place(self, fingerprint: str) -> Path:
        """Folder of an entry. It never exists if the text is no fingerprint."""
        match = _DIGEST.fullmatch(fingerprint)
        return self.folder / (match[1] if match else _NO_ENTRY)

    def put(self, entry: Entry, rows: Path, unnamed: Named) -> Path:
        """Move rows (a canonical Parquet file, or a tally) into the store with their description.

        Rows that are already stored under the fingerprint stay unchanged, because other people read them.
        Their storage time starts again. Neither uploader sees the other's names.

        Parameters
        ----------
        unnamed : Named
            Description that others see if the same data was uploaded under different names.

        Returns
        -------
        Path
            Path of the stored rows.
        """
        place = self._place(entry.fingerprint)
        if place.name == _NO_ENTRY:
            raise ValueError(f"a fingerprint must be sha256 and 64 digits, got {entry.fingerprint}")
        before = self.about(entry.fingerprint)
        rows_file = self.rows(entry.fingerprint)
        # A stored file that was altered is replaced by the new upload.
        if before is not None and rows_file is not None and self.is_whole(before, rows_file):
            _write_description(place, before.merged(entry, unnamed))
            return rows_file
        place.mkdir(exist_ok=True, mode=0o700)
        name = TALLY if rows.suffix == ".tally" else ROWS
        try:
            # The description is written first, because rows without a description would not expire in time.
            _write_description(place, replace(entry, content=content_of(rows)))
            stored = rows.replace(place / name)
            (place / (ROWS if name == TALLY else TALLY)).unlink(missing_ok=True)
        except OSError:
            # An error such as a full disk must leave the entry as it was before.
            with contextlib.suppress(OSError):
                if before is None:
                    shutil.rmtree(place, ignore_errors=True)
                else:
                    _write_description(place, before)
            raise
        return stored

    def about(self, fingerprint: str) -> Entry | None:
        """Description of an upload, also after its rows were removed; `None` if the upload is unknown."""
        try:
            with open_plain(self._place(fingerprint) / ABOUT) as file:
                return strict_mapping.read(Entry, json.loads(file.read().decode()))
        except (OSError, ValueError, RecursionError):
            return None  # absent, cut short, or written by another version

    def rows(self, fingerprint: str) -> Path | None:
        """Parquet file or tally of an upload; `None` if the rows were deleted or have expired."""
        place, entry = self._place(fingerprint), self.about(fingerprint)
        if entry is None:
            return None
        if self._is_expired(entry):
            self._remove_expired(place)
            return None
        return next((place / name for name in (ROWS, TALLY) if (place / name).is_file()), None)

    def stored(self) -> list[Entry]:
        """Descriptions of all uploads whose rows are stored, the latest first."""
        entries = [self.about(f"sha256:{place.name}") for place in self._places()]
        stored = [entry for entry in entries if entry and self.rows(entry.fingerprint) is not None]
        return sorted(stored, key=lambda entry: -entry.opened)

    def is_whole(self, entry: Entry, rows: Path) -> bool:
        """True if a stored file equals the uploaded one byte for byte."""
        try:
            return content_of(rows) == entry.content
        except OSError:
            return False

    def _is_expired(self, entry: Entry) -> bool:
        return self.clock.now() - entry.opened > self.keep_days * DAY

    def _remove_expired(self, place: Path) -> None:
        """Remove an expired folder, unless many were removed recently, because the clock may be wrong."""
        if self._removals.admit(len(self._places())):
            shutil.rmtree(place, ignore_errors=True)

    def _places(self) -> list[Path]:
        """Folders of all entries."""
        with contextlib.suppress(OSError):
            return [place for place in self.folder.iterdir() if _DIGITS.fullmatch(place.name)]
        return []

    def renew(self, fingerprint: str) -> None:
        """Restart the storage time of an upload."""
        if (entry := self.about(fingerprint)) is not None:
            renewed = replace(entry, opened=self.clock.now())
            _write_description(self._place(fingerprint), renewed)

    def disown(self, fingerprint: str, owner: str) -> bool:
        """Delete an upload for one of its owners; True if no owner is left, so that it is removed."""
        if (entry := self.about(fingerprint)) is None:
            return True
        shared = entry.without(owner)
        if shared.owners:
            _write_description(self._place(fingerprint), shared)
        else:
            self.remove(fingerprint)
        return not shared.owners

    def remove(self, fingerprint: str) -> None:
        """Remove an upload. Its title and file names stay until it expires."""
        place, entry = self._place(fingerprint), self.about(fingerprint)
        for name in (ROWS, TALLY):
            (place / name).unlink(missing_ok=True)
        if entry is not None:
            # Problems are dropped, because the columns, ids and values in them are the owner's.
            named = replace(entry.named, problems=())
            _write_description(place, Entry(fingerprint, named, "unknown", {}, "", entry.opened))

    def tidy(self) -> None:
        """Remove expired entries, unfinished uploads, and folders of private servers that were killed."""
        sweep()
        self.clock.save()
        for place in self._places():
            fingerprint = f"sha256:{place.name}"
            if self.about(fingerprint) is not None:
                self.rows(fingerprint)
            else:  # without a description, the folder's own date is used
                with contextlib.suppress(FileNotFoundError):
                    if self.clock.age(place.stat().st_mtime) > self.keep_days * DAY:
                        self._remove_expired(place)
        for place in [place for place in self._held if not place.exists()]:
            os.close(self._held.pop(place))
        for left in (self.folder / "incoming").glob("*"):
            with contextlib.suppress(OSError):  # an upload may end meanwhile
                age = self.clock.age(left.lstat().st_mtime)
                if age > DAY or (age > UNLOCKED_SECONDS and is_unlocked(left)):
                    shutil.rmtree(left, ignore_errors=True)


def content_of(rows: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    OSError
        If the file cannot be read, is a link, or is no regular file.
    """
    with open_plain(rows) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_description(place: Path, entry: Entry) -> None:
    with replacing(place / ABOUT, private=True) as file:
        file.write(json.dumps(entry.as_dict()).encode())

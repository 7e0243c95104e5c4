"""Data that was opened, kept on the server under its fingerprint, so that a link to it works."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from dashboard.data.confusable_names import skeleton
from dashboard.data.dataset import Dataset as Dataset
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.job import AT_ONCE, Upload
from dashboard.data.uploads.metadata import Entry, Named, described
from dashboard.data.uploads.store import UploadStore
from metrics import Scenario, Scores, TallyFile, load_tally, open_scores
from metrics.io.formats.file_on_disk import is_tally
from metrics.io.read_options import RowsHeldOut

TIDY_SECONDS = 60.0
NOT_OWN = " (an upload, not this server’s own data)"
"""Behind the title of an upload that is called like data of the command line, or like the sample."""


@dataclass
class Library:
    """The data sets of one server, by fingerprint.

    Attributes
    ----------
    shelf : UploadStore
        Where uploads are kept.
    max_thresholds : int
        Limit of the tallies.
    datasets : dict of str to Dataset
    uploads : list of Upload
        Those on their way.
    turns : semaphore
        Held by each upload that is being read.
    on_gone : callable
        Told the fingerprint of an upload that is gone: deleted, or since its time is up.
    """

    shelf: UploadStore
    max_thresholds: int
    at_once: int = AT_ONCE
    datasets: dict[str, Dataset] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    on_gone: Callable[[str], None] = lambda fingerprint: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    _stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _whole: dict[str, tuple[tuple[int, ...], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = threading.BoundedSemaphore(self.at_once)
        self.links = ShortLinks(self.shelf)

    def add(self, dataset: Dataset) -> None:
        """Keep a data set."""
        with self.lock:
            self.datasets[dataset.fingerprint] = dataset

    @property
    def first(self) -> Dataset:
        """Data of the command line: what a reader sees who names none."""
        with self.lock:
            return next(iter(self.datasets.values()))

    @property
    def own(self) -> list[Dataset]:
        """Data of the command line, which every reader may see."""
        with self.lock:
            return [known for known in self.datasets.values() if known.origin != "upload"]

    def find(self, fingerprint: str | None, owner: str = "") -> Dataset | None:
        """Return the data set of a fingerprint, or the first where none is named; None if unknown.

        Parameters
        ----------
        owner : str
            What only the session of whoever looks knows: its own uploads have the names that it gave them.
        """
        if fingerprint is None:
            return self.first
        self._check(fingerprint)
        with self.lock:
            known = self.datasets.get(fingerprint)
            if known is not None and known.origin != "upload":
                return known
            rows = self.shelf.rows(fingerprint)
            entry = self.shelf.about(fingerprint)
            if rows is None or entry is None:
                self._forget(fingerprint)
                return None
            stamp = _stamp(rows)
            if self._whole.get(fingerprint) != (stamp, True):
                self._forget(fingerprint)
                return None
            if known is None or self._stamps.get(fingerprint) != stamp:
                # New here, or another server has put the same data there anew.
                self._stamps[fingerprint] = stamp
                known = self._reopened(rows, entry)
                self.add(known)
            elif known.entry != entry:  # somebody else has uploaded or deleted the same
                known = _in_words(known, entry)
                self.add(known)
            named = entry.owners.get(_digest(owner))
            if named is None:
                named = self._told_apart(entry.named)
            return known if named == entry.named else _in_words(known, replace(entry, named=named))

    def _told_apart(self, named: Named) -> Named:
        """What others call an upload, where that is read as the title of the server's own data."""
        if skeleton(named.title) in {skeleton(dataset.title) for dataset in self.own}:
            return replace(named, title=f"{named.title}{NOT_OWN}")
        return named

    def is_altered(self, fingerprint: str) -> bool:
        """Whether what is kept of an upload was no longer what was uploaded when it was last looked at."""
        _, whole = self._whole.get(fingerprint, ((), True))
        return not whole and self.shelf.about(fingerprint) is not None

    def _check(self, fingerprint: str) -> None:
        """Hash an upload's file once in a process, and when it was changed; others need not wait for it."""
        with self.lock:
            known = self.datasets.get(fingerprint)
            if known is not None and known.origin != "upload":
                return
        rows, entry = self.shelf.rows(fingerprint), self.shelf.about(fingerprint)
        if rows is None or entry is None:
            self._whole.pop(fingerprint, None)
            return
        stamp = _stamp(rows)
        if self._whole.get(fingerprint, ((), True))[0] != stamp:
            whole = self.shelf.is_whole(entry, rows)
            # One that was changed meanwhile is looked at the next time.
            self._whole[fingerprint] = stamp, whole and _stamp(rows) == stamp

    def _forget(self, fingerprint: str) -> None:
        """Forget an upload that is gone, and have others forget it."""
        known = self.datasets.get(fingerprint)
        if known is not None and known.origin == "upload":
            del self.datasets[fingerprint]
            self._stamps.pop(fingerprint, None)
            self.on_gone(fingerprint)

    def _reopened(self, rows: Path, entry: Entry) -> Dataset:
        held_out = cast(RowsHeldOut, entry.held_out)
        scores: Scores | TallyFile
        if is_tally(rows):
            # It says of itself where it lies, which is nobody's business.
            scores = replace(load_tally(rows, rows=held_out), name=entry.named.files[0])
        else:
            scores = open_scores(str(rows), rows=held_out)
        return Dataset(
            fingerprint=entry.fingerprint,
            title=entry.named.title,
            files=entry.named.files,
            scores=scores,
            scenario=Scenario(),
            max_thresholds=self.max_thresholds,
            origin="upload",
            entry=entry,
        )

    def keep(
        self,
        result: Mapping[str, Any],
        rows: Path,
        names: tuple[str, ...],
        owner: str,
        *,
        folder: Path | None = None,
    ) -> Dataset:
        """Keep what an upload's child process read, and open it.

        Rows that are there already under its fingerprint stay as they are. Its names are told to this owner
        alone where others gave the same data other names.

        Parameters
        ----------
        result : mapping
            The child's answer.
        rows : path
            Its Parquet file, or its tally, which is moved.
        names : tuple of str
            Names of the uploaded files.
        owner : str
            What only the session of whoever uploaded it knows.
        folder : path, optional
            Where the uploaded files lie.
        """
        fingerprint = fingerprint_of(result["fingerprint"], result["held_out"])
        entry, unnamed = described(result, fingerprint, names, _digest(owner), folder)
        entry = replace(entry, opened=self.shelf.clock.now())
        with self.lock:
            own = self.datasets.get(entry.fingerprint)
            if own is not None and own.origin != "upload":
                return own
            if result.get("is_tally"):
                rows = rows.rename(rows.with_suffix(".tally"))
            self.shelf.put(entry, rows, unnamed)
            kept = self.find(entry.fingerprint, owner)
            assert kept is not None
            return kept

    def is_owned(self, fingerprint: str, owner: str) -> bool:
        """Whether an upload is the owner's to delete, perhaps beside others."""
        entry, digest = self.shelf.about(fingerprint), _digest(owner)
        return entry is not None and any(hmac.compare_digest(own, digest) for own in entry.owners)

    def remove(self, fingerprint: str, owner: str) -> bool:
        """Delete an upload for its owner; whether it is gone from the server.

        It stays for others who uploaded the same data, until the last of them deletes it.
        """
        with self.lock:
            if not self.is_owned(fingerprint, owner):
                return False
            gone = self.shelf.disown(fingerprint, _digest(owner))
            if gone:
                self._forget(fingerprint)
            return gone

    def begin(self, upload: Upload) -> None:
        """Look after an upload, so that it ends when nobody waits for it any more."""
        with self.lock:
            self.uploads.append(upload)

    def done_with(self, upload: Upload) -> None:
        """End an upload, finished or not, and remove what it left."""
        with self.lock:
            if upload in self.uploads:
                self.uploads.remove(upload)
        upload.close()

    def tidy(self) -> None:
        """Remove rows whose time is up, what unfinished uploads left, and uploads without a reader."""
        with self.lock:
            abandoned = [upload for upload in self.uploads if upload.abandoned]
        for upload in abandoned:
            self.done_with(upload)
        with self.lock:
            self.shelf.tidy()
            self.links.tidy()
            for fingerprint in [
                f for f, known in self.datasets.items() if known.origin == "upload"
            ]:
                self.find(fingerprint)  # which forgets it where it is gone

    def tidy_by_the_clock(self) -> None:
        """Tidy now and then once a minute, for as long as there is this library."""
        self.tidy()
        threading.Thread(target=_tidy, args=(weakref.ref(self),), daemon=True).start()


def _tidy(
    library: Callable[[], Library | None], wait: Callable[[float], object] = time.sleep
) -> None:
    """Tidy a library after every wait, until it is gone."""
    while True:
        wait(TIDY_SECONDS)
        library_now = library()
        if library_now is None:
            return
        with contextlib.suppress(OSError):  # a folder out of reach may be back in a minute
            library_now.tidy()
        del library_now  # else it would live on while this thread waits


def fingerprint_of(read: str, held_out: str) -> str:
    """Fingerprint of data: of what was read, and of whether the rows were held out, which every page says.

    Parameters
    ----------
    read : str
        Fingerprint of the scores.
    held_out : str
        "unknown" adds nothing.
    """
    if held_out == "unknown":
        return read
    return f"sha256:{hashlib.sha256(f'{read} {held_out}'.encode()).hexdigest()}"


def _in_words(known: Dataset, entry: Entry) -> Dataset:
    """An upload as it is described now, in the words of whoever looks at it."""
    return replace(known, title=entry.named.title, files=entry.named.files, entry=entry)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(rows: Path) -> tuple[int, ...]:
    """What differs where a file was put in another's place; of a file that has gone nothing."""
    try:
        status = rows.lstat()
    except OSError:
        return ()
    # The time of a change may be set at will, that of the last word about the file may not.
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

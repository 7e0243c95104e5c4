"""Library of a server: opened data sets by fingerprint, so that links to them work."""

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
from dashboard.data.dataset import Dataset
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.in_progress import Upload
from dashboard.data.uploads.job import AT_ONCE
from dashboard.data.uploads.metadata import Entry, Named, describe_upload
from dashboard.data.uploads.store import UploadStore
from metrics import Scenario, ScoreError, Scores, TallyFile, load_tally, open_scores
from metrics.io.formats.file_on_disk import is_tally
from metrics.io.read_options import RowsHeldOut

TIDY_SECONDS = 60.0
MAX_READINGS = 12
"""Maximum number of data sets that are opened from the files of the command line."""
UPLOAD_SUFFIX = " (an upload, not this server’s own data)"
"""Suffix for an upload whose title looks like that of the server's own data."""


@dataclass
class Library:
    """Data sets of one server by fingerprint.

    Attributes
    ----------
    upload_store : UploadStore
        Stored uploads.
    max_thresholds : int
        Maximum number of thresholds in a tally.
    uploads : list of Upload
        Uploads in progress.
    turns : semaphore
        Semaphore that an upload holds while it is read.
    on_gone : callable
        Called with the fingerprint of an upload that was deleted or has expired.
    """

    upload_store: UploadStore
    max_thresholds: int
    at_once: int = AT_ONCE
    datasets: dict[str, Dataset] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    on_gone: Callable[[str], None] = lambda fingerprint: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    _stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _checks: dict[str, tuple[tuple[int, ...], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = threading.BoundedSemaphore(self.at_once)
        self.links = ShortLinks(self.upload_store)

    def add(self, dataset: Dataset) -> None:
        """Add a data set."""
        with self.lock:
            self.datasets[dataset.fingerprint] = dataset

    @property
    def first(self) -> Dataset:
        """Data of the command line, shown if a link names no data."""
        with self.lock:
            return next(iter(self.datasets.values()))

    @property
    def public_data(self) -> list[Dataset]:
        """Data sets of the command line, which every reader may see."""
        with self.lock:
            return [known for known in self.datasets.values() if known.origin != "upload"]

    def find(self, fingerprint: str | None, owner: str = "") -> Dataset | None:
        """Data set of a fingerprint; the first if the fingerprint is `None`; `None` if it is unknown.

        Parameters
        ----------
        owner : str
            Owner of the reader's uploads, which have the names that the reader gave them.
        """
        if fingerprint is None:
            return self.first
        self._check(fingerprint)
        with self.lock:
            opened = self.datasets.get(fingerprint)
            if opened is not None and opened.origin != "upload":
                return opened
            rows = self.upload_store.rows(fingerprint)
            entry = self.upload_store.about(fingerprint)
            if rows is None or entry is None:
                self._forget(fingerprint)
                return None
            stamp = _stamp(rows)
            if self._checks.get(fingerprint) != (stamp, True):
                self._forget(fingerprint)
                return None
            if opened is None or self._stamps.get(fingerprint) != stamp:
                # The data is new to this server, or another server has stored it again.
                self._stamps[fingerprint] = stamp
                opened = self._reopened(rows, entry)
                self.add(opened)
            elif opened.entry != entry:  # another reader has uploaded or deleted the same data
                opened = _described_by(opened, entry)
                self.add(opened)
            named = entry.owners.get(_digest(owner))
            if named is None:
                named = self._mark_lookalike(entry.named)
            return (
                opened
                if named == entry.named
                else _described_by(opened, replace(entry, named=named))
            )

    def _mark_lookalike(self, named: Named) -> Named:
        """Names for other readers, with a suffix if the title looks like that of the server's own data."""
        if skeleton(named.title) in {skeleton(dataset.title) for dataset in self.public_data}:
            return replace(named, title=f"{named.title}{UPLOAD_SUFFIX}")
        return named

    def is_altered(self, fingerprint: str) -> bool:
        """True if the stored file of an upload differed from the upload at the last check."""
        _, is_whole = self._checks.get(fingerprint, ((), True))
        return not is_whole and self.upload_store.about(fingerprint) is not None

    def _check(self, fingerprint: str) -> None:
        """Hash an upload's file once per process and after each change, without holding the lock."""
        with self.lock:
            opened = self.datasets.get(fingerprint)
            if opened is not None and opened.origin != "upload":
                return
        rows, entry = self.upload_store.rows(fingerprint), self.upload_store.about(fingerprint)
        if rows is None or entry is None:
            self._checks.pop(fingerprint, None)
            return
        stamp = _stamp(rows)
        if self._checks.get(fingerprint, ((), True))[0] != stamp:
            is_whole = self.upload_store.is_whole(entry, rows)
            # A file that changed during the check is checked again the next time.
            self._checks[fingerprint] = stamp, is_whole and _stamp(rows) == stamp

    def _forget(self, fingerprint: str) -> None:
        """Forget an upload that is gone, and call `on_gone`."""
        opened = self.datasets.get(fingerprint)
        if opened is not None and opened.origin == "upload":
            del self.datasets[fingerprint]
            self._stamps.pop(fingerprint, None)
            self.on_gone(fingerprint)

    def _reopened(self, rows: Path, entry: Entry) -> Dataset:
        held_out = cast(RowsHeldOut, entry.held_out)
        scores: Scores | TallyFile
        if is_tally(rows):
            # The name of a tally contains its path on the server, which must not be shown.
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

    def store_upload(
        self,
        result: Mapping[str, Any],
        rows: Path,
        names: tuple[str, ...],
        owner: str,
        *,
        folder: Path | None = None,
    ) -> Dataset:
        """Store the result of an upload's child process, and open it.

        Rows that are already stored under the fingerprint stay unchanged. If other people gave the data other
        names, only this owner sees the new names.

        Parameters
        ----------
        result : mapping
            Answer of the child process.
        rows : path
            Parquet file or tally that the child wrote. The file is moved.
        names : tuple of str
            Names of the uploaded files.
        owner : str
            Secret of the uploader's session.
        folder : path, optional
            Folder of the uploaded files.
        """
        fingerprint = fingerprint_of(result["fingerprint"], result["held_out"])
        entry, unnamed = describe_upload(result, fingerprint, names, _digest(owner), folder)
        entry = replace(entry, opened=self.upload_store.clock.now())
        with self.lock:
            opened = self.datasets.get(entry.fingerprint)
            if opened is not None and opened.origin != "upload":
                return opened
            if result["is_tally"]:
                rows = rows.rename(rows.with_suffix(".tally"))
            self.upload_store.put(entry, rows, unnamed)
            dataset = self.find(entry.fingerprint, owner)
            assert dataset is not None
            return dataset

    def read_again(self, dataset: Dataset, options: Mapping[str, Any]) -> Dataset:
        """Read files of the command line with other options, and open them as further data.

        Raises
        ------
        ScoreError
            If the files are invalid with these options; ``E_SIZE`` if they have been read too often.
        """
        if len(self.public_data) >= MAX_READINGS:
            raise ScoreError(
                "E_SIZE",
                f"files must be open in fewer than {MAX_READINGS} ways to be read in another way",
                hint="Start the app again.",
            )
        again = _with_options(dataset, options)
        if again.fingerprint in self.datasets:
            return self.datasets[again.fingerprint]
        earlier = [known for known in self.public_data if known.files == dataset.files]
        again = replace(again, title=f"{earlier[0].title} ({len(earlier) + 1})")
        self.add(again)
        return again

    def read_in_place(self, dataset: Dataset, options: Mapping[str, Any]) -> Dataset:
        """Read files of the command line with other options, in place of data that cannot be counted.

        Raises
        ------
        ScoreError
            If the files are invalid with these options.
        """
        again = _with_options(dataset, options)
        with self.lock:
            datasets = [again if known is dataset else known for known in self.datasets.values()]
            self.datasets = {known.fingerprint: known for known in datasets}
            self.add(again)  # if another reader has replaced the data
        return again

    def is_owned(self, fingerprint: str, owner: str) -> bool:
        """True if an owner may delete the upload; it may have other owners too."""
        entry, digest = self.upload_store.about(fingerprint), _digest(owner)
        return entry is not None and any(
            hmac.compare_digest(other, digest) for other in entry.owners
        )

    def remove(self, fingerprint: str, owner: str) -> bool:
        """Delete an upload for one of its owners; True if it is removed from the server.

        The upload stays until its last owner deletes it.
        """
        with self.lock:
            if not self.is_owned(fingerprint, owner):
                return False
            is_removed = self.upload_store.disown(fingerprint, _digest(owner))
            if is_removed:
                self._forget(fingerprint)
            return is_removed

    def remove_for_all(self, fingerprint: str) -> None:
        """Delete an upload of any owners, for an administrator."""
        with self.lock:
            self.upload_store.remove(fingerprint)
            self._forget(fingerprint)

    def renew(self, fingerprint: str) -> None:
        """Restart the storage time of an upload, for an administrator."""
        with self.lock:
            self.upload_store.renew(fingerprint)

    def begin_upload(self, upload: Upload) -> None:
        """Register an upload in progress, so that it ends when its reader has left."""
        with self.lock:
            self.uploads.append(upload)

    def end_upload(self, upload: Upload) -> None:
        """End an upload, finished or not, and remove its files."""
        with self.lock:
            if upload in self.uploads:
                self.uploads.remove(upload)
        upload.close()

    def tidy(self) -> None:
        """Remove expired uploads, files of unfinished uploads, and uploads whose reader has left."""
        with self.lock:
            abandoned = [upload for upload in self.uploads if upload.abandoned]
        for upload in abandoned:
            self.end_upload(upload)
        with self.lock:
            self.upload_store.tidy()
            self.links.tidy()
            for fingerprint in [
                f for f, known in self.datasets.items() if known.origin == "upload"
            ]:
                self.find(fingerprint)  # forgets the data set if its upload is gone

    def tidy_regularly(self) -> None:
        """Remove expired data now, and then every minute while this library exists."""
        self.tidy()
        threading.Thread(target=tidy_repeatedly, args=(weakref.ref(self),), daemon=True).start()


def tidy_repeatedly(
    library: Callable[[], Library | None], wait: Callable[[float], object] = time.sleep
) -> None:
    """Tidy a library after every wait, until it is garbage-collected."""
    while True:
        wait(TIDY_SECONDS)
        library_now = library()
        if library_now is None:
            return
        with contextlib.suppress(OSError):  # an unreachable folder may be reachable again later
            library_now.tidy()
        del library_now  # otherwise this thread would keep the library alive


def fingerprint_of(scores: str, held_out: str) -> str:
    """Fingerprint of data, from the scores and whether the rows were held out.

    ``held_out`` is included because every page states it.

    Parameters
    ----------
    scores : str
        Fingerprint of the scores.
    held_out : str
        "unknown" leaves the fingerprint of the scores unchanged.
    """
    if held_out == "unknown":
        return scores
    return f"sha256:{hashlib.sha256(f'{scores} {held_out}'.encode()).hexdigest()}"


def _with_options(dataset: Dataset, options: Mapping[str, Any]) -> Dataset:
    """Data of the same files, opened with other options."""
    scores = open_scores(dataset.scores.files, rows=dataset.scores.held_out, **options)
    fingerprint = fingerprint_of(scores.fingerprint, scores.held_out)
    return replace(dataset, scores=scores, fingerprint=fingerprint)


def _described_by(known: Dataset, entry: Entry) -> Dataset:
    """Upload with the title, files and description of an entry."""
    return replace(known, title=entry.named.title, files=entry.named.files, entry=entry)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(rows: Path) -> tuple[int, ...]:
    """Inode, size and times of a file, which differ if it was replaced; empty if the file is gone."""
    try:
        status = rows.lstat()
    except OSError:
        return ()
    # Users can set the time of modification (mtime), but not that of the last status change (ctime).
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

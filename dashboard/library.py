"""Data that was opened, kept on the server under its fingerprint, so that a link to it works."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.intake import problems_of
from dashboard.naming import title_of, with_own_names
from dashboard.shelf import Entry, Shelf
from dashboard.uploads import AT_ONCE, Upload
from metrics import Problem, Scenario, Scores, open_scores

TIDY_SECONDS = 60.0


@dataclass(frozen=True)
class Dataset:
    """Opened score files and the scenario they came with.

    Attributes
    ----------
    fingerprint : str
    title : str
        What the page calls the data.
    files : tuple of str
        Names of the files as they were given.
    scores : Scores
    scenario : Scenario
        Where nothing else was chosen.
    max_thresholds : int
    origin : {"sample", "command line", "upload"}
    entry : Entry or None
        What is kept of an upload besides its rows.
    """

    fingerprint: str
    title: str
    files: tuple[str, ...]
    scores: Scores
    scenario: Scenario
    max_thresholds: int
    origin: str
    entry: Entry | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings of the gate, with files by their names alone; complete once it has been tallied."""
        if self.entry is not None:
            return self.entry.problems
        return with_own_names(self.scores.problems, self.files)


@dataclass
class Library:
    """The data sets of one server, by fingerprint.

    Attributes
    ----------
    shelf : Shelf
        Where uploads are kept.
    max_thresholds : int
        Limit of the tallies.
    datasets : dict of str to Dataset
    uploads : list of Upload
        Those on their way.
    turns : semaphore
        Held by each upload that is being read.
    """

    shelf: Shelf
    max_thresholds: int
    at_once: int = AT_ONCE
    datasets: dict[str, Dataset] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = threading.BoundedSemaphore(self.at_once)

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

    def find(self, fingerprint: str | None) -> Dataset | None:
        """Return the data set of a fingerprint, or the first where none is named; None if unknown."""
        if fingerprint is None:
            return self.first
        with self.lock:
            known = self.datasets.get(fingerprint)
            if known is not None and known.origin != "upload":
                return known
            rows = self.shelf.rows(fingerprint)
            entry = self.shelf.about(fingerprint)
            if rows is None or entry is None:
                self.datasets.pop(fingerprint, None)
                return None
            # Another server may have put the same data there anew.
            if known is None or self._stamps.get(fingerprint) != _stamp(rows):
                self._stamps[fingerprint] = _stamp(rows)
                known = self._reopened(rows, entry)
                self.add(known)
            return known

    def _reopened(self, rows: Path, entry: Entry) -> Dataset:
        return Dataset(
            fingerprint=entry.fingerprint,
            title=entry.title,
            files=entry.files,
            scores=open_scores(str(rows), rows=entry.held_out),  # type: ignore[arg-type]
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

        What is there already under its fingerprint stays as it is, its title and its owner too.

        Parameters
        ----------
        result : mapping
            The child's answer.
        rows : path
            Its Parquet file, which is moved.
        names : tuple of str
            Names of the uploaded files.
        owner : str
            What only the session of whoever uploaded it knows.
        folder : path, optional
            Where the uploaded files lie.
        """
        entry = Entry(
            fingerprint=fingerprint_of(result["fingerprint"], result["held_out"]),
            title=title_of(names),
            files=names,
            held_out=result["held_out"],
            columns={**result["columns"], "left_out": result["left_out"]},
            scale=result["scale"],
            problems=with_own_names(problems_of(result), names, folder),
            opened=time.time(),
            owner=_digest(owner),
        )
        with self.lock:
            own = self.datasets.get(entry.fingerprint)
            if own is not None and own.origin != "upload":
                return own
            self.shelf.put(entry, rows)
            kept = self.find(entry.fingerprint)
            assert kept is not None
            return kept

    def is_owned(self, fingerprint: str, owner: str) -> bool:
        """Whether an upload is the owner's to delete."""
        entry = self.shelf.about(fingerprint)
        return entry is not None and hmac.compare_digest(entry.owner, _digest(owner))

    def remove(self, fingerprint: str, owner: str) -> bool:
        """Remove an upload from the server, if it is the owner's; whether it was."""
        with self.lock:
            if not self.is_owned(fingerprint, owner):
                return False
            known = self.datasets.get(fingerprint)
            if known is not None and known.origin == "upload":
                del self.datasets[fingerprint]
            self.shelf.remove(fingerprint)
            return True

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
        there = library()
        if there is None:
            return
        with contextlib.suppress(OSError):  # a folder out of reach may be back in a minute
            there.tidy()
        del there  # else it would live on while this thread waits


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


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(rows: Path) -> tuple[int, ...]:
    """What differs where a file was put in another's place; of a file that has gone nothing."""
    try:
        there = rows.stat()
    except OSError:
        return ()
    return there.st_ino, there.st_size, there.st_mtime_ns

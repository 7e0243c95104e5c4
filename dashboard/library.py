"""Data that was opened, kept on the server under its fingerprint, so that a link to it works."""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.intake import Upload, problems_of
from dashboard.shelf import Entry, Shelf
from metrics import Problem, Scenario, Scores, open_scores, read_scenario

TIDY_SECONDS = 60.0
TITLES = {"line3_camera_trial": "Line 3 camera trial"}


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
    """

    shelf: Shelf
    max_thresholds: int
    datasets: dict[str, Dataset] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, dataset: Dataset) -> None:
        """Keep a data set."""
        with self.lock:
            self.datasets[dataset.fingerprint] = dataset

    @property
    def first(self) -> Dataset:
        """Data of the command line: what a reader sees who names none."""
        with self.lock:
            return next(iter(self.datasets.values()))

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
            if known is None:
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
        self, result: Mapping[str, Any], rows: Path, names: tuple[str, ...], held_out: str
    ) -> Dataset:
        """Keep what an upload's child process read, and open it.

        Parameters
        ----------
        result : mapping
            The child's answer.
        rows : path
            Its Parquet file, which is moved.
        names : tuple of str
            Names of the uploaded files.
        held_out : str
        """
        entry = Entry(
            fingerprint=result["fingerprint"],
            title=title_of(names),
            files=names,
            held_out=held_out,
            columns=dict(result["columns"]),
            scale=result["scale"],
            problems=with_own_names(problems_of(result), names),
            opened=time.time(),
        )
        with self.lock:
            place = self.shelf.put(entry, rows)
            dataset = self._reopened(place, entry)
            if self.datasets.get(entry.fingerprint, dataset).origin == "upload":
                self.add(dataset)
            return dataset

    def remove(self, fingerprint: str) -> None:
        """Remove an upload from the server."""
        with self.lock:
            known = self.datasets.get(fingerprint)
            if known is not None and known.origin == "upload":
                del self.datasets[fingerprint]
            self.shelf.remove(fingerprint)

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


def with_own_names(problems: Iterable[Problem], files: tuple[str, ...]) -> tuple[Problem, ...]:
    """Problems that name files as their owner does, not by where they lie on the server.

    Parameters
    ----------
    problems : iterable of Problem
    files : tuple of str
        As they were given: paths, or the names of uploads.
    """
    return tuple(_with_own_names(problem, files) for problem in problems)


def _with_own_names(problem: Problem, files: tuple[str, ...]) -> Problem:
    # An upload's files lie in one folder, which only the problem names.
    folder = Path(problem.file).parent if problem.file else None
    known = {*files, *(str(folder / Path(file).name) for file in files if folder is not None)}

    def named(text: str | None) -> str | None:
        for file in sorted(known, key=len, reverse=True) if text else ():
            text = (text or "").replace(file, Path(file).name)
        return text

    return replace(
        problem,
        message=named(problem.message) or "",
        file=named(problem.file),
        hint=named(problem.hint),
    )


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Open the files of a command line, or the sample where it names none.

    Raises
    ------
    ScoreError
        Where the files or the scenario are refused.
    """
    from dashboard.cli_options import open_input

    if options.files:
        scores = open_input(options)
        scenario = Scenario()
    else:
        from sample_data import SCENARIO, SCORES

        scores = open_scores(str(SCORES), rows="held-out")
        scenario = read_scenario(SCENARIO)
    if options.scenario:
        scenario = read_scenario(options.scenario)
    return Dataset(
        fingerprint=scores.fingerprint,
        title=title_of(scores.files),
        files=scores.files,
        scores=scores,
        scenario=scenario,
        max_thresholds=options.max_thresholds,
        origin="command line" if options.files else "sample",
    )


def title_of(files: tuple[str, ...]) -> str:
    """A file's name as a heading: without folder and endings, underscores as spaces."""
    name = Path(files[0]).name if files else "scores"
    stem = name.split(".")[0] or name
    title = TITLES.get(stem, stem.replace("_", " ").strip() or name)
    return title if len(files) < 2 else f"{title} and {len(files) - 1} more"

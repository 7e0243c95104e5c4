"""Data that was opened, kept on the server under its fingerprint, so that a link to it works."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.intake import problems_of
from dashboard.shelf import Entry, Shelf
from metrics import Problem, Scenario, Scores, open_scores, read_scenario

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
        """Warnings of the gate; complete once the data has been tallied."""
        return self.scores.problems if self.entry is None else self.entry.problems


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
    """

    shelf: Shelf
    max_thresholds: int
    datasets: dict[str, Dataset] = field(default_factory=dict)
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
            problems=tuple(with_own_names(p, names) for p in problems_of(result)),
            opened=time.time(),
        )
        with self.lock:
            self.shelf.tidy()
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


def with_own_names(problem: Problem, names: tuple[str, ...]) -> Problem:
    """Name an uploaded file as its owner did, not as it lies in the server's folder."""
    if problem.file is None:
        return problem
    base = Path(problem.file).name
    return replace(problem, file=base if base in names else problem.file)


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

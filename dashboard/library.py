"""Data that was opened, kept on the server under its fingerprint, so that a link to it works."""

from __future__ import annotations

import argparse
import threading
from dataclasses import dataclass, field
from pathlib import Path

from metrics import Problem, Scenario, Scores, read_scenario
from metrics.scores import open_scores

TITLES = {"line3_camera_trial": "Line 3 camera trial"}


@dataclass(frozen=True)
class Dataset:
    """Opened score files and the scenario they came with.

    Attributes
    ----------
    fingerprint : str
    title : str
        What the page calls the data.
    scores : Scores
    scenario : Scenario
        Where nothing else was chosen.
    max_thresholds : int
    is_sample : bool
    """

    fingerprint: str
    title: str
    scores: Scores
    scenario: Scenario
    max_thresholds: int
    is_sample: bool

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings of the gate; complete once the data has been tallied."""
        return self.scores.problems


@dataclass
class Library:
    """The data sets of one server, by fingerprint."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, dataset: Dataset) -> None:
        """Keep a data set."""
        with self.lock:
            self.datasets[dataset.fingerprint] = dataset

    def find(self, fingerprint: str | None) -> Dataset | None:
        """Return the data set of a fingerprint, or the first where none is named; None if unknown."""
        with self.lock:
            if fingerprint is None:
                return next(iter(self.datasets.values()), None)
            return self.datasets.get(fingerprint)


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
        scores=scores,
        scenario=scenario,
        max_thresholds=options.max_thresholds,
        is_sample=not options.files,
    )


def title_of(files: tuple[str, ...]) -> str:
    """A file's name as a heading: without folder and endings, underscores as spaces."""
    name = Path(files[0]).name if files else "scores"
    stem = name.split(".")[0] or name
    title = TITLES.get(stem, stem.replace("_", " ").strip() or name)
    return title if len(files) < 2 else f"{title} and {len(files) - 1} more"

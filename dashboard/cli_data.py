"""The data sets that a command line names."""

from __future__ import annotations

import argparse

from dashboard.cli_serving import with_workers
from dashboard.library import Dataset, fingerprint_of
from dashboard.naming import title_of
from metrics import Scenario, Scores, TallyFile, open_scores, read_scenario


def open_also(options: argparse.Namespace, file: str) -> Dataset:
    """Open other data of a command line, read with the same options but for who held its rows out.

    Raises
    ------
    ScoreError
        Where the file is refused.
    """
    own = {"files": [file], "scenario": None, "serving": None, "rows": options.also_rows}
    alone = argparse.Namespace(**{**vars(options), **own})
    return open_dataset(alone)


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Open the files of a command line, or the sample where it names none.

    Raises
    ------
    ScoreError
        Where the files or the scenario are refused.
    """
    from dashboard.cli_options import open_input_or_tally

    scores: Scores | TallyFile
    if options.files:
        scores = open_input_or_tally(options)
        scenario = Scenario()
    else:
        from sample_data import SCENARIO, SCORES

        scores = open_scores(str(SCORES), rows="held-out")
        scenario = read_scenario(SCENARIO)
    if options.scenario:
        scenario = read_scenario(options.scenario)
    return Dataset(
        fingerprint=fingerprint_of(scores.fingerprint, scores.held_out),
        title=title_of(scores.files),
        files=scores.files,
        scores=scores,
        scenario=with_workers(
            scenario,
            scores.models,
            named=options.serving,
            files=tuple(options.files) or scores.files,
        ),
        max_thresholds=options.max_thresholds,
        origin="command line" if options.files else "sample",
    )

"""``common-ground check``: what a score file or a tally contains, and what is wrong with it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dashboard.arguments.input_options import (
    add_input_options,
    add_json_option,
    open_input_or_tally,
)
from dashboard.cli.scores_report import report_scores
from metrics.errors import ScoreError

if TYPE_CHECKING:
    from metrics.io.scores import Scores
    from metrics.tally.file.tally_file import TallyFile


def add_check(parser: argparse.ArgumentParser) -> None:
    add_input_options(parser)
    add_json_option(parser)


def run_check(options: argparse.Namespace) -> int:
    scores: Scores | TallyFile | None = None
    failure: ScoreError | None = None
    try:
        scores = open_input_or_tally(options)
        scores.check()
    except ScoreError as error:
        failure = error
    return report_scores(options, scores, failure, None)

"""``common-ground convert``: write scores as one checked Parquet file."""

from __future__ import annotations

import argparse

from dashboard.arguments.input_options import add_input_options, add_json_option, open_input
from dashboard.cli.scores_report import report_scores
from metrics.errors import ScoreError
from metrics.io.convert import convert
from metrics.io.scores import Scores


def add_convert(parser: argparse.ArgumentParser) -> None:
    add_input_options(parser)
    add_json_option(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT.parquet", help="file to write"
    )


def run_convert(options: argparse.Namespace) -> int:
    scores: Scores | None = None
    failure: ScoreError | None = None
    try:
        scores = open_input(options)
        # Computing the fingerprint refuses a file that has changed since it was opened.
        _ = scores.fingerprint
        convert(scores, options.output)
    except ScoreError as error:
        failure = error
    return report_scores(options, scores, failure, options.output)

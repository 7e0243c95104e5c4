"""``common-ground tally``: count scores once, as one small file that travels instead of the rows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli_check import report, tell_problems, tell_what_was_read
from dashboard.cli_options import (
    UsageError,
    add_input_options,
    add_json_option,
    open_input,
    threshold_text,
)

if TYPE_CHECKING:
    from metrics.errors import Problem
    from metrics.tally_file import TallyFile


def add_tally(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tally``."""
    add_input_options(parser)
    add_json_option(parser)
    parser.add_argument("-o", "--output", required=True, metavar="OUT.tally", help="file to write")
    add = parser.add_argument_group("what is counted").add_argument
    add(
        "--like",
        metavar="A.tally",
        help="count at the thresholds of this tally, so that the two can be added",
    )
    add(
        "--at",
        action="append",
        default=[],
        type=threshold_text,
        metavar="THRESHOLD",
        help="count at this threshold too; repeatable",
    )
    add(
        "--scenario",
        metavar="S.toml",
        help="count at the threshold of its today's system too",
    )
    add(
        "--spark",
        metavar="MASTER",
        help="FILE... are Parquet files or folders that this Spark cluster reads and counts, such as "
        "'local[4]' or 'spark://host:7077'",
    )
    add("--add", action="store_true", help="FILE... are tallies of different rows: add them")
    add(
        "--common-thresholds",
        action="store_true",
        help="with --add: where thresholds differ, keep those that all have",
    )


def run_tally(options: argparse.Namespace) -> int:
    """Count, or add, and write the tally."""
    from metrics.errors import ScoreError
    from metrics.readers.files import refuse_to_replace

    _must_fit_together(options)
    made: TallyFile | None = None
    problems: tuple[Problem, ...]
    try:
        read = [*options.files, *([options.like] if options.like else [])]
        refuse_to_replace(read, Path(options.output), "Give the tally a name of its own.")
        made = _written(_made(options), options.output)
        problems = made.problems
    except ScoreError as error:
        problems = error.problems
    if options.json:
        said = report(made, problems, refused=made is None)
        print(json.dumps(said | {"output": options.output if made else None}))
    else:
        tell_what_was_read(made, made is None, options.output)
        tell_problems(problems)
    return 0 if made else 2


def _made(options: argparse.Namespace) -> TallyFile:
    if options.add:
        return _added(options)
    if options.spark:
        from dashboard.cli_spark import counted_on_cluster

        return counted_on_cluster(options)
    return _counted(options)


def _must_fit_together(options: argparse.Namespace) -> None:
    if options.common_thresholds and not options.add:
        raise UsageError("argument --common-thresholds: must be used with --add")
    if options.add and (options.like or options.at or options.scenario):
        raise UsageError("argument --add: must be used without --like, --at and --scenario")
    if options.add and options.spark:
        raise UsageError("argument --add: must be used without --spark")
    if options.spark and (options.model_key or options.score or options.common_ids):
        raise UsageError("argument --spark: must be used with one row per unit, in one table")
    if options.like and (options.at or options.scenario):
        raise UsageError("argument --like: must be used without --at and --scenario")


def _written(made: TallyFile, output: str) -> TallyFile:
    """Write a tally and open it again: what is told of it is what the next reader gets."""
    from metrics.errors import ScoreError
    from metrics.tally_file import load_tally, save_tally

    try:
        save_tally(made, output)
    except OSError as error:
        raise ScoreError(
            "E_FILE",
            f"the file must be writable, got: {error.strerror or type(error).__name__}",
            file=output,
            hint="Check the folder and its permissions.",
        ) from error
    return load_tally(output)


def _added(options: argparse.Namespace) -> TallyFile:
    from metrics.tally_file import load_tally
    from metrics.tally_sum import add_tallies

    tallies = [load_tally(file, rows=options.rows) for file in options.files]
    return add_tallies(tallies, common_thresholds=options.common_thresholds)


def _counted(options: argparse.Namespace) -> TallyFile:
    """Count the rows of score files."""
    from dashboard.terminal import Progress
    from metrics.count import tally_scores
    from metrics.tally_file import described, load_tally
    from metrics.tally_sum import thresholds_like

    scores = open_input(options)
    also = wanted_thresholds(options)
    _ = scores.fingerprint
    with Progress(scores) as seen:
        if options.like:
            like = load_tally(options.like)
            tally = tally_scores(
                seen.scores,
                thresholds=thresholds_like(like, scores.models, scores.scale, scores.files[0]),
                buckets=like.tally.counts.shape[0],
            )
            made = described(tally, scores, max_thresholds=like.header.max_thresholds)
        else:
            tally = tally_scores(seen.scores, max_thresholds=options.max_thresholds, also=also)
            made = described(tally, scores, max_thresholds=options.max_thresholds)
    return made


def wanted_thresholds(options: argparse.Namespace) -> list[float]:
    """Thresholds that are asked for besides: by themselves, and today's.

    Raises
    ------
    ScoreError
        Where the scenario is refused.
    """
    from metrics.scenario import read_scenario

    wanted = [float(text) for text in options.at]
    today = read_scenario(options.scenario).today if options.scenario else None
    return wanted if today is None else [*wanted, today.threshold]

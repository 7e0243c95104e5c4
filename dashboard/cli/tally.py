"""``common-ground tally``: count scores once into a small file that can be read instead of the rows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.arguments.input_options import add_input_options, add_json_option, open_input
from dashboard.arguments.parser import UsageError, current_text, threshold_text
from dashboard.cli import tally_inputs
from dashboard.cli.scores_report import report_scores
from dashboard.cli.tally_on_cluster import count_on_cluster
from dashboard.cli.terminal import shown_progress
from metrics.errors import ScoreError
from metrics.io.formats.file_on_disk import refuse_to_replace
from metrics.tally.breakdown import BreakdownColumns, Breakdowns, others_warnings
from metrics.tally.file.add_files import add_tallies, thresholds_like
from metrics.tally.file.tally_file import TallyFile, load_tally, save_tally, with_description
from metrics.tally.tally_scores import tally_scores


def add_tally(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tally``."""
    add_input_options(parser)
    add_json_option(parser)
    parser.add_argument("-o", "--output", required=True, metavar="OUT.tally", help="file to write")
    add = parser.add_argument_group("counting").add_argument
    add(
        "--like",
        metavar="A.tally",
        help="count with the thresholds, segments, kinds of defect and today's system of this tally, so that "
        "both can be added",
    )
    add(
        "--at",
        action="append",
        default=[],
        type=threshold_text,
        metavar="THRESHOLD",
        help="count at this threshold as well; repeatable",
    )
    add(
        "--scenario",
        metavar="S.toml",
        help="scenario with today's system: count at its threshold as well, and compare units with it",
    )
    add(
        "--today",
        type=current_text,
        metavar="MODEL@THRESHOLD",
        help="today's system, instead of the scenario's; units that it and a model treat differently are "
        "counted as well",
    )
    add(
        "--spark",
        metavar="MASTER",
        help="Spark cluster that counts FILE..., which are Parquet files or folders; such as 'local[4]' or "
        "'spark://host:7077'",
    )
    add("--add", action="store_true", help="FILE... are tallies of different rows: add them")
    add(
        "--common-thresholds",
        action="store_true",
        help="with --add: if thresholds differ, use those that all tallies have",
    )


def run_tally(options: argparse.Namespace) -> int:
    """Count or add, and write the tally."""
    _check_options(options)
    tally: TallyFile | None = None
    failure: ScoreError | None = None
    try:
        read = [*options.files, *([options.like] if options.like else [])]
        refuse_to_replace(read, Path(options.output), "Give the tally a name of its own.")
        tally = _save_and_reload(_count_or_add(options), options.output)
    except ScoreError as error:
        failure = error
    output = options.output if tally else None
    return report_scores(options, tally, failure, options.output, output=output)


def _count_or_add(options: argparse.Namespace) -> TallyFile:
    """Add the tallies of a command line, or count its score files."""
    if options.add:
        tallies = [load_tally(file, rows=options.rows) for file in options.files]
        return add_tallies(tallies, common_thresholds=options.common_thresholds)
    if options.spark:
        return count_on_cluster(options)
    return _count_files(options)


def _check_options(options: argparse.Namespace) -> None:
    """Raise UsageError if options exclude each other."""
    chosen = options.at or options.scenario or options.today is not None
    several_rows_or_files = options.model_key or options.score or options.common_ids
    for is_misused, option, rule in (
        (options.common_thresholds and not options.add, "common-thresholds", "with --add"),
        (
            options.add and (options.like or chosen),
            "add",
            "without --like, --at, --scenario and --today",
        ),
        (options.add and options.spark, "add", "without --spark"),
        (options.spark and several_rows_or_files, "spark", "with one row per unit, in one table"),
        (options.like and chosen, "like", "without --at, --scenario and --today"),
    ):
        if is_misused:
            raise UsageError(f"argument --{option}: must be used {rule}")


def _save_and_reload(tally: TallyFile, output: str) -> TallyFile:
    """Save a tally and load it again, so that the command describes the content of the file."""
    try:
        save_tally(tally, output)
    except OSError as error:
        raise ScoreError(
            "E_FILE",
            f"the file must be writable, got: {error.strerror or type(error).__name__}",
            file=output,
            hint="Check the folder and its permissions.",
        ) from error
    return load_tally(output)


def _count_files(options: argparse.Namespace) -> TallyFile:
    """Count the rows of score files."""
    like, before = tally_inputs.tally_to_count_like(options)
    scores, missing_columns = tally_inputs.open_with_breakdowns(options, before, open_input)
    # Computing the fingerprint refuses a file that has changed since it was opened.
    _ = scores.fingerprint
    file = scores.files[0]
    today, notes = tally_inputs.current_to_count_against(options, scores.models, file, before)
    by = BreakdownColumns.of(scores.columns, today).with_categories_of(before)
    limit = options.max_thresholds if like is None else like.header.max_thresholds
    counting: dict[str, Any] = {
        "max_thresholds": limit,
        "also": tally_inputs.additional_thresholds(options),
    }
    if like is not None:
        thresholds = thresholds_like(like, scores.models, scores.scale, file)
        counting = {"thresholds": thresholds, "buckets": like.tally.counts.shape[0]}
    with shown_progress(scores) as watched_scores:
        tally = tally_scores(watched_scores, by=by, **counting)
    others = others_warnings(tally.breakdowns or Breakdowns({}), before, options.like or "")
    return with_description(
        tally, scores, max_thresholds=limit, problems=(*missing_columns, *notes, *others)
    )

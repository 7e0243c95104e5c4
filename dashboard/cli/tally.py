"""``common-ground tally``: count scores once into a small file that can be read instead of the rows."""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.arguments import (
    UsageError,
    add_input_options,
    add_json_option,
    open_input,
    open_table_like,
    threshold_text,
    today_text,
)
from dashboard.cli.check import facts_of, print_json, print_problems, print_what_was_read
from dashboard.cli.terminal import Progress
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.checked_columns import Columns
from metrics.io.formats.file_on_disk import refuse_to_replace
from metrics.io.formats.source import HEAD_ROWS
from metrics.io.scores import Scores
from metrics.scenario.scenario import read_scenario
from metrics.tally.add import add_tallies, thresholds_like
from metrics.tally.breakdown import Axes, Breakdowns, must_be_today, others_warnings
from metrics.tally.file.header import Header
from metrics.tally.file.tally_file import TallyFile, described, load_tally, save_tally
from metrics.tally.threaded_counting import tally_scores

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def add_tally(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tally``."""
    add_input_options(parser)
    add_json_option(parser)
    parser.add_argument("-o", "--output", required=True, metavar="OUT.tally", help="file to write")
    add = parser.add_argument_group("what is counted").add_argument
    add(
        "--like",
        metavar="A.tally",
        help="count with the thresholds, segments, kinds of defect and today's system of this tally, so that "
        "the two can be added",
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
        help="count at the threshold of its today's system too, and against this system",
    )
    add(
        "--today",
        type=today_text,
        metavar="MODEL@THRESHOLD",
        help="today's system, instead of the scenario's; the units that it and a model treat differently are "
        "counted too",
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
        help="with --add: if thresholds differ, use those that all tallies have",
    )


def run_tally(options: argparse.Namespace) -> int:
    """Count or add, and write the tally."""
    _check_options(options)
    made: TallyFile | None = None
    problems: tuple[Problem, ...]
    try:
        read = [*options.files, *([options.like] if options.like else [])]
        refuse_to_replace(read, Path(options.output), "Give the tally a name of its own.")
        made = _save_and_reload(_count_or_add(options), options.output)
        problems = made.problems
    except ScoreError as error:
        problems = error.problems
    if options.json:
        output = options.output if made else None
        print_json(problems, refused=made is None, **facts_of(made), output=output)
    else:
        print_what_was_read(made, made is None, options.output)
        print_problems(problems)
    return 0 if made else 2


def _count_or_add(options: argparse.Namespace) -> TallyFile:
    """Add the tallies of a command line, or count its score files."""
    if options.add:
        return _add_files(options)
    if options.spark:
        return _count_on_cluster(options)
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


def _save_and_reload(made: TallyFile, output: str) -> TallyFile:
    """Save a tally and load it, so that the output describes the file."""
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


def _add_files(options: argparse.Namespace) -> TallyFile:
    """Add tally files."""
    tallies = [load_tally(file, rows=options.rows) for file in options.files]
    return add_tallies(tallies, common_thresholds=options.common_thresholds)


def _count_files(options: argparse.Namespace) -> TallyFile:
    """Count the rows of score files."""
    like, before = _tally_to_count_like(options)
    scores, lacking = _open_with_breakdowns(options, before, open_input)
    _ = (
        scores.fingerprint
    )  # Refuses a file that has changed since it was opened, before it is counted.
    file = scores.files[0]
    today, notes = _today_to_count_against(options, scores.models, file, before)
    by = Axes.of(scores.columns, today).with_categories_of(before)
    how: dict[str, Any] = {
        "max_thresholds": options.max_thresholds,
        "also": _additional_thresholds(options),
    }
    if like is not None:
        thresholds = thresholds_like(like, scores.models, scores.scale, file)
        how = {"thresholds": thresholds, "buckets": like.tally.counts.shape[0]}
    with Progress(scores) as watched_scores:
        tally = tally_scores(watched_scores.scores, by=by, **how)
    limit = options.max_thresholds if like is None else like.header.max_thresholds
    others = others_warnings(tally.breakdowns or Breakdowns({}), before, options.like or "")
    return described(tally, scores, max_thresholds=limit, problems=(*lacking, *notes, *others))


def _tally_to_count_like(options: argparse.Namespace) -> tuple[TallyFile | None, Breakdowns | None]:
    """Tally of ``--like`` and its breakdowns."""
    like = load_tally(options.like) if options.like else None
    return like, None if like is None else like.tally.breakdowns


def _open_with_breakdowns(
    options: argparse.Namespace,
    like: Breakdowns | None,
    open_with: Callable[[argparse.Namespace], Scores],
) -> tuple[Scores, tuple[Problem, ...]]:
    """Open scores with the segments and kinds of defect of another tally.

    Returns
    -------
    Scores, tuple of Problem
        With warnings about columns of the other tally that the scores do not have.
    """
    if like is None:
        return open_with(options), ()
    axes = like.axes
    segments = [] if options.segment else [*axes.segments]
    kind = None if options.type else axes.defect_type
    missing: list[str] = []
    while True:
        named = {"segment": options.segment or segments, "type": options.type or kind}
        try:
            scores = open_with(argparse.Namespace(**{**vars(options), **named}))
        except ScoreError as error:
            column = error.column
            if error.code != "E_COLUMN" or column is None or column not in (*segments, kind):
                raise
            missing.append(column)
            segments = [name for name in segments if name != column]
            kind = None if kind == column else kind
        else:
            return scores, _missing_columns_warnings(missing, options.like, scores)


def _missing_columns_warnings(
    columns: Sequence[str], like: str, scores: Scores
) -> tuple[Problem, ...]:
    if not columns:
        return ()
    return (
        warning(
            "W_BREAKDOWNS",
            f"the rows lack columns by which {like} is counted, so that a sum cannot be counted by these: "
            f"{', '.join(map(shown, columns))}",
            file=scores.files[0],
            hint="Add these columns to the score files to count by them.",
        ),
    )


def _today(options: argparse.Namespace) -> tuple[str, float] | None:
    """Model and threshold of the current system; `None` if it is not named.

    Raises
    ------
    ScoreError
        If the scenario is invalid.
    """
    today = options.today
    if today is None and options.scenario:
        today = read_scenario(options.scenario).today
    return None if today is None else (today.model, today.threshold)


def _today_to_count_against(
    options: argparse.Namespace, models: Sequence[str], file: str, like: Breakdowns | None
) -> tuple[tuple[str, float] | None, tuple[Problem, ...]]:
    """Current system, and a warning if the scenario's current system is not one of the models.

    Raises
    ------
    ScoreError
        If the command line names an unknown model, or the scenario is invalid.
    """
    today = _today(options) if like is None else like.today_point
    if today is None or today[0] in models:
        return today, ()
    if options.today is not None:
        must_be_today(today[0], models, file)
    if like is not None:
        return None, ()  # Another check requires all models of `like`.
    return None, (
        warning(
            "W_TODAY",
            f"the scenario's today's system must be one of the models to be counted against, got "
            f"{shown(today[0])}",
            file=file,
            hint="Name one of them with --today MODEL@THRESHOLD.",
        ),
    )


def _additional_thresholds(options: argparse.Namespace) -> list[float]:
    """Thresholds of the command line and of the current system, which are counted exactly.

    Raises
    ------
    ScoreError
        If the scenario is invalid.
    """
    thresholds, today = [float(text) for text in options.at], _today(options)
    return thresholds if today is None else [*thresholds, today[1]]


_ROOT = Path(__file__).resolve().parents[2]
"""Folder that contains the packages of this project."""


def _count_on_cluster(options: argparse.Namespace) -> TallyFile:
    """Count the Parquet files of a command line.

    Raises
    ------
    ScoreError
        If the files are invalid.
    UsageError
        If Spark is not installed.
    """
    like, before = _tally_to_count_like(options)
    with _spark_session(options.spark) as spark:
        from metrics.spark.dataframe import tally_dataframe

        df = _read_parquet(spark, options.files)
        columns, lacking = _columns_of_head(df, options, before)
        today, notes = _today_to_count_against(options, columns.models, options.files[0], before)
        tally = tally_dataframe(
            df,
            label=columns.label,
            id=columns.id,
            models=columns.models,
            weight=columns.weight,
            value=columns.value,
            group=columns.group,
            segments=columns.segments,
            defect_type=columns.defect_type,
            today=today,
            positive=options.positive,
            scale=options.scale or "probability",
            like=None if like is None else like.tally,
            max_thresholds=options.max_thresholds,
            also=_additional_thresholds(options),
        )
    names = tuple(Path(file.rstrip("/")).name or file for file in options.files)
    limit = options.max_thresholds if like is None else like.header.max_thresholds
    checked = warning(
        "W_CLUSTER",
        "rows that are counted on a cluster are checked for errors, but not for warnings",
        hint="Run common-ground check on a file that fits on one machine.",
    )
    others = others_warnings(tally.breakdowns or Breakdowns({}), before, options.like or "")
    header = Header(
        columns, options.rows, names, ("",), (checked, *lacking, *notes, *others), limit
    )
    return _with_fingerprint_of_counts(TallyFile(tally, header, options.files[0], ""))


@contextmanager
def _spark_session(master: str) -> Iterator[Any]:
    """Spark session of this command. Executors on this machine can import this project."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            "argument --spark: needs PySpark 4; install it with: pip install 'pyspark>=4'"
        ) from error
    path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):  # No other machine has to reach this one.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    shows_progress = "true" if sys.stderr.isatty() else "false"
    builder = SparkSession.builder.appName("common-ground tally").master(master)
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", shows_progress)
    builder = builder.config("spark.log.level", "ERROR")
    with warnings.catch_warnings():
        # Spark warns about a version of pandas that it was not tested with. Its pandas data frames are not
        # used here.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            spark = builder.getOrCreate()
        except (PySparkException, RuntimeError) as error:
            raise UsageError(
                f"argument --spark: needs a cluster at {master!r}, and Java 17 or newer, got: "
                f"{_first_line(error)}"
            ) from error
        try:
            yield spark
        finally:
            spark.stop()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _read_parquet(spark: Any, files: list[str]) -> DataFrame:
    from pyspark.errors import PySparkException

    try:
        df: DataFrame = spark.read.parquet(*files)
    except PySparkException as error:
        raise ScoreError(
            "E_FILE",
            f"Parquet files must be readable by the cluster, got: {_first_line(error)}",
            file=files[0],
            hint="Name files or folders of Parquet that every executor reaches.",
        ) from error
    return df


def _columns_of_head(
    df: DataFrame, options: argparse.Namespace, like: Breakdowns | None
) -> tuple[Columns, tuple[Problem, ...]]:
    """Roles of the columns, from the first rows, and warnings about missing columns of another tally."""
    head = df.limit(HEAD_ROWS).toArrow()
    scores, lacking = _open_with_breakdowns(
        options, like, lambda named: open_table_like(named, head)
    )
    columns = scores.columns
    # The first rows may differ from the rest. Problems of all rows are reported when they are counted.
    with suppress(ScoreError):
        columns = scores.check().columns  # The check finds the label's value for a defect.
    if not columns.id:
        raise ScoreError(
            "E_NOID",
            "rows of a cluster must have an id, got none by a known name",
            file=options.files[0],
            hint="Name the columns of a unit's id with --id.",
        )
    return columns, lacking


def _with_fingerprint_of_counts(made: TallyFile) -> TallyFile:
    """Tally with a fingerprint of its counts, because a cluster does not read the bytes of files in order."""
    buffer = io.BytesIO()
    save_tally(made, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    return replace(made, header=replace(made.header, counted=(f"sha256:{digest}",)))

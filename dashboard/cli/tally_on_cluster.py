"""Count Parquet files on a Spark cluster, for ``common-ground tally --spark``."""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.arguments.input_options import open_table_like
from dashboard.arguments.parser import UsageError
from dashboard.cli import tally_inputs
from metrics.errors import Problem, ScoreError, warning
from metrics.io.checked_columns import Columns
from metrics.io.formats.source import HEAD_ROWS
from metrics.tally.breakdown import Breakdowns, others_warnings
from metrics.tally.file.header import Header
from metrics.tally.file.tally_file import TallyFile, save_tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROOT = Path(__file__).resolve().parents[2]
"""Folder that contains the packages of this project."""


def count_on_cluster(options: argparse.Namespace) -> TallyFile:
    """Count the Parquet files of a command line.

    Raises
    ------
    ScoreError
        If the files are invalid.
    UsageError
        If Spark is not installed.
    """
    like, before = tally_inputs.tally_to_count_like(options)
    with _spark_session(options.spark) as spark:
        from metrics.spark.dataframe import tally_dataframe

        df = _read_parquet(spark, options.files)
        columns, missing_columns = _columns_of_head(df, options, before)
        today, notes = tally_inputs.current_to_count_against(
            options, columns.models, options.files[0], before
        )
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
            also=tally_inputs.additional_thresholds(options),
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
        columns, options.rows, names, ("",), (checked, *missing_columns, *notes, *others), limit
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
    if master.startswith("local"):  # no other machine connects to this one
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    shows_progress = "true" if sys.stderr.isatty() else "false"
    builder = SparkSession.builder.appName("common-ground tally").master(master)
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", shows_progress)
    builder = builder.config("spark.log.level", "ERROR")
    with warnings.catch_warnings():
        # Spark warns about untested versions of pandas, but its pandas data frames are not used here.
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
    scores, missing_columns = tally_inputs.open_with_breakdowns(
        options, like, lambda named: open_table_like(named, head)
    )
    columns = scores.columns
    # The check finds the label's value for a defect. Its errors are ignored here, because the first rows may
    # differ from the rest, and counting reports the problems of all rows.
    with suppress(ScoreError):
        columns = scores.check().columns
    if not columns.id:
        raise ScoreError(
            "E_NOID",
            "rows of a cluster must have an id, got none by a known name",
            file=options.files[0],
            hint="Name the columns of a unit's id with --id.",
        )
    return columns, missing_columns


def _with_fingerprint_of_counts(tally: TallyFile) -> TallyFile:
    """Tally with a fingerprint of its counts, because a cluster does not read the bytes of files in order."""
    buffer = io.BytesIO()
    save_tally(tally, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    return replace(tally, header=replace(tally.header, counted=(f"sha256:{digest}",)))

"""``common-ground tally --spark``: Parquet files counted by a Spark cluster."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.cli_options import UsageError, open_table_like
from dashboard.cli_tally import wanted_thresholds
from metrics import ScoreError, TallyFile, load_tally
from metrics.columns import Columns
from metrics.errors import warning
from metrics.tally_file import Header, save_tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

HEAD_ROWS = 1_000
_ROOT = Path(__file__).resolve().parent.parent


def counted_on_cluster(options: argparse.Namespace) -> TallyFile:
    """Count the Parquet files of a command line.

    Raises
    ------
    ScoreError
        Where they are refused.
    UsageError
        Where there is no Spark.
    """
    with _session(options.spark) as spark:
        df = _read(spark, options.files)
        columns = _columns(df, options)
        return _counted(df, columns, options)


@contextmanager
def _session(master: str) -> Iterator[Any]:
    """A session of one's own; what executors on this machine import is this package."""
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
    if master.startswith("local"):  # nobody else has to reach it
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    shown = "true" if sys.stderr.isatty() else "false"
    builder = SparkSession.builder.appName("common-ground tally").master(master)
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", shown)
    builder = builder.config("spark.log.level", "ERROR")
    with warnings.catch_warnings():
        # Spark says which pandas it has not been tried with; its data frames are not used here.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            spark = builder.getOrCreate()
        except (PySparkException, RuntimeError) as error:
            raise UsageError(
                f"argument --spark: a cluster must answer at {master!r} and Java 17 or newer be there, got: "
                f"{_first_line(error)}"
            ) from error
        try:
            yield spark
        finally:
            spark.stop()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _read(spark: Any, files: list[str]) -> DataFrame:
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


def _columns(df: DataFrame, options: argparse.Namespace) -> Columns:
    """What each column is for, by the first rows and the command line."""
    scores = open_table_like(options, df.limit(HEAD_ROWS).toArrow())
    columns = scores.columns
    # The first rows are not all: what is wrong with the whole is said when it is counted.
    with suppress(ScoreError):
        columns = scores.check().columns  # with the label's own spelling of defect
    if not columns.id:
        raise ScoreError(
            "E_NOID",
            "rows of a cluster must have an id, got none by a known name",
            file=options.files[0],
            hint="Name the columns that together are a unit's id with --id.",
        )
    return replace(columns, segments=())


def _counted(df: DataFrame, columns: Columns, options: argparse.Namespace) -> TallyFile:
    from metrics.spark import tally_dataframe

    like = load_tally(options.like) if options.like else None
    tally = tally_dataframe(
        df,
        label=columns.label,
        id=columns.id,
        models=columns.models,
        weight=columns.weight,
        value=columns.value,
        group=columns.group,
        positive=options.positive,
        scale=options.scale or "probability",
        like=None if like is None else like.tally,
        max_thresholds=options.max_thresholds,
        also=wanted_thresholds(options),
    )
    names = tuple(Path(file.rstrip("/")).name or file for file in options.files)
    limit = options.max_thresholds if like is None else like.header.max_thresholds
    checked = warning(
        "W_CLUSTER",
        "counted on a cluster: what refuses a file was looked for, what only warns was not",
        hint="common-ground check says more of a file that fits on one machine.",
    )
    header = Header(columns, options.rows, names, ("",), (checked,), limit)
    return _named(TallyFile(tally, header, options.files[0], ""))


def _named(made: TallyFile) -> TallyFile:
    """The same under the fingerprint of what was counted: nobody has read the files' bytes in order."""
    import io

    out = io.BytesIO()
    save_tally(made, out)
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    return replace(made, header=replace(made.header, counted=(f"sha256:{digest}",)))

"""Fixtures with a Spark session of two threads; tests are skipped if Spark is not available."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WANTED = bool(os.environ.get("SPARK_TESTS"))
"""Set by ``make test-spark``; a missing Spark is then a failure and not a reason to skip tests."""


def is_spark_installed() -> bool:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return False
    return bool(os.environ.get("JAVA_HOME") or shutil.which("java"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="needs Spark and the machine to itself: make test-spark")
    # In parallel with other tests, each worker would start its own Java machine.
    beside = "PYTEST_XDIST_WORKER" in os.environ
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.spark)
            if not WANTED and (beside or not is_spark_installed()):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Environment of a process that starts Spark, whose workers import this checkout."""
    return {
        "PYTHONPATH": str(ROOT),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def spark(environment):
    """Session in which a task may fail three times, with small batches."""
    from pyspark.sql import SparkSession

    before = dict(os.environ)
    os.environ.update(environment)
    builder = SparkSession.builder.master("local[2,4]").appName("tests")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "40",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
    os.environ.clear()
    os.environ.update(before)

"""Program that kills one of two Spark executors while it counts, and writes the tally to a folder.

It runs as a separate process, because a session with several executors cannot coexist with one with
threads.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa


def executor_id() -> int:
    """Id of the executor: the Java process that started this Python worker."""
    process = os.getpid()
    while Path(f"/proc/{process}/comm").read_text().strip() != "java":
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return process


class KillExecutor:
    """Pass on the rows of a partition; the second partition kills its executor once."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        for k, batch in enumerate(batches):
            if k == 1 and context.partitionId() == 1:
                try:
                    Path(self.mark).touch(exist_ok=False)
                except FileExistsError:
                    pass
                else:
                    os.kill(executor_id(), signal.SIGKILL)
            yield batch


def main(folder: Path) -> None:
    from pyspark.sql import SparkSession

    from metrics.spark.dataframe import tally_dataframe
    from metrics.spark.executor_tasks import tally_bytes
    from metrics.tally.tally_scores import tally_scores
    from tests.spark.frames import PLAIN, table_of_rows

    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("lost executor")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "40",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"],
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        # The rows are in the executors' shuffle files, some of which are lost with the executor.
        frame = spark.createDataFrame(table_of_rows(PLAIN)).repartition(4)
        killing = frame.mapInArrow(KillExecutor(str(folder / "killed")), frame.schema)
        # Given thresholds need only one pass, so the lost executor has already counted.
        tally = tally_dataframe(
            killing,
            like=tally_scores(PLAIN),
            unique_ids=False,
            label="label",
            id="id",
            models=PLAIN.models,
            weight="weight",
            value="value",
            group="batch",
        )
        (folder / "found").write_bytes(tally_bytes(tally, {}))
    finally:
        spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Conversion of checked scores to one canonical Parquet file."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from metrics.errors import ScoreError
from metrics.io.atomic_write import replacing
from metrics.io.formats.file_on_disk import refuse_to_replace
from metrics.io.formats.source import BATCH_ROWS
from metrics.io.scores import Scores
from metrics.io.stored_roles import stored_metadata


def canonical_schema(scores: Scores) -> pa.Schema:
    """Return the schema of the canonical file.

    Raise ``E_DUPCOL`` if a model or segment has the name of another canonical column.
    """
    schema = scores.schema
    for name in schema.names:
        if schema.names.count(name) > 1:
            raise ScoreError(
                "E_DUPCOL",
                f"columns of the converted file must differ, got {name!r} twice",
                file=scores.files[0],
                column=name,
                hint="Rename the model or segment in the file.",
            )
    return schema.with_metadata(stored_metadata(scores.columns, scores.scale, scores.held_out))


def convert(
    scores: Scores,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[int], None] | None = None,
    private: bool = False,
) -> int:
    """Write the scores as Parquet; an existing file is replaced only after all rows are checked.

    Parameters
    ----------
    scores : Scores
        From `metrics.open_scores`.
    path : path
        The file to write.
    progress : callable, optional
        Called after each batch with the number of rows so far. An exception in it ends the conversion without
        a file, and is passed on.
    private : bool
        Whether only this user may read the file.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    ScoreError
        If the input is rejected; no file is written then. ``E_FILE`` if the target is one of the input files.
    OSError
        If the file cannot be written.
    """
    schema, target = canonical_schema(scores), Path(path)
    refuse_to_replace(scores.files, target, "Give the converted file a name of its own.")
    rows = 0
    with replacing(target, private=private) as file:
        writer = pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=1,
            # Scores and ids mostly differ from row to row, so a dictionary would not save space.
            use_dictionary=[f.name for f in schema if f.type == pa.string() and f.name != "id"],
            write_page_checksum=True,
        )
        # One batch is written while the next is being read.
        with writer, ThreadPoolExecutor(1) as pool:
            waiting: list[pa.RecordBatch] = []
            written = pool.submit(int)
            for batch in scores.batches():
                rows += batch.num_rows
                waiting.append(batch.replace_schema_metadata(schema.metadata))
                if sum(part.num_rows for part in waiting) >= BATCH_ROWS:
                    written.result()
                    written = pool.submit(writer.write_table, pa.Table.from_batches(waiting))
                    waiting = []
                if progress is not None:
                    progress(rows)
            written.result()
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting))
    return rows

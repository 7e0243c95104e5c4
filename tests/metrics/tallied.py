"""Tallies, tally files and evaluations of generated rows."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import operating_points
from metrics.io.checked_columns import Columns
from metrics.scenario.scenario import Scenario
from metrics.tally.file.header import Header
from metrics.tally.file.tally_file import TallyFile, save_tally
from metrics.tally.row_order import order_rows
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.tally_scores import count, tally_scores
from tests.metrics.made_rows import Rows, rows_of


def tally_batches(tally: Tally, batches: Iterable[pa.RecordBatch], columns: Columns) -> Tally:
    """Count batches in the canonical schema into ``tally`` in place, and return it."""
    buckets = tally.counts.shape[0]
    return count(tally, (order_rows(rows_of(batch, columns), buckets) for batch in batches))


def tally_of(data: Rows, **options: Any) -> Tally:
    """Tally of the rows, with the options of `tally_scores`."""
    return tally_scores(data, **options)


def evaluation_of(data: Rows, scenario: Scenario | None = None, **options: Any) -> Evaluation:
    """Evaluation of the rows, by default in the default scenario."""
    return evaluate(tally_of(data, **options), scenario or Scenario())


def tally_file_of(
    data: Rows, tally: Tally | None = None, name: str = "rows", **changes: Any
) -> TallyFile:
    """Tally of the rows with the description that opening a file would give."""
    tally = tally_of(data) if tally is None else tally
    header = Header(data.columns, "unknown", (f"{name}.csv",), (f"sha256:{name}",), (), 4096)
    return TallyFile(tally, replace(header, **changes), f"{name}.tally", "")


def evaluate_rows(
    data: Rows, scenario: Scenario, objectives: Sequence[Objective]
) -> tuple[Evaluation, pd.DataFrame]:
    """Rows under a scenario, and all their operating points."""
    evaluation = evaluation_of(data, scenario)
    return evaluation, operating_points(evaluation, objectives)


def as_bytes(tally: TallyFile) -> bytes:
    """Content of the tally's file."""
    out = io.BytesIO()
    save_tally(tally, out)
    return out.getvalue()


def save_in(tally: TallyFile, folder: Path) -> Path:
    """Save a tally in a folder under its name, and return the path."""
    path = folder / tally.name
    save_tally(tally, path)
    return path


EXACT = ("thresholds", "counts", "infinite", "between", "highest")
SUMS = ("weights", "dense_values", "losses", "calibration")
"""Arrays of a tally that are compared exactly, and sums that may be rounded."""
PLAIN = Rows(
    labels=np.array([0, 1, 0, 1], np.int8),
    scores={"a": np.array([0.1, 0.9, 0.4, 0.5]), "b": np.array([0.2, 0.2, 0.8, 0.6])},
    weights=np.array([1.0, 2.0, 0.5, 1.0]),
    values=np.array([3.0, 0.0, 1.0, 2.0]),
)


def assert_same(a: Tally, b: Tally, mass: float) -> None:
    """Assert that counts agree exactly, and sums of floats to 1e-12."""
    assert (a.models, a.scale) == (b.models, b.scale)
    for name in EXACT:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    for name in SUMS:
        one, other = getattr(a, name), getattr(b, name)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15 * mass, err_msg=name)


def empty_tally_of(data: Rows, thresholds: list[np.ndarray], buckets: int = 100) -> Tally:
    """Tally without rows, to count these rows into."""
    return empty_tally(
        data.models,
        thresholds,
        scale=data.scale,
        weighted=data.weights is not None,
        valued=data.values is not None,
        grouped=data.groups is not None,
        buckets=buckets,
    )


def assert_equal(a: Tally, b: Tally) -> None:
    """Assert that tallies are equal to the last bit, with no more memory."""
    a, b = (replace(tally.compact(), values=tally.dense_values) for tally in (a, b))
    assert (a.models, a.scale) == (b.models, b.scale)
    for name in (*EXACT, *SUMS):
        one, other = getattr(a, name), getattr(b, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert one.dtype == other.dtype, name
            np.testing.assert_array_equal(one, other, err_msg=name)


def forge(
    original: bytes, header: dict[str, Any] | None = None, /, **members: bytes | None
) -> bytes:
    """Tally file with some members replaced, left out or added; its checksums are valid."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data: bytes | None = source.read(info)
            if info.filename == "header.json" and header:
                data = json.dumps(json.loads(data or b"") | header).encode()
            stem = Path(info.filename).stem
            data = members.get(stem, data)
            if data is not None:
                target.writestr(info.filename, data, info.compress_type)
        for name in members.keys() - {Path(i.filename).stem for i in source.infolist()}:
            target.writestr(name, members[name] or b"")
    return out.getvalue()

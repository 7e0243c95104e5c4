"""Time from rows to a tally by number of rows and models, compared with scikit-learn and with reading.

Each figure comes from a process of its own, on files with shuffled ids. A process first reads a small file,
so that compiled code is loaded before the clock starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench import chart
from tests.bench.rows import BUILD, ROOT, Row, browsing, in_turns, ratio, taken

ROWS, STEP = 10_000_000, 1_000_000
GROWING = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
MANY, OF_MANY = (1, 12, 50, 200), 1_000_000
WARM = ROOT / "sample_data" / "line3_camera_trial.parquet"

BEGIN = """
import numpy as np
import pyarrow.parquet as pq
from metrics import open_scores, tally_scores
from metrics.tally.breakdown import BreakdownColumns


def by_parts(scores):
    tally_scores(scores, by=BreakdownColumns.of(scores.columns, (scores.models[0], 0.3)))


tally_scores(open_scores({warm!r}))
"""
GATE = "tally_scores(open_scores({path!r}))"
WHOLE = "tally_scores(open_scores({path!r}, models=['model_0']))"
PARTS = "by_parts(open_scores({path!r}, models=['model_0'], segments=['area'], defect_type='why'))"
READ = "for batch in pq.ParquetFile({path!r}).iter_batches(131_072): pass"
ARRAYS = """
table = pq.read_table({path!r})
id, label, score = (table[name].to_numpy() for name in ("id", "label", "model_0"))
"""
COLUMNS = """
import pyarrow as pa
from metrics.io.ids import Ids
from metrics.io.validation.read_batches import Batch
from metrics.io.checked_columns import Columns


class Made:
    models, scale = ("model_0",), "probability"
    columns = Columns(("id",), "label", "1", models)

    def labelled_rows(self):
        for k in range(0, id.size, 131_072):
            part = slice(k, k + 131_072)
            ids = Ids(pa.array(id[part]).cast(pa.string()))
            yield Batch(ids, label[part], None, None, None, {}, (score[part],))
"""
SKLEARN = "log_loss(label, score), brier_score_loss(label, score), roc_curve(label, score)"
IMPORT = "from sklearn.metrics import brier_score_loss, log_loss, roc_curve"

AREAS = np.array([f"area {k}" for k in range(10)])
KINDS = np.array(["scratch", "crack", "pit", "dent"])


def made(path: Path, rows: int, models: int = 1, *, with_parts: bool = False) -> Path:
    """Score file with shuffled ids and 3% defects, written in parts.

    With parts, the file has text ids, ten segments and four kinds of defect.
    """
    rng = np.random.default_rng(20_263)
    ids = rng.permutation(rows)
    writer = None
    for start in range(0, rows, STEP):
        unit_ids = ids[start : start + STEP]
        label = (rng.random(unit_ids.size) < 0.03).astype(np.int8)
        columns = {"id": pa.array(unit_ids), "label": pa.array(label)}
        if with_parts:
            columns["id"] = pa.array([f"U{k:09d}" for k in unit_ids.tolist()])
            columns["area"] = pa.array(AREAS[rng.integers(0, AREAS.size, unit_ids.size)])
            kinds = KINDS[rng.integers(0, KINDS.size, unit_ids.size)]
            columns["why"] = pa.array(np.where(label == 1, kinds, ""))
        for k in range(models):
            logit = rng.normal(size=unit_ids.size) + (1.5 + 0.1 * (k % 12)) * label - 3
            columns[f"model_{k}"] = pa.array(1 / (1 + np.exp(-logit)))
        part = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, part.schema, use_dictionary=["area", "why"])
        writer.write_table(part)
    assert writer is not None
    writer.close()
    return path


def compared(folder: Path) -> Iterator[Row]:
    """Compare ten million rows of one model with scikit-learn, with reading, and without parts."""
    numbers = made(folder / "numbers.parquet", ROWS)
    texts = made(folder / "texts.parquet", ROWS, with_parts=True)
    sides = {
        "columns": ("tally_scores(Made())", BEGIN + ARRAYS + COLUMNS, numbers),
        "read": (READ, BEGIN, numbers),
        "sklearn": (SKLEARN, BEGIN + ARRAYS + IMPORT, numbers),
        "numbers": (GATE, BEGIN, numbers),
        "texts": (WHOLE, BEGIN, texts),
        "parts": (PARTS, BEGIN + "by_parts(open_scores({warm!r}))", texts),
    }
    runs = in_turns(
        {
            name: partial(taken, code, before, path=str(path), warm=str(WARM))
            for name, (code, before, path) in sides.items()
        }
    )
    seconds = {name: [run.seconds for run in of_name] for name, of_name in runs.items()}
    many = f"{ROWS:,} units x 1 model"
    theirs = "against scikit-learn's log_loss, brier_score_loss and roc_curve on arrays"
    for name, side, most in (
        ("columns to tally", "columns", 1 / 20),
        ("file to tally with every check, ids whole numbers", "numbers", 1 / 8),
        ("file to tally with every check, ids of text", "texts", 1 / 3),
    ):
        yield ratio(f"{many}, {name}, {theirs}", seconds[side], seconds["sklearn"], round(most, 3))
    bare = f"{many}, columns to tally, against the bare read of the file"
    yield ratio(bare, seconds["columns"], seconds["read"], 4)
    yield ratio(
        f"{many}, file to tally by 10 segments, 4 kinds of defect and today's answer, against without",
        [run.processor for run in runs["parts"]],
        [run.processor for run in runs["texts"]],
        1.5,
        "s of CPU",
    )


def grown(folder: Path) -> Iterator[Row]:
    """Measure the time by rows (four models) and by models (a million rows), and save its chart."""
    out: dict[str, list[dict[str, float]]] = {"rows": [], "models": []}
    for kind, sizes in (("rows", GROWING), ("models", MANY)):
        for size in sizes:
            rows, models = (size, 4) if kind == "rows" else (OF_MANY, size)
            path = made(folder / "growing.parquet", rows, models)
            run = taken(GATE, BEGIN, path=str(path), warm=str(WARM))
            path.unlink()
            out[kind].append({kind: size, "seconds": run.seconds})
            name = f"{rows:,} units x {models} models, file to tally"
            yield Row(name, run.seconds, "s", None, f"{run.peak:,.0f} MB")
            if rows == GROWING[-1]:
                before = out["rows"][-2]["seconds"]
                yield Row(f"{name}: memory", run.peak, "MB", 1_500)
                yield ratio(f"{name}, against a tenth of the units", [run.seconds], [before], 11)
    with browsing() as browser:
        chart.save(browser, out, BUILD / "growth.png")


def measured(folder: Path) -> Iterator[Row]:
    """Rows of the report."""
    yield from compared(folder)
    yield from grown(folder)

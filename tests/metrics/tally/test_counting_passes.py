"""Tests of the passes over the rows: bounded memory, equal counts from a second pass, and changed files."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics.io.checked_columns import MOST_BYTES
from metrics.io.open import open_scores
from metrics.io.scores import Scores
from metrics.io.validation import duplicates
from metrics.io.validation.duplicates import RepeatedHashes
from metrics.tally import first_pass
from metrics.tally.row_order import OrderedRows, order_rows
from metrics.tally.tally import Tally
from metrics.tally.tally_scores import tally_scores
from tests.metrics.made_rows import Rows
from tests.metrics.opening import error_of
from tests.metrics.tallied import assert_same, tally_of


def test_the_counts_of_very_many_models_stay_bounded() -> None:
    rng = np.random.default_rng(5)
    labels = (rng.random(3000) < 0.5).astype(np.int8)
    frame = {"label": labels} | {f"m{k}": rng.random(3000) for k in range(400)}
    scores = open_scores(frame)
    [note] = [p for p in scores.problems if p.code == "W_MANYMODELS"]
    most = scores.columns.most_thresholds
    assert f"{most:,} thresholds each" in note.message
    tally = tally_scores(scores)
    assert tally.counts.nbytes < 1.1 * MOST_BYTES
    assert most < labels.size  # fewer thresholds than scores
    assert tally.thresholds.shape[1] <= most + 1
    few = open_scores({name: frame[name] for name in ("label", "m0", "m1")})
    assert not [p for p in few.problems if p.code == "W_MANYMODELS"]
    assert tally_scores(few).thresholds.shape[1] == 3000


@pytest.mark.parametrize(
    "cached_bytes",
    [40_000, *(pytest.param(size, marks=pytest.mark.slow) for size in (0, 100_000, 10**9))],
)
def test_counts_do_not_depend_on_how_many_rows_are_cached(
    cached_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows beyond the cache may arrive while workers still count the cached rows."""
    rng = np.random.default_rng(6)
    labels = (rng.random(4000) < 0.3).astype(np.int8)
    scores = {f"m{k}": np.round(rng.random(4000), 3) for k in range(3)}

    def order_slowly(*args: Any) -> OrderedRows:
        time.sleep(0.002)
        return order_rows(*args)

    monkeypatch.setattr(first_pass, "order_rows", order_slowly)
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", cached_bytes)
    data = Rows(labels, scores)
    object.__setattr__(data, "size", 500)
    tally = tally_of(data)
    counted = tally.counts.sum(axis=0)
    for m, of_model in enumerate(scores.values()):
        for k, threshold in enumerate(tally.thresholds[m]):
            flagged = of_model >= threshold
            wanted = [int((flagged & (labels == c)).sum()) for c in (0, 1)]
            assert counted[m, k + 1 :].sum(axis=0).tolist() == wanted


@pytest.mark.parametrize("buckets", [128, 129])
@pytest.mark.parametrize("kind", ["csv", "parquet", "joined", "long", "memory"])
def test_scores_read_a_second_time_belong_to_the_same_rows(
    kind: str, buckets: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source may have any form, and rows may have weights, values, segments and kinds."""
    rng = np.random.default_rng(11)
    count = 1_200
    frame = pd.DataFrame(
        {
            "m1": rng.random(count).round(4),
            "id": [f"u{k}" for k in rng.permutation(count)],
            "line": rng.integers(0, 40, count).astype(str),
            "weight": rng.random(count) + 0.5,
            "label": (rng.random(count) < 0.2).astype(int),
            "cost": rng.normal(10, 3, count).round(2),
            "m0": rng.random(count).round(4),
        }
    )
    sources: dict[str, Any] = {"memory": frame}
    if kind == "csv":
        frame.to_csv(tmp_path / "a.csv", index=False)
    elif kind == "parquet":
        frame.to_parquet(tmp_path / "a.parquet", row_group_size=350)
    elif kind == "joined":
        frame[["id", "label", "weight", "cost", "line", "m1"]].to_csv(
            tmp_path / "a.csv", index=False
        )
        frame[["id", "m0"]].sample(frac=1, random_state=1).to_csv(tmp_path / "b.csv", index=False)
    elif kind == "long":
        shared = ["id", "label", "weight", "cost", "line"]
        long = frame.melt(shared, ["m0", "m1"], var_name="model", value_name="score")
        long.to_csv(tmp_path / "a.csv", index=False)
    named: dict[str, Any] = {"weight": "weight", "value": "cost", "group": "line"}
    if kind != "long":
        named["models"] = ["m0", "m1"]

    def counted() -> Tally:
        source = sources[kind] if kind in sources else sorted(tmp_path.iterdir())
        return tally_scores(open_scores(source, **named), buckets=buckets)

    monkeypatch.setattr(Scores, "_usual_size", 400)
    whole = counted()
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", 0)
    read_twice = counted()
    assert_same(whole, read_twice, 30 * count)
    assert whole.weights is not None
    assert whole.values is not None
    assert whole.class_mass.sum() == pytest.approx(frame["weight"].sum())


@pytest.mark.parametrize("rows_later", [999, 1_001])
def test_rows_whose_number_changes_between_two_passes_are_refused(
    rows_later: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", 0)
    first, later = (
        open_scores({"label": np.resize([0, 1], size), "m": np.full(size, 0.5)}).check()
        for size in (1_000, rows_later)
    )
    passes = iter([first.labelled_rows(), later.labelled_rows()])
    object.__setattr__(first, "labelled_rows", lambda: next(passes))
    error = error_of(tally_scores, first)
    assert (error.code, f"got {rows_later:,} instead of 1,000" in str(error)) == ("E_FILE", True)


@pytest.mark.parametrize(("name", "value"), [("label", "good"), ("m", -1e13)])
def test_values_that_change_between_two_passes_are_refused(
    name: str, value: Any, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "label": ["1", "0"], "m": [0.5, 0.25]})
    path = tmp_path / "scores.parquet"
    frame.to_parquet(path)
    scores = open_scores(path)
    assert sum(rows.labels.size for rows in scores.labelled_rows()) == 2
    frame[name] = [value, frame[name][1]]
    rows = scores.labelled_rows()
    object.__setattr__(scores, "_refuse_changed_files", lambda: None)  # it was checked just before
    frame.to_parquet(path)
    assert error_of(list, rows).code in ("E_FILE", "E_RANGE")


def test_a_pass_leaves_no_file_open_and_no_hashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A separate folder, so that other files of the process, such as libraries, are not counted.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(duplicates, "IN_MEMORY", 100)
    seen: list[int] = []
    search = RepeatedHashes.repeated

    def open_files() -> int:
        files = [file.resolve() for file in Path("/proc/self/fd").iterdir()]
        return sum(file.parent == tmp_path.resolve() for file in files)

    def counted(hashes: RepeatedHashes) -> Any:
        seen.append(open_files())
        return search(hashes)

    monkeypatch.setattr(RepeatedHashes, "repeated", counted)
    ids = [f"u{k}" for k in range(1000)]
    scores = open_scores({"id": ids, "label": [0, 1] * 500, "m": [0.5] * 1000})
    tally_scores(scores)
    assert max(seen) > 0
    assert open_files() == 0
    assert sum(rows.labels.size for rows in scores.labelled_rows()) == 1000

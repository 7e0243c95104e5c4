"""Tests of files that change while they are read, and of file names in errors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import ScoreError, open_scores
from metrics.io import open as opening
from metrics.io.formats.arrow_arrays import arrow_buffer
from metrics.io.formats.csv.reader import CsvSource
from metrics.io.formats.file_on_disk import stem_of, without_path
from tests.metrics.opening import error_of

GOOD = "id,label,a\n1,0,0.1\n2,1,0.9\n"


def touch(path: Path) -> None:
    """Change the modification time of a file."""
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 10**9))


def test_a_file_that_changes_during_a_pass_is_refused_at_its_end(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(GOOD)
    scores = open_scores(path)
    rows = scores.batches()
    assert next(rows).num_rows == 2
    touch(path)
    error = error_of(next, rows)
    assert (error.code, error.file) == ("E_FILE", str(path))
    assert scores.rows is None


@pytest.mark.parametrize(
    "read", [lambda scores: next(scores.batches()), lambda scores: scores.fingerprint]
)
def test_a_changed_file_is_refused_by_every_way_of_reading(tmp_path, read):
    path = tmp_path / "scores.csv"
    path.write_text(GOOD)
    scores = open_scores(path)
    touch(path)
    assert error_of(read, scores).code == "E_FILE"


def written(folder: Path, kind: str) -> Path:
    path = folder / f"scores.{kind}"
    columns = {"id": ["1", "2"], "a": [0.1, 0.9]}
    if kind == "csv":
        path.write_text("id,a\n1,0.1\n2,0.9\n")
    elif kind == "jsonl":
        path.write_text('{"id":"1","a":0.1}\n{"id":"2","a":0.9}\n')
    elif kind == "npz":
        np.savez(path, **{name: np.array(column) for name, column in columns.items()})  # type: ignore[arg-type]
    else:
        pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl", "npz", "parquet"])
def test_a_file_that_changes_while_it_is_opened_is_refused(tmp_path, monkeypatch, kind):
    label = tmp_path / "label.csv"
    label.write_text("id,label\n1,0\n2,1\n")
    path = written(tmp_path, kind)
    join = opening.join  # type: ignore[attr-defined]

    def replaced(*arguments):
        joined = join(*arguments)
        touch(path)
        return joined

    monkeypatch.setattr(opening, "join", replaced)
    scores = open_scores([label, path])
    error = error_of(scores.check)
    assert (error.code, error.file) == ("E_FILE", str(path))


def test_swapped_files_of_two_folders_change_the_fingerprint(tmp_path):
    (tmp_path / "lab.csv").write_text("id,label\n1,0\n2,1\n")
    texts = ["id,score\n1,0.1\n2,0.9\n", "id,score\n1,0.5\n2,0.4\n"]
    files = [str(tmp_path / "lab.csv")]
    for name in ("A", "B"):
        (tmp_path / name).mkdir()
        files.append(str(tmp_path / name / "scores.csv"))
    prints = []
    for order in (texts, texts[::-1], texts):
        for file, text in zip(files[1:], order, strict=True):
            Path(file).write_text(text)
        scores = open_scores(files)
        assert scores.models == ("A/scores", "B/scores")
        prints.append(scores.fingerprint)
    assert prints[0] == prints[2] != prints[1]


def test_the_stem_of_a_file_name_excludes_only_known_endings(tmp_path):
    assert [stem_of(f"/x.y/{n}") for n in ("a.v1.csv.gz", "a.v2.PARQUET", "a", ".csv", "a.b")] == [
        "a.v1", "a.v2", "a", ".csv", "a.b",
    ]  # fmt: skip
    label = tmp_path / "lab.csv"
    label.write_text("id,label\n1,0\n2,1\n")
    for name in ("scores.v1.csv", "scores.v2.csv", "scores.v2.tsv"):
        (tmp_path / name).write_text(
            "id,score\n1,0.1\n2,0.9\n".replace(",", ",\t"[name[-3] == "t"])
        )
    both = [str(label), *(str(tmp_path / f"scores.v{k}.csv") for k in (1, 2))]
    assert open_scores(both).models == ("scores.v1", "scores.v2")
    folder = tmp_path.name
    assert open_scores([*both, str(tmp_path / "scores.v2.tsv")]).models == (
        "scores.v1",
        f"{folder}/scores.v2.csv",
        f"{folder}/scores.v2.tsv",
    )


def test_errors_of_libraries_do_not_show_paths(tmp_path):
    path = tmp_path / "scores.parquet"
    assert without_path(OSError(2, "gone", str(path)), path) == "[Errno 2] gone: 'the file'"
    pq.write_table(pa.table({"id": ["u", "v"], "label": [0, 1], "a": [0.5, 0.25]}), path)
    scores = open_scores(path)
    path.unlink()
    error = error_of(lambda: list(scores._source.batches(["a"], frozenset(), 10)))
    assert error.code == "E_PARQUET"
    assert str(tmp_path) not in error.message


def skippable(content: bytes) -> bytes:
    """Frame that decompressors skip."""
    return b"\x53\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


@pytest.mark.parametrize("places", [(0,), (1,), (2,), (0, 0, 1)], ids=str)
def test_empty_zstandard_frames_change_nothing(tmp_path, places):
    half = len(GOOD) // 2
    frames = [
        pa.compress(part.encode(), "zstd", asbytes=True) for part in (GOOD[:half], GOOD[half:])
    ]
    for place in sorted(places, reverse=True):
        frames.insert(place, skippable(b"note"))
    path = tmp_path / "scores.csv.zst"
    path.write_bytes(b"".join(frames))
    (batch,) = open_scores(path).batches()
    assert batch.to_pydict() == {"id": ["1", "2"], "label": [0, 1], "a": [0.1, 0.9]}
    path.write_bytes(skippable(b"note"))
    assert error_of(open_scores, path).code == "E_EMPTY"


def test_an_arrow_buffer_owns_its_memory():
    content = bytes(range(256)) * 9
    buffer = arrow_buffer(content)
    assert buffer.to_pybytes() == content
    assert buffer.parent is None
    assert arrow_buffer(b"").size == 0


@pytest.mark.parametrize(
    "text", [GOOD, GOOD.replace("1,0", '"1",0'), GOOD.replace("\n", "\r\n\r\n")]
)
def test_the_two_parsers_must_read_the_same_number_of_rows(tmp_path, monkeypatch, text):
    path = tmp_path / "scores.csv"
    path.write_text(text, newline="")
    parse = CsvSource._parse
    monkeypatch.setattr(CsvSource, "_parse", lambda *arguments: parse(*arguments).slice(1))
    with pytest.raises(ScoreError, match="got 2 and 1 rows") as refused:
        open_scores(path).check()
    assert refused.value.code == "E_FORMAT"

"""Tests of file names: the stem that names a model, and errors without paths of this machine."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from metrics import open_scores
from metrics.io.formats.file_on_disk import stem_of, without_path
from tests.metrics.opening import error_of


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

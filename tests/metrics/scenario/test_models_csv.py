"""Tests of models.csv: found next to the scores or named, read, and errors located in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from metrics.errors import ScoreError
from metrics.scenario.models_csv import find_models_csv, other_columns, read_workers
from metrics.scenario.serving import Worker
from tests.metrics.opening import error_of


def write_models_csv(folder: Path, text: str, name: str = "models.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    "text",
    [
        'model,seconds_per_unit,price_per_worker_hour\na,0.0005,0.045\n"b, c",0.25,\nd,,1\n',
        "\ufeffnote,price_per_worker_hour,model,milliseconds_per_unit\r\n"
        'x,0.045,a,0.5\r\n,,"b, c", 250 \r\n\r\n,1,d,\r\n',
    ],
)
def test_seconds_and_milliseconds_are_read(tmp_path: Path, text: str) -> None:
    assert read_workers(write_models_csv(tmp_path, text)) == {
        "a": Worker(0.0005, 0.045),
        "b, c": Worker(0.25, None),
        "d": Worker(None, 1.0),
    }


HEAD = "model,seconds_per_unit,price_per_worker_hour\n"


@pytest.mark.parametrize(
    ("text", "row", "column", "value"),
    [
        ("", None, None, ""),
        ("name,seconds_per_unit\na,1\n", None, None, "name,seconds_per_unit"),
        ("model,price_per_worker_hour\na,1\n", None, None, "model,price_per_worker_hour"),
        (
            "model,seconds_per_unit,milliseconds_per_unit\na,1,1000\n",
            None,
            None,
            "model,seconds_per_unit,milliseconds_per_unit",
        ),
        (HEAD + "a,1,1\nb,1\n", 2, None, "b,1"),
        (HEAD + "a,1,1\na,2,1\n", 2, "model", "a"),
        (HEAD + ",1,1\n", 1, "model", ""),
        (HEAD + "a,fast,1\n", 1, "seconds_per_unit", "fast"),
        (HEAD + "a,0,1\n", 1, "seconds_per_unit", "0"),
        (HEAD + "a,-1,1\n", 1, "seconds_per_unit", "-1"),
        (HEAD + "a,3600,1\n", 1, "seconds_per_unit", "3600"),
        (HEAD + "a,nan,1\n", 1, "seconds_per_unit", "nan"),
        (HEAD + "a,1,1\nb,1,-0.5\n", 2, "price_per_worker_hour", "-0.5"),
        (HEAD + "a,1,inf\n", 1, "price_per_worker_hour", "inf"),
        ("model,milliseconds_per_unit\na,3600000\n", 1, "milliseconds_per_unit", "3600000"),
    ],
)
def test_an_invalid_value_is_refused_with_its_row_and_column(
    tmp_path, text, row, column, value
) -> None:
    path = write_models_csv(tmp_path, text)
    error = error_of(read_workers, path)
    [problem] = error.problems
    assert (problem.code, problem.file) == ("E_SERVING", str(path))
    assert (problem.row, problem.column, problem.value) == (row, column, value)
    assert problem.hint


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="must be readable UTF-8 CSV"):
        read_workers(tmp_path / "nowhere.csv")
    (tmp_path / "models.csv").write_bytes(b"model,seconds_per_unit\n\xff,1\n")
    with pytest.raises(ScoreError, match="must be readable UTF-8 CSV"):
        read_workers(tmp_path / "models.csv")


def test_the_file_next_to_the_first_score_file_is_read(tmp_path: Path) -> None:
    scores = str(tmp_path / "scores.csv")
    assert find_models_csv([]) is None
    assert find_models_csv([scores]) is None
    path = write_models_csv(tmp_path, HEAD + "a,1,2\n")
    assert find_models_csv([scores, "elsewhere/b.csv"]) == path
    assert read_workers(path) == {"a": Worker(1.0, 2.0)}
    assert find_models_csv(["elsewhere/b.csv", scores]) is None
    assert find_models_csv([str(path)]) is None  # this file has the scores
    write_models_csv(tmp_path, "model,colour\na,red\n")  # a file on another subject
    assert find_models_csv([scores]) is None
    write_models_csv(tmp_path, HEAD + "a,fast,2\n")  # a models file with an error
    error = error_of(read_workers, find_models_csv([scores]))
    assert (error.code, error.value) == ("E_SERVING", "fast")


def test_other_columns_are_kept_as_text(tmp_path: Path) -> None:
    head = "training_hours,model, seconds_per_unit,by,price_per_worker_hour\n"
    path = write_models_csv(tmp_path, head + "1.5,a,1,Ann,2\n,b,1, Bo ,\n")
    assert other_columns(path) == (
        ("training_hours", (("a", "1.5"), ("b", ""))),
        ("by", (("a", "Ann"), ("b", "Bo"))),
    )
    assert other_columns(write_models_csv(tmp_path, HEAD + "a,1,2\n")) == ()

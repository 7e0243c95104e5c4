"""Tests that files are joined on equal ids, never on row numbers that count something else."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from metrics import open_scores
from metrics.io.convert import convert
from tests.metrics.opening import refusal, write_csv

SIZE = 200
SHUFFLED = random.Random(3).sample(range(SIZE), SIZE)
UNITS = [k % 4 == 0 for k in range(SIZE)]
NAMELESS = ["", "Unnamed: 0", "index_level_0", "__index_level_0__", "index"]
COUNTED = [*NAMELESS, "row", "idx", "Row"]


def write_labels(folder, name, ids):
    return write_csv(folder / "labels.csv", [name, "label"], [[k, int(UNITS[k])] for k in ids])


def write_scores(folder, name, ids, of=None):
    """Scores that depend on the label, for the units in the same order, with ids that may differ."""
    rows = [[k, 0.5 + 0.4 * UNITS[u]] for k, u in zip(ids, of or ids, strict=True)]
    return write_csv(folder / "scores.csv", [name, "rf"], rows)


def read_auc(files, **options):
    """AUC of the joined scores, and the warnings about how rows were matched."""
    found = open_scores(files, **options).check()
    [table] = [pd.concat(batch.to_pandas() for batch in found.batches())]
    notes = [(p.column, p.message) for p in found.problems if p.code == "W_ROWORDER"]
    return roc_auc_score(table["label"], table["rf"]), notes


@pytest.mark.parametrize("name", COUNTED)
def test_row_numbers_of_scores_are_not_joined_as_ids(tmp_path, name):
    """Both files have the same numbers, but for different units."""
    label = write_labels(tmp_path, "unit_id", SHUFFLED)
    score = write_scores(tmp_path, name, range(SIZE), of=SHUFFLED)
    for files in ([label, score], [score, label]):
        error = refusal(files)
        assert (error.code, error.file, error.column) == ("E_JOIN", score, name)
        assert "'unit_id' in" in error.message
        assert "--id" in (error.hint or "")
        assert refusal(files, common_ids=True).code == "E_JOIN"
        assert refusal(files, id="unit_id").code == "E_JOIN"
    assert read_auc([label, write_scores(tmp_path, name, SHUFFLED)], id=["unit_id", name]) == (
        1.0,
        [],
    )


def test_row_numbers_of_labels_are_not_joined_as_ids(tmp_path):
    label = write_labels(tmp_path, "", range(SIZE))
    score = write_scores(tmp_path, "serial", SHUFFLED)
    assert refusal([label, score]).code == "E_JOIN"
    assert read_auc([label, score], id=["", "serial"])[0] == 1.0


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("first", [0, 1])
def test_equal_row_numbers_are_joined_in_order(tmp_path, name, first):
    """As ids or as row numbers, they join the same rows."""
    ids = range(first, SIZE)
    for other in ("unit_id", "", "row"):
        area, notes = read_auc(
            [write_labels(tmp_path, other, ids), write_scores(tmp_path, name, ids)]
        )
        assert area == 1.0
        assert [column for column, _ in notes] == [name]


@pytest.mark.parametrize("name", NAMELESS)
def test_an_index_of_both_files_is_joined_with_a_warning(tmp_path, name):
    """Both are parts of one table, so neither counts its own rows."""
    ids, other = SHUFFLED[:90], sorted(SHUFFLED[:90])
    area, [(column, message)] = read_auc(
        [write_labels(tmp_path, "", ids), write_scores(tmp_path, name, other)]
    )
    assert (area, column) == (1.0, name)
    assert message.startswith("joined on row numbers")


@pytest.mark.parametrize("fresh", ["labels", "scores"])
@pytest.mark.parametrize("name", ["", "row"])
def test_an_index_and_a_count_of_rows_are_not_joined(tmp_path, name, fresh):
    """One table was shuffled with its index. The other was made from it and numbered again."""
    count, kept = range(SIZE), SHUFFLED
    label = write_labels(tmp_path, name, kept if fresh == "scores" else count)
    score = write_scores(tmp_path, name, count if fresh == "scores" else kept, of=kept)
    assert refusal([label, score]).code == "E_JOIN"


def test_ids_of_different_names_are_joined_with_a_warning(tmp_path):
    label = write_labels(tmp_path, "serial", SHUFFLED)
    score = write_scores(tmp_path, "unit_id", range(SIZE))
    area, [(column, message)] = read_auc([label, score])
    assert (area, column) == (1.0, "unit_id")
    assert "'unit_id' here and 'serial' in" in message
    assert read_auc([label, score], id=["serial", "unit_id"]) == (1.0, [])


@pytest.mark.parametrize(("one", "two"), [("id", "ID"), ("unit_id", "unitId"), ("", " ")])
def test_spellings_of_one_id_name_are_joined_without_a_warning(tmp_path, one, two):
    label = write_csv(tmp_path / "l.csv", [one, "label"], [["u", 1], ["v", 0]])
    score = write_csv(tmp_path / "s.csv", [two, "rf"], [["v", 0.25], ["u", 0.5]])
    assert read_auc([label, score]) == (1.0, [])


def test_ids_in_a_nameless_column_are_ids(tmp_path):
    """Texts cannot be row numbers."""
    label = write_csv(tmp_path / "l.csv", ["unit_id", "label"], [["u", 1], ["v", 0]])
    score = write_csv(tmp_path / "s.csv", ["", "rf"], [["v", 0.25], ["u", 0.5]])
    area, [(_, message)] = read_auc([label, score])
    assert area == 1.0
    assert "a column without a name here and 'unit_id' in" in message


@pytest.mark.parametrize("both", ["labels", "scores"])
def test_the_id_that_both_files_have_is_the_id(tmp_path, both):
    """In one file another possible id column precedes it."""
    ids = random.Random(5).sample(range(SIZE), SIZE)
    table = pd.DataFrame({"id": np.arange(SIZE), "unit_id": ids})
    table["label" if both == "labels" else "rf"] = [UNITS[k] for k in ids]
    path = str(tmp_path / "both.csv")
    table.astype(int).to_csv(path, index=False)
    make = write_scores if both == "labels" else write_labels
    assert read_auc([path, make(tmp_path, "unit_id", SHUFFLED)]) == (1.0, [])


def test_a_converted_file_stores_whether_its_id_was_a_row_number(tmp_path):
    label = write_csv(
        tmp_path / "l.csv", ["", "label", "svm"], [[k, int(UNITS[k]), 0.5] for k in range(SIZE)]
    )
    convert(open_scores(label), tmp_path / "kept.parquet")
    score = write_scores(tmp_path, "unit_id", SHUFFLED)
    assert refusal([str(tmp_path / "kept.parquet"), score]).code == "E_JOIN"
    write_csv(tmp_path / "l.csv", ["label", "svm"], [[int(y), 0.5] for y in UNITS])
    convert(open_scores(label), tmp_path / "kept.parquet")
    assert refusal([str(tmp_path / "kept.parquet"), score]).code == "E_JOIN"

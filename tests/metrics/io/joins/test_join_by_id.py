"""Tests of joining files on an id: equal tables from long, wide and joined files, and common ids."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from tests.metrics.opening import refusal, table_of, write_csv

IDS = [f"u{k:03}" for k in range(40)]
LABELS = {i: k % 3 == 0 for k, i in enumerate(IDS)}
SCORES = {m: {i: random.Random(m + i).random() for i in IDS} for m in ("x", "y", "z")}


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_long_wide_and_joined_files_give_the_same_table(tmp_path_factory, rng, count):
    folder = tmp_path_factory.mktemp("joins")
    models = list(SCORES)[:count]
    wide = [[i, int(LABELS[i]), *(SCORES[m][i] for m in models)] for i in IDS]
    want = table_of(open_scores(write_csv(folder / "wide.csv", ["id", "label", *models], wide)))

    long = [[i, m, SCORES[m][i], int(LABELS[i])] for m in models for i in IDS]
    rng.shuffle(long)
    got = open_scores(write_csv(folder / "long.csv", ["id", "model", "score", "label"], long))
    assert sorted(got.models) == models
    got_table = table_of(got).select(want.column_names)
    assert got_table.take(pa.array(np.argsort(got_table["id"].to_numpy()))).equals(want)
    assert got_table["id"].to_pylist() == list(dict.fromkeys(row[0] for row in long))

    files = [write_csv(folder / "labels.csv", ["unit_id", "label"], [row[:2] for row in wide])]
    for m in models:
        rows = [[SCORES[m][i], i] for i in IDS]
        rng.shuffle(rows)
        files.append(write_csv(folder / f"{m}.csv", ["score", "id"], rows))
    rng.shuffle(files)
    got = open_scores(files)
    assert sorted(got.models) == models
    assert got.columns.id == ("unit_id",)
    assert table_of(got).select(want.column_names).equals(want)


def test_the_order_of_files_does_not_change_the_fingerprint(tmp_path):
    label = write_csv(tmp_path / "l.csv", ["id", "label"], [["u", 1], ["v", 0]])
    score = write_csv(tmp_path / "m.csv", ["id", "score"], [["v", 0.5], ["u", 0.7]])
    one, two = open_scores([label, score]), open_scores([score, label])
    assert one.fingerprint == two.fingerprint
    assert one.files == (label, score)
    write_csv(tmp_path / "m.csv", ["id", "score"], [["v", 0.5], ["u", 0.8]])
    assert open_scores([label, score]).fingerprint != one.fingerprint


LONG = ["id", "model", "score", "label"]


@pytest.mark.parametrize(
    ("rows", "code", "row", "column"),
    [
        ([["u", "a", 0.1, 1], ["u", "b", 0.2, 1], ["v", "a", 0.1, 0]], "E_SCORE_NA", None, "score"),
        ([["u", "a", 0.1, 1], ["v", "a", 0.2, 0], ["u", "a", 0.1, 1]], "E_DUPID", 3, "id"),
        ([["u", "a", 0.1, 1], ["v", "a", 0.2, 0], ["u", "b", 0.1, 0],
          ["v", "b", 0.1, 0]], "E_CONFLICT", 3, "label"),
        ([["u", "a", 0.1, 1], ["v", "a", "x", 0]], "E_NUMBER", 2, "score"),
        ([["u", "a", 0.1, 1], ["v", "", 0.5, 0]], "E_IDMISSING", 2, "model"),
        ([["u", "a", 0.1, 1], ["", "a", 0.5, 0]], "E_IDMISSING", 2, "id"),
        ([["v", "a", 0.2, 0], ["u", "a", 0.1, 1], ["v", "b", 0.2, 0], ["u", "b", 1.1, 1]], "E_RANGE", 4, "b"),
        ([["v", "a", 0.2, 0], ["u", "a", 0.1, ""]], "E_LABEL_NA", 2, "label"),
        ([["v", "id", 0.2, 0], ["u", "id", 0.1, 1]], "E_DUPCOL", None, "id"),
    ],
)  # fmt: skip
def test_an_invalid_long_file_is_refused_with_its_row(tmp_path, rows, code, row, column):
    error = refusal(write_csv(tmp_path / "f.csv", LONG, rows))
    assert (error.code, error.row, error.column) == (code, row, column)


def test_a_models_name_may_be_spread_over_columns(tmp_path):
    rows = [
        ["u", "raw", "1", 0.1, 1],
        ["u", "raw", "2", 0.2, 1],
        ["v", "raw", "2", 0.3, 0],
        ["v", "raw", "1", 0.4, 0],
    ]
    path = write_csv(tmp_path / "f.csv", ["id", "features", "depth", "p", "label"], rows)
    scores = open_scores(path, model_key=["features", "depth"], score="p")
    assert table_of(scores).to_pydict() == {
        "id": ["u", "v"], "label": [1, 0], "raw|1": [0.1, 0.4], "raw|2": [0.2, 0.3],
    }  # fmt: skip


def test_several_columns_may_form_an_id(tmp_path):
    rows = [["1", "a", 1, 0.5], ["1", "b", 0, 0.25], ["2", "a", 1, 0.75]]
    path = write_csv(tmp_path / "f.csv", ["lot", "pos", "label", "m"], rows)
    scores = open_scores(path, id=["lot", "pos"])
    assert table_of(scores)["id"].to_pylist() == ["1|a", "1|b", "2|a"]
    rows[1][1] = "a|"
    error = refusal(
        write_csv(tmp_path / "f.csv", ["lot", "pos", "label", "m"], rows), id=["lot", "pos"]
    )
    assert (error.code, error.row, error.column) == ("E_ID", 2, "pos")
    rows[1][1] = "a"
    error = refusal(
        write_csv(tmp_path / "f.csv", ["lot", "pos", "label", "m"], rows), id=["lot", "pos"]
    )
    assert (error.code, error.row) == ("E_DUPID", 2)


@pytest.mark.parametrize(
    ("scores", "code", "row"),
    [
        ([["u", 0.5]], "E_JOIN", None),
        ([["u", 0.5], ["v", 0.5], ["w", 0.5]], "E_JOIN", None),
        ([["u", 0.5], ["V", 0.5]], "E_JOIN", None),
        ([["u", 0.5], ["u", 0.6]], "E_DUPID", 2),
        ([["u", 0.5], ["", 0.6]], "E_IDMISSING", 2),
        ([["v", 0.5], ["u", "NA"]], "E_SCORE_NA", 2),
        ([["v", 0.5], ["u", 1.5]], "E_RANGE", 2),
    ],
)
def test_an_invalid_score_file_is_refused_with_its_row(tmp_path, scores, code, row):
    label = write_csv(tmp_path / "labels.csv", ["id", "label"], [["u", 1], ["v", 0]])
    score = write_csv(tmp_path / "forest.csv", ["id", "score"], scores)
    error = refusal([label, score])
    assert (error.code, error.row, error.file) == (code, row, score)


def test_labels_of_two_files_must_agree(tmp_path):
    one = write_csv(tmp_path / "a.csv", ["id", "label", "a"], [["u", 1, 0.5], ["v", 0, 0.25]])
    two = write_csv(
        tmp_path / "b.csv", ["id", "label", "b"], [["v", "false", 0.1], ["u", "true", 0.2]]
    )
    read = table_of(open_scores([one, two]))
    assert read.to_pydict() == {
        "id": ["u", "v"],
        "label": [1, 0],
        "a": [0.5, 0.25],
        "b": [0.2, 0.1],
    }
    two = write_csv(
        tmp_path / "b.csv", ["id", "label", "b"], [["v", "true", 0.1], ["u", "true", 0.2]]
    )
    error = refusal([one, two])
    assert (error.code, error.row, error.file) == ("E_CONFLICT", 1, two)


SIDES: dict[str, tuple[str, str, list[Any], list[Any]]] = {
    "label": ("label", "truth", [1, 0], [0, 1]),
    "weight": ("weight", "w", [1.0, 2.5], [1.0, 2.25]),
    "value": ("value", "cost", [10.0, -2.5], [10.0, 2.5]),
    "group": ("group", "lot", ["p", "q"], ["p", ""]),
    "segment": ("site", "site", ["x", "y"], ["x", "Y"]),
}


@pytest.mark.parametrize("role", SIDES)
@pytest.mark.parametrize("renamed", [False, True])
def test_a_column_of_two_files_must_agree(tmp_path, role, renamed):
    """Rows have another order. Equal values give no warning; other values are refused with their place."""
    name, other, ours, differs = SIDES[role]
    second = other if renamed else name
    head = ["id", "label", *([] if role == "label" else [name])]
    rows = [
        [u, y, *([] if role == "label" else [v])]
        for u, y, v in zip("uv", [1, 0], ours, strict=True)
    ]
    one = write_csv(tmp_path / "a.csv", head, rows)
    m = [["v", ours[1], 0.25], ["u", ours[0], 0.5]]
    two = write_csv(tmp_path / "b.csv", ["id", second, "m"], m)
    scores = open_scores([one, two]).check()
    weighs = ["W_WEIGHT"] if role == "weight" else []
    assert [p.code for p in scores.problems] == [*weighs, "W_FEWPOSITIVES"]
    assert table_of(scores)["m"].to_pylist() == [0.5, 0.25]
    columns = scores.columns
    assert name in (columns.label, columns.weight, columns.value, columns.group, *columns.segments)
    m = [["v", differs[1], 0.25], ["u", differs[0], 0.5]]
    two = write_csv(tmp_path / "b.csv", ["id", second, "m"], m)
    error = refusal([one, two])
    first = min(k for k in (0, 1) if ours[k] != differs[k])
    assert (error.code, error.file, error.column) == ("E_CONFLICT", two, second)
    assert (error.row, error.value) == (2 - first, str(differs[first]))
    assert repr(str(ours[first])) in error.message
    if renamed and role != "segment":
        assert f"--{role}" in (error.hint or "")
        options: dict[str, Any] = {role: name}
        chosen = open_scores([two, one], **options).check()
        assert chosen.models == ("m",)
        assert [(p.code, p.column) for p in chosen.problems if p.code == "W_UNUSED"] == [
            ("W_UNUSED", second)
        ]


def test_segments_of_different_names_are_all_read(tmp_path):
    one = write_csv(tmp_path / "a.csv", ["id", "label", "site"], [["u", 1, "x"], ["v", 0, "y"]])
    two = write_csv(tmp_path / "b.csv", ["id", "line", "m"], [["v", "2", 0.25], ["u", "1", 0.5]])
    scores = open_scores([one, two]).check()
    assert scores.columns.segments == ("site", "line")
    assert table_of(scores)["line"].to_pylist() == ["1", "2"]


def test_progress_counts_the_rows_of_all_files_and_may_cancel(tmp_path):
    label = write_csv(tmp_path / "l.csv", ["id", "label"], [[f"u{k}", k % 2] for k in range(700)])
    score = write_csv(tmp_path / "m.csv", ["id", "m"], [[f"u{k}", 0.5] for k in range(700)])
    seen: list[int] = []
    open_scores([score, label], progress=seen.append)
    assert seen == [700, 1400]
    rows = [[f"u{k}", m, 0.5, k % 2] for k in range(700) for m in ("a", "b", "c")]
    long = write_csv(tmp_path / "long.csv", ["id", "model", "score", "label"], rows)
    seen.clear()
    open_scores(long, progress=seen.append)
    assert seen == [2100]
    seen.clear()
    open_scores({"label": [0, 1], "m": [0.5, 0.25]}, progress=seen.append).check()
    assert seen == []

    def cancel(rows: int) -> None:
        raise InterruptedError(rows)

    with pytest.raises(InterruptedError, match="700"):
        open_scores([score, label], progress=cancel)


def test_a_score_column_named_like_a_label_is_read(tmp_path):
    solution = write_csv(tmp_path / "solution.csv", ["id", "target"], [["u", 1], ["v", 0]])
    files = [
        write_csv(tmp_path / f"{n}.csv", ["id", "target"], [["v", 0.3], ["u", s]])
        for n, s in (("a", 0.5), ("b", 0.6))
    ]
    read = table_of(open_scores([*files, solution]))
    assert read.to_pydict() == {"id": ["u", "v"], "label": [1, 0], "a": [0.5, 0.3], "b": [0.6, 0.3]}


def test_files_of_one_name_are_distinguished_by_their_folder(tmp_path):
    files = [write_csv(tmp_path / "labels.csv", ["id", "label"], [["u", 1], ["v", 0]])]
    for name in ("svm", "forest"):
        (tmp_path / name).mkdir()
        files.append(
            write_csv(
                tmp_path / name / "predictions.csv", ["id", "score"], [["u", 0.5], ["v", 0.3]]
            )
        )
    assert open_scores(files).models == ("svm/predictions", "forest/predictions")


def test_the_label_file_is_recognised_by_its_values(tmp_path):
    label = write_csv(tmp_path / "targets.csv", ["id", "employed"], [["u", 1], ["v", 0]])
    score = write_csv(tmp_path / "s.csv", ["id", "p_hat"], [["v", 0.3], ["u", 0.5]])
    scores = open_scores([score, label])
    assert (scores.columns.label, scores.models) == ("employed", ("p_hat",))


def test_text_and_number_ids_join_across_formats(tmp_path):
    pq.write_table(pa.table({"id": [10, 7], "label": [True, False]}), tmp_path / "l.parquet")
    score = write_csv(tmp_path / "s.csv", ["id", "m"], [["7", 0.3], ["10", 0.5]])
    assert table_of(open_scores([tmp_path / "l.parquet", score]))["m"].to_pylist() == [0.5, 0.3]
    score = write_csv(tmp_path / "s.csv", ["id", "m"], [["07", 0.3], ["10", 0.5]])
    assert refusal([tmp_path / "l.parquet", score]).code == "E_JOIN"


def test_a_file_given_twice_is_refused(tmp_path):
    one = write_csv(tmp_path / "a.csv", ["id", "label", "a"], [["u", 1, 0.5], ["v", 0, 0.25]])
    assert refusal([one, one]).code == "E_DUPFILE"
    assert refusal([one, str(tmp_path / "none.csv")]).code == "E_FILE"


@pytest.mark.parametrize(
    "options", [{"label": "q"}, {"id": "q"}, {"models": ["q"]}, {"score": "a"}], ids=str
)
def test_options_must_name_a_column_of_a_file(tmp_path, options):
    one = write_csv(tmp_path / "l.csv", ["id", "label"], [["u", 1], ["v", 0]])
    two = write_csv(tmp_path / "a.csv", ["id", "a"], [["u", 0.5], ["v", 0.25]])
    assert refusal([one, two], **options).code == "E_COLUMN"


@given(
    st.lists(st.sets(st.integers(0, 12), min_size=2), min_size=1, max_size=3),
    st.permutations(list(range(13))),
    st.integers(0, 12),
)
def test_common_ids_keep_the_units_of_all_files(tmp_path_factory, held, order, labelled):
    """Compared with sets: remaining units, their order, and the reported losses of each file."""
    folder = tmp_path_factory.mktemp("common")
    ids = [k for k in order if k <= max(labelled, 1)]
    label = write_csv(folder / "labels.csv", ["id", "label"], [[f"u{k}", k % 2] for k in ids])
    files = [
        write_csv(
            folder / f"m{n}.csv", ["score", "id"], [[k / 16 + n / 64, f"u{k}"] for k in of_model]
        )
        for n, of_model in enumerate(held)
    ]
    common = set(ids).intersection(*held)
    if {k % 2 for k in common} != {0, 1}:
        code = refusal([label, *files], common_ids=True).code
        assert code == ("E_SINGLECLASS" if common else "E_JOIN")
        return
    scores = open_scores([label, *files], common_ids=True).check()
    kept = [k for k in ids if k in common]
    got = table_of(scores).to_pydict()
    assert got.pop("id") == [f"u{k}" for k in kept]
    assert got.pop("label") == [k % 2 for k in kept]
    assert got == {f"m{n}": [k / 16 + n / 64 for k in kept] for n in range(len(held))}
    notes = {p.file: p.message for p in scores.problems if p.code == "W_COMMONIDS"}
    sizes = dict(zip([label, *files], [len(ids), *map(len, held)], strict=True))
    assert notes == {
        file: f"left out {size - len(kept)} of {size} units, which are not in every file"
        for file, size in sizes.items()
        if size > len(kept)
    }
    if notes:
        assert refusal([label, *files]).code == "E_JOIN"


def test_common_ids_are_offered_if_there_are_any(tmp_path):
    label = write_csv(tmp_path / "l.csv", ["id", "label"], [["u", 1], ["v", 0], ["w", 0]])
    score = write_csv(tmp_path / "m.csv", ["id", "score"], [["v", 0.5], ["x", 0.25], ["u", 0.125]])
    error = refusal([label, score])
    assert f"2 are in both, of 3 in {label} and 3 here" in error.message
    assert "'w'" in error.message
    assert "--common-ids to keep the 2" in (error.hint or "")
    agreed, plain = open_scores([label, score], common_ids=True), [label, score]
    assert [p.code for p in agreed.problems].count("W_COMMONIDS") == 2
    write_csv(tmp_path / "m.csv", ["id", "score"], [["v", 0.5], ["u", 0.25], ["w", 0.5]])
    assert open_scores(plain).fingerprint != open_scores(plain, common_ids=True).fingerprint
    write_csv(tmp_path / "m.csv", ["id", "score"], [["x", 0.5]])
    assert "--common-ids" not in (refusal(plain).hint or "")
    assert refusal(plain, common_ids=True).code == "E_JOIN"


def test_common_ids_combine_with_files_joined_by_row(tmp_path):
    label = write_csv(tmp_path / "l.csv", ["id", "label"], [["u", 1], ["v", 0], ["w", 0], ["x", 1]])
    order = write_csv(tmp_path / "o.csv", ["order"], [[0.1], [0.2], [0.3], [0.4]])
    score = write_csv(
        tmp_path / "m.csv", ["id", "m"], [["x", 0.5], ["y", 7], ["w", 0.25], ["u", 0.75]]
    )
    scores = open_scores([label, order, score], common_ids=True)
    assert table_of(scores).to_pydict() == {
        "id": ["u", "w", "x"], "label": [1, 0, 1], "order": [0.1, 0.3, 0.4], "m": [0.75, 0.25, 0.5],
    }  # fmt: skip
    write_csv(tmp_path / "m.csv", ["id", "m"], [["x", 0.5], ["y", 0.5], ["w", 1.5], ["u", 0.75]])
    error = refusal([label, order, score], common_ids=True)
    assert (error.code, error.file, error.row) == ("E_RANGE", score, 3)


def test_a_column_named_like_a_date_is_a_score_if_there_is_no_other(tmp_path):
    label = write_csv(tmp_path / "l.csv", ["id", "label"], [["u", 1], ["v", 0]])
    dated = write_csv(tmp_path / "s.csv", ["id", "day"], [["u", 0.5], ["v", 0.25]])
    assert open_scores([label, dated]).models == ("day",)
    other = write_csv(tmp_path / "t.csv", ["id", "rf"], [["u", 0.5], ["v", 0.25]])
    assert open_scores([label, dated, other]).models == ("rf",)

"""Tests of reading NumPy archives and arrays: matrices, class names, text, damage and size."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from tests.metrics.opening import error_of, refusal, table_of

GOOD: dict[str, Any] = {
    "id": np.array(["u", "v"]),
    "y": np.array([0, 1]),
    "a": np.array([0.1, 0.2]),
}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.sampled_from(["<f8", ">f8"]))
def test_values_are_read_bit_for_bit(tmp_path_factory, values, kind):
    path = tmp_path_factory.mktemp("npz") / "f.npz"
    ids = np.array([f"é{k}" for k in range(len(values))])
    np.savez_compressed(path, id=ids, y=np.arange(len(values)) % 2, a=np.array(values, kind))
    read = table_of(open_scores(path))
    assert read["id"].to_pylist() == ids.tolist()
    assert read["a"].combine_chunks().equals(pa.array(values))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"a": np.array([0.1, None], object)}, "E_PICKLE"),
        ({"a": np.array([0.1, 0.2j])}, "E_TYPE"),
        ({"a": np.array([(1, 0.5), (2, 0.5)], [("k", "i4"), ("p", "f8")])}, "E_TYPE"),
        ({"a": np.array([b"x", b"y"])}, "E_NOMODEL"),
        ({"a": np.array(["2020", "2021"], "datetime64[Y]")}, "E_TYPE"),
        ({"a": np.array([0.1, 0.2], np.longdouble)}, "E_TYPE"),
        ({"a": np.array([0.1, 0.2, 0.3])}, "E_SHAPE"),
        ({"a": np.array([[0.1, 0.9], [0.2, 0.8]])}, "E_SHAPE"),
        ({"a": np.zeros((2, 2, 2))}, "E_SHAPE"),
        ({"id": np.array([]), "y": np.array([]), "a": np.array([])}, "E_NOROWS"),
    ],
)
def test_invalid_arrays_are_refused_with_their_code(tmp_path, change, code):
    np.savez(tmp_path / "f.npz", **(GOOD | change))
    assert refusal(tmp_path / "f.npz").code == code


def test_columns_of_a_matrix_need_class_names(tmp_path):
    both: dict[str, Any] = {"y_true": np.array([0, 1]), "p": np.array([[0.9, 0.1], [0.2, 0.8]])}
    np.savez(tmp_path / "f.npz", **both, classes=np.array([0, 1]))
    scores = open_scores(tmp_path / "f.npz")
    assert (scores.models, table_of(scores).column(2).to_pylist()) == (("p_1",), [0.1, 0.8])
    np.savez(tmp_path / "g.npz", **both)
    assert open_scores(tmp_path / "g.npz", models=["p_1"]).check().rows == 2
    assert "p_1" in str(refusal(tmp_path / "g.npz"))


def left_out(scores):
    return {p.column for p in scores.problems if p.code == "W_UNUSED"}


def test_classes_name_columns_only_if_their_numbers_agree(tmp_path):
    path = tmp_path / "f.npz"
    plain: dict[str, Any] = {"y_true": np.array([0, 1, 1]), "p": np.array([0.1, 0.2, 0.3])}
    two: dict[str, Any] = {"p": np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])}
    # A class for every unit is a label. Next to another label it is left out with a warning.
    np.savez(path, p=plain["p"], classes=np.array([0, 1, 0]))
    scores = open_scores(path).check()
    assert (scores.columns.label, scores.positives, scores.models) == ("classes", 1, ("p",))
    np.savez(path, **plain, classes=np.array([0, 1, 0]))
    scores = open_scores(path).check()
    assert (scores.columns.label, scores.models, left_out(scores)) == (
        "y_true",
        ("p",),
        {"classes"},
    )
    # A file stores the class names of its classifier.
    for known in (np.array(["ok", "nok"]), np.array([0, 1]), np.array(2)):
        np.savez(path, **plain, classes=known)
        scores = open_scores(path).check()
        assert (scores.models, left_out(scores)) == (("p",), {"classes"})
    np.savez(path, **plain | two, classes=np.array([0, 1, 2]))
    assert refusal(path).code == "E_SHAPE"
    np.savez(path, **plain | two, classes=np.array([0, 1]))
    assert left_out(open_scores(path).check()) == {"p_0"}


def test_single_values_are_left_out_with_a_warning(tmp_path):
    np.savez(tmp_path / "f.npz", **GOOD, threshold=np.array(0.5), version="7")
    assert left_out(open_scores(tmp_path / "f.npz").check()) == {"threshold", "version"}


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def member(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def header(shape):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([("../a.npy", member(GOOD["a"]))], "E_NAME"),
        ([("c:\\a.npy", member(GOOD["a"]))], "E_NAME"),
        ([("a.txt", b"x")], "E_FORMAT"),
        ([("a.npy", b"not an array")], "E_FORMAT"),
        ([("a.npy", b"")], "E_FORMAT"),
        ([("a.npy", member(GOOD["a"])), ("a.npy", member(GOOD["a"]))], "E_DUPCOL"),
        ([("a.npy", header((10**12,)))], "E_SIZE"),
        ([("a.npy", header((3,)) + bytes(16))], "E_SIZE"),
        ([("a.npy", header((1 << 24,)) + bytes(1 << 27))], "E_SIZE"),
        ([("a.npy", member(np.zeros(3))[:-3] + b"\x80\x04.")], "E_NOLABEL"),
        ([], "E_NOROWS"),
    ],
)
def test_archives_are_checked_before_they_are_read(tmp_path, members, code):
    assert refusal(archive(tmp_path / "f.npz", members)).code == code


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_damage_is_refused_or_harmless(tmp_path_factory, at, value):
    path = tmp_path_factory.mktemp("npz") / "f.npz"
    np.savez_compressed(path, **GOOD)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    try:
        read = table_of(open_scores(path))
    except ScoreError:
        return
    # Names and times in the archive are not covered by its checksums; values are.
    assert read.column(read.num_columns - 1).to_pylist() == [0.1, 0.2]


def test_single_arrays_join_by_row(tmp_path):
    np.save(tmp_path / "y_true.npy", np.array([0, 1, 1]))
    np.save(tmp_path / "forest.npy", np.array([0.1, 0.2, 0.3]))
    scores = open_scores([tmp_path / "forest.npy", tmp_path / "y_true.npy"]).check()
    assert (scores.models, scores.positives) == (("forest",), 2)
    assert "W_ROWORDER" in {p.code for p in scores.problems}
    np.save(tmp_path / "forest.npy", np.array([0.1, 0.2]))
    assert refusal([tmp_path / "forest.npy", tmp_path / "y_true.npy"]).code == "E_JOIN"


@pytest.mark.parametrize("code", [0x110000, 0xFFFFFFFF, 0xD800])
def test_texts_must_be_valid_unicode(tmp_path, code):
    ids = np.array([code, ord("v")], "<u4").view("<U1")
    np.savez(tmp_path / "f.npz", id=ids, label=[0, 1], m=[0.5, 0.25])
    error = error_of(open_scores, tmp_path / "f.npz")
    assert (error.code, error.column) == ("E_ENCODING", "id")
    np.savez(tmp_path / "f.npz", label=[0, 1], m=[[0.5, 0.5], [0.25, 0.75]], classes=ids)
    error = error_of(open_scores, tmp_path / "f.npz")
    assert (error.code, error.column) == ("E_ENCODING", "classes")


def test_bytes_are_ids_if_they_are_utf8(tmp_path):
    ids = ["u1", "ü2", "u3"]
    path = tmp_path / "f.npz"
    np.savez(path, id=np.array([one.encode() for one in ids]), label=[1, 0, 1], a=[0.9, 0.2, 0.7])
    (batch,) = open_scores(path).batches()
    assert batch["id"].to_pylist() == ids
    np.savez(path, id=np.array([b"u1", b"\xff", b"u3"]), label=[1, 0, 1], a=[0.9, 0.2, 0.7])
    error = error_of(open_scores, path)
    assert (error.code, error.column) == ("E_ENCODING", "id")

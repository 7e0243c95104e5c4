"""Tests of the title of files, and of the names of files in problems."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.data.uploads.file_names import storable_names, title_of, with_own_names
from metrics import Problem


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("/somewhere/line_3.csv.gz",), "line 3"),
        ((".scores",), ".scores"),
        (("a.csv", "b.csv"), "a and 1 more"),
        (("a.csv", "b.csv", "c.csv"), "a and 2 more"),
        ((), "scores"),
    ],
)
def test_the_title_is_the_name_of_the_file(files, title):
    assert title_of(files) == title


@pytest.mark.parametrize("given", ["{folder}/a b.csv", "./x/a b.csv"])
def test_problems_name_files_without_their_folders(given, tmp_path):
    file = given.format(folder=tmp_path)
    problem = Problem(
        "E_JOIN", "error", f"only {file} has 'u'", file=file, hint=f"Write {file} again."
    )
    bare = Problem("W_X", "warning", "nothing of files")
    assert with_own_names([problem, bare], (file, "other.csv")) == (
        Problem("E_JOIN", "error", "only a b.csv has 'u'", file="a b.csv", hint="Write a b.csv again."),
        bare,
    )  # fmt: skip


def test_a_path_in_a_message_is_shortened_to_the_file_name(tmp_path):
    problem = Problem(
        "E_INTERNAL", "error", f"got: {tmp_path}/given/a.csv.gz and {tmp_path}/given/a.csv"
    )
    [said] = with_own_names([problem], ("a.csv", "a.csv.gz"), tmp_path / "given")
    assert said.message == "got: a.csv.gz and a.csv"


def test_signs_that_no_file_name_can_have_are_removed():
    names = storable_names(["a\x00b.csv", "\x1b[31mred\n.csv", "\ud800.csv", "\x00"])
    assert names == ("ab.csv", "[31mred.csv", "csv", "scores.csv")


@given(st.lists(st.text(st.characters(), max_size=300), max_size=5))
@example(["\x00.csv", "评" * 200 + ".csv", "../../x.csv", "C:\\scores\\x.csv", "x.csv", "", "."])
def test_uploads_get_names_that_are_valid_in_a_folder(given_names):
    names = storable_names(given_names)
    assert len(set(names)) == len(names) == len(given_names)
    for name in names:
        assert not any(sign in name for sign in "/\x00\n\x7f")
        assert name not in {"", ".", ".."}
        assert len(name.encode()) <= 255
    endings = [(g, n) for g, n in zip(given_names, names, strict=True) if g.endswith("x.csv")]
    assert all(n.endswith("x.csv") for _, n in endings)

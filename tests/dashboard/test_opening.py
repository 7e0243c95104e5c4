"""What an upload may hold, and what candidates may be called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from dashboard.choices import Choices
from dashboard.library import Library
from dashboard.shelf import Shelf
from dashboard.uploads import MAX_FILES
from dashboard.views.data import _named
from dashboard.views.opening import _too_much

MEBI = 1 << 20


@pytest.mark.parametrize(
    ("sizes", "room", "said"),
    [
        ([200 * MEBI], 400 * MEBI, None),
        ([1] * MAX_FILES, 400 * MEBI, None),
        ([1] * (MAX_FILES + 1), 400 * MEBI, f"at most {MAX_FILES} files, got {MAX_FILES + 1}"),
        ([100 * MEBI, 101 * MEBI], 10**9, "at most 200 MB together, got 201"),
        ([200 * MEBI], 400 * MEBI - 1, "must fit into the 419 MB of this server, got 419"),
    ],
    ids=["as large as may be", "as many", "too many", "too large", "no room"],
)
def test_what_exceeds_the_servers_limits_is_refused(tmp_path, sizes, room, said):
    assert st.get_option("server.maxUploadSize") == 200
    library = Library(Shelf(tmp_path, keep_bytes=room), 99)
    draft: dict[str, Any] = {"files": [SimpleNamespace(size=size) for size in sizes]}
    problem = _too_much(library, draft)
    if said is None:
        assert problem is None
    else:
        assert problem is not None
        assert (problem.code, problem.severity) == ("E_SIZE", "error")
        assert said in problem.message
        assert problem.hint


def test_no_two_candidates_have_one_name():
    models = ("a", "b", "c")
    choices = _named(models, "a")(Choices(), " camera ")
    choices = _named(models, "b")(choices, "camera")
    choices = _named(models, "c")(choices, "camera")
    assert choices.names == (("a", "camera"), ("b", "camera (2)"), ("c", "camera (3)"))
    # A name that another model has by itself is taken as well; one given up is free.
    assert dict(_named(models, "a")(Choices(), "b").names) == {"a": "b (2)"}
    choices = _named(models, "a")(choices, "")
    assert dict(_named(models, "c")(choices, "camera").names)["c"] == "camera"
    assert _named(models, "a")(Choices(), "").names == ()

"""Tests of uploads in progress: their limits, their beginning and failure, and reading their files again."""

from __future__ import annotations

import errno
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit

from dashboard.analysis.evidence import transfer
from dashboard.data.library import Library
from dashboard.data.uploads.file_names import storable_names
from dashboard.data.uploads.job import MAX_FILES, MAX_MEGABYTES, problems_of
from dashboard.data.uploads.store import UploadStore
from dashboard.server.audit import Actor
from dashboard.session import drafts, session
from dashboard.views.data import upload_progress
from dashboard.views.data.column_table import with_use
from dashboard.views.data.read_again import can_read_again, read_again
from dashboard.views.data.upload_progress import begin, size_problem
from dashboard.views.data.upload_questions import asks_for_groups
from tests.metrics.grouped_files import grouped

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
def test_uploads_beyond_the_servers_limits_are_refused(tmp_path, sizes, room, said):
    assert streamlit.get_option("server.maxUploadSize") == MAX_MEGABYTES
    library = Library(UploadStore(tmp_path, keep_bytes=room), 99)
    draft: dict[str, Any] = {"files": [SimpleNamespace(size=size) for size in sizes]}
    problem = size_problem(library, draft)
    if said is None:
        assert problem is None
    else:
        assert problem is not None
        assert (problem.code, problem.severity) == ("E_SIZE", "error")
        assert said in problem.message
        assert problem.hint


@pytest.fixture
def library(tmp_path, monkeypatch):
    return Library(UploadStore(tmp_path / "store"), 99)


def draft_of(name):
    file = SimpleNamespace(name=name, size=9, getvalue=lambda: b"id,y,a\nu,1,0.5\nv,0,0.25\n")
    return {"files": [file], "held_out": "unknown", "options": {}, "cancelled": True}


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "no space", "/srv/store"), ValueError("null byte"), RuntimeError("no")],
)
@pytest.mark.parametrize("where", ["_write_given", "UploadJob"])
def test_an_upload_that_cannot_begin_says_so_and_leaves_nothing(
    library, monkeypatch, kept, error, where
):
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(upload_progress, where, fails)
    draft: dict[str, Any] = draft_of("s.csv")
    begin(library, draft, ("s.csv",), is_opening=kept)
    [problem] = draft["problems"]
    assert (problem.code, problem.severity, "upload" in draft) == ("E_FILE", "error", False)
    assert "/srv" not in str(problem)
    assert list((library.upload_store.folder / "incoming").iterdir()) == []
    assert (library.uploads, library.upload_store._held) == ([], {})


def test_an_interrupted_upload_leaves_nothing(library, monkeypatch):
    """Meanwhile a page that begins to be drawn sees that an upload is being started."""
    draft = draft_of("s.csv")
    seen = []

    def interrupted(*_: Any) -> None:
        seen.append("upload" in draft)
        raise KeyboardInterrupt

    monkeypatch.setattr(upload_progress, "_write_given", interrupted)
    with pytest.raises(KeyboardInterrupt):
        begin(library, draft, ("s.csv",), is_opening=True)
    assert (seen, "upload" in draft) == ([True], False)
    assert list((library.upload_store.folder / "incoming").iterdir()) == []


def test_the_owner_is_asked_once_whether_rows_belong_together(library):
    content = grouped("wafer").to_csv(index=False).encode()
    file = SimpleNamespace(name="s.csv", size=len(content), getvalue=lambda: content)
    draft: dict[str, Any] = draft_of("s.csv") | {"files": [file]}
    begin(library, draft, ("s.csv",), is_opening=True)
    upload = draft["upload"]
    problems = problems_of(upload.job.wait())
    assert "wafer" in [column["name"] for column in upload.job.preview["files"][0]["columns"]]
    assert [asks_for_groups(draft, problems) for _ in range(2)] == [True, False]
    assert not asks_for_groups(draft, [])
    upload.close()


def test_a_sample_is_weighted_by_the_column_that_the_form_asks_for(library):
    content = b"id,y,a,chance\nu,1,0.5,1\nv,0,0.25,0.5\n"
    file = SimpleNamespace(name="s.csv", size=len(content), getvalue=lambda: content)
    draft: dict[str, Any] = draft_of("s.csv") | {"files": [file], "audit": " chance "}
    for labels, weight in (("audit", "audit_weight"), ("flagged", None)):
        begin(library, draft | {"labels": labels}, ("s.csv",), is_opening=True)
        assert library.uploads[-1].job.wait()["columns"]["weight"] == weight
        library.uploads[-1].close()


def test_opened_files_are_read_again_with_the_role_that_a_column_is_given(library, monkeypatch):
    content = b"id,y,a,flaw\nu,1,0.5,dust\nv,0,0.25,\n"
    file = SimpleNamespace(name="s.csv", size=len(content), file_id="f", getvalue=lambda: content)
    draft: dict[str, Any] = draft_of("s.csv") | {"files": [file], "options": {"positive": "1"}}
    chosen: list[Any] = []
    monkeypatch.setattr(drafts, "upload_draft", lambda: draft)
    monkeypatch.setattr(session, "open_data", chosen.append)
    monkeypatch.setattr(session, "choose", lambda **choices: chosen.extend(choices.values()))
    monkeypatch.setattr(session, "release_uploads", lambda ids: None)
    monkeypatch.setattr(session, "owner", lambda: "own")
    logged: list[Any] = []
    monkeypatch.setattr(Actor, "log", lambda self, act, **facts: logged.append((act, facts)))

    def opened_as(*labels):
        upload = draft["upload"]
        chosen.clear()
        upload_progress._open(library, draft, upload.job.wait(), upload)
        upload.close()
        assert (*chosen[1:],) == labels
        return library.find(chosen.pop(0), "own")

    begin(library, draft, ("s.csv",), is_opening=True)
    draft["labels"] = "flagged"
    first = opened_as("flagged")
    assert (first.names_kinds, can_read_again(first)) == (False, True)
    read_again(library, first, partial(with_use, first.column_uses, "flaw", "defect_type"))
    assert not can_read_again(first)
    second = opened_as()
    beside = transfer.comparable_datasets(library, second, [first.fingerprint], "own")
    # The same units do not count as other data.
    assert (first.digest, beside) == (second.digest, [])
    assert (second.names_kinds, second.scores.columns.defect_type) == (True, "flaw")
    assert first.fingerprint != second.fingerprint
    uploaded = [("uploaded", {"data": one.fingerprint}) for one in (first, second)]
    assert logged == uploaded  # for the audit log
    monkeypatch.setattr(upload_progress, "MOST_KEPT", 0)
    read_again(library, second, dict)
    assert not can_read_again(opened_as())


def test_a_file_whose_name_cannot_be_stored_is_read(library):
    draft: dict[str, Any] = draft_of("a\x00b.csv")
    begin(library, draft, storable_names(["a\x00b.csv"]), is_opening=False)
    upload = draft["upload"]
    assert upload.job.wait()["ok"]
    upload.close()


def test_a_preview_waits_its_turn_without_blocking_the_page(library):
    for _ in range(library.at_once):
        library.turns.acquire()
    draft: dict[str, Any] = draft_of("s.csv")
    begin(library, draft, ("s.csv",), is_opening=False)
    upload = draft["upload"]
    assert (upload.job.running, upload.job.waiting, library.uploads) == (True, True, [upload])
    library.end_upload(upload)
    assert not upload.place.exists()

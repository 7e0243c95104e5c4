"""Tests that descriptions of stored uploads are written whole, and that unreadable ones are ignored."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from dashboard.data.uploads.metadata import Entry, Named
from dashboard.data.uploads.store import ABOUT, UploadStore
from metrics import Problem, strict_mapping
from metrics.errors import FileName, Option, Wording
from metrics.strict_mapping import StructureError
from tests.dashboard.uploaded import DIGITS, ONE, UNNAMED, entry, without_digest, write_rows
from tests.metrics.full_disk import fill_the_disk


def test_a_description_is_written_atomically(upload_store, monkeypatch):
    kept = entry()
    upload_store.put(kept, write_rows(upload_store), UNNAMED)
    fill_the_disk(monkeypatch)
    with pytest.raises(OSError, match="no space"):
        upload_store.remove(ONE)
    assert without_digest(upload_store.about(ONE)) == kept
    assert [path.name for path in (upload_store.folder / DIGITS).iterdir()] == [ABOUT]


def test_warnings_keep_their_typed_parts(upload_store):
    note = Problem(
        "W_X", "warning", Wording("not in ", FileName("a.csv")), hint=Wording(Option("id"))
    )
    named = Named("scores", ("scores.csv",), (note,))
    kept = replace(entry(), named=named, owners={"mine": named})
    upload_store.put(kept, write_rows(upload_store), UNNAMED)
    found = upload_store.about(ONE)
    for again in (found.named, found.owners["mine"]):
        assert again.problems[0].parts == ("not in ", FileName("a.csv"), Option("id"))


PROBLEM = Problem("W_TRIM", "warning", "some ids").as_dict()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"opened": "yesterday"}, "opened"),
        ({"opened": True}, "opened"),
        ({"opened": float("nan")}, "opened"),
        ({"scale": None}, "scale"),
        ({"columns": ["id"]}, "columns"),
        ({"colour": "red"}, "colour"),
        ({"owners": {"mine": {"title": "scores"}}}, "owners.mine.files"),
        ({"named": {"title": "t", "files": "a.csv", "problems": []}}, "named.files"),
        (
            {"named": {"title": "t", "files": [], "problems": [PROBLEM | {"row": "3"}]}},
            "named.problems.0.row",
        ),
    ],
)
def test_an_invalid_description_is_ignored(upload_store, change, key):
    upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    place = upload_store.folder / DIGITS / ABOUT
    written = json.loads(place.read_text())
    assert upload_store.about(ONE) == strict_mapping.read(Entry, written)
    with pytest.raises(StructureError) as refused:
        strict_mapping.read(Entry, written | change)
    assert refused.value.faults[0].key == key
    place.write_text(json.dumps(written | change))
    assert upload_store.about(ONE) is None


def test_the_description_is_written_before_the_rows(upload_store, monkeypatch):
    rows = write_rows(upload_store)
    fill_the_disk(monkeypatch)
    with pytest.raises(OSError, match="no space"):
        upload_store.put(entry(), rows, UNNAMED)
    assert rows.exists()
    assert not (upload_store.folder / DIGITS).exists()


@pytest.mark.parametrize(
    "text", ["", '{"fingerprint": ', "[]", "{}", "null", '{"problems": [{}], "files": []}']
)
def test_an_unreadable_description_is_ignored(upload_store, text):
    """The description is truncated, or from another version. The server starts anyway."""
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    (place.parent / ABOUT).write_text(text)
    upload_store.tidy()
    assert upload_store.about(ONE) is None
    assert upload_store.rows(ONE) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files of this system")
@pytest.mark.parametrize("how", ["link", "pipe"])
def test_a_pipe_as_description_is_ignored(upload_store, tmp_path, how):
    """Otherwise the server would wait for the pipe or fill its memory at the start."""
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    (place.parent / ABOUT).rename(tmp_path / "elsewhere")
    if how == "link":
        (place.parent / ABOUT).symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(place.parent / ABOUT)
    assert upload_store.about(ONE) is None
    assert upload_store.rows(ONE) is None
    UploadStore(upload_store.folder).tidy()

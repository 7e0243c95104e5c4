"""Tests that rows which were changed after their upload are not shown."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from metrics import open_scores
from tests.dashboard.tables import made
from tests.dashboard.uploaded import restarted
from tests.metrics.opening import table_of


def upload_and_other_rows(library, upload, tmp_path):
    """An upload, the path of its rows, and the path of other valid rows to replace them with."""
    kept = upload(library, made(rows=80, seed=5).write(tmp_path / "first.csv"))
    other = Library(UploadStore(tmp_path / "elsewhere"), max_thresholds=99)
    better = upload(other, made(rows=90, seed=9).write(tmp_path / "second.csv"))
    place = library.upload_store.rows(kept.fingerprint)
    there = other.upload_store.rows(better.fingerprint)
    return kept, place, there


def replace_file(place, other):
    shutil.copy(other, place.with_name("copy")).replace(place)


def overwrite(place, other):
    place.write_bytes(other.read_bytes())


def change_a_byte_at_the_same_times(place, other):
    before, content = place.stat(), bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_link(place, other):
    place.unlink()
    place.symlink_to(other)


def replace_by_pipe(place, other):
    place.unlink()
    os.mkfifo(place)


@pytest.mark.parametrize(
    ("change", "is_restarted"),
    [
        (replace_file, False),
        (replace_by_link, False),
        (replace_by_pipe, False),
        (overwrite, True),
        (change_a_byte_at_the_same_times, True),
    ],
)
def test_replaced_rows_are_not_shown(library, upload, tmp_path, change, is_restarted):
    kept, place, other = upload_and_other_rows(library, upload, tmp_path)
    assert library.find(kept.fingerprint) is not None
    change(place, other)
    server = restarted(library) if is_restarted else library
    gone: list[str] = []
    server.on_gone = gone.append
    for _ in range(2):
        assert server.find(kept.fingerprint) is None
    # A restarted server has not opened the upload, so it has none to forget.
    assert gone == ([] if is_restarted else [kept.fingerprint])
    # A pipe is no stored file, so the upload counts as missing.
    assert server.is_altered(kept.fingerprint) == (change is not replace_by_pipe)
    # A reader can upload the file again.
    upload(server, tmp_path / "first.csv", owner="another")
    found = server.find(kept.fingerprint)
    assert found is not None
    assert not server.is_altered(kept.fingerprint)
    assert table_of(found.scores).equals(table_of(open_scores(tmp_path / "first.csv")))


def test_a_file_is_hashed_once_in_a_process(library, upload, tmp_path, monkeypatch):
    kept = upload(library, made(rows=80, seed=5).write(tmp_path / "s.csv"))
    hashed: list[object] = []

    def is_whole(*given):
        hashed.append(given)
        return True

    monkeypatch.setattr(library.upload_store, "is_whole", is_whole)
    for _ in range(5):
        assert library.find(kept.fingerprint) is not None
    assert hashed == []
    os.utime(library.upload_store.rows(kept.fingerprint))
    for _ in range(5):
        assert library.find(kept.fingerprint) is not None
    assert len(hashed) == 1


def test_a_forged_description_opens_no_other_rows(library, upload, tmp_path):
    """The digest in the description is malformed, or belongs to rows that were replaced."""
    kept, place, other = upload_and_other_rows(library, upload, tmp_path)
    shutil.copy(other, place)
    about = place.parent / "about.json"
    written = json.loads(about.read_text())
    for content in ("0" * 64, written["content"].upper(), "sha256:" + written["content"]):
        about.write_text(json.dumps(written | {"content": content}))
        assert restarted(library).find(kept.fingerprint) is None

"""Tests of the library: titles, finding data by fingerprint, owners, expiry and replaced rows."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from dashboard.data.library import fingerprint_of
from dashboard.data.uploads.job import UploadJob
from metrics import open_scores
from tests.dashboard.tables import made
from tests.dashboard.uploaded import OWNER, restarted, store_file
from tests.metrics.opening import table_of


def test_an_upload_is_found_by_its_fingerprint_also_after_a_restart(library, upload, tmp_path):
    file = made(("net", "tree"), seed=4).write(tmp_path / "own_scores.csv")
    kept = upload(library, file, "out-of-fold", models=["tree", "net"])
    direct = open_scores(file, models=["tree", "net"])
    assert kept.fingerprint == fingerprint_of(direct.fingerprint, "out-of-fold")
    for server in (library, restarted(library)):
        found = server.find(kept.fingerprint)
        assert (found.title, found.files) == ("own scores", ("own_scores.csv",))
        assert (found.origin, found.scores.held_out) == ("upload", "out-of-fold")
        assert found.scores.models == ("tree", "net")
        assert table_of(found.scores).equals(table_of(direct))
        assert found is server.find(kept.fingerprint)
        assert server.find(None) is server.first is not found


def test_the_meaning_of_scores_of_an_upload_survives_a_restart(library, upload, tmp_path):
    (tmp_path / "s.csv").write_text(
        "id,label,net,decision,w,note\nu1,1,0.9,1,1,a\nu2,0,0.8,0,2,b\nu3,1,0.7,0,3,c\nu4,0,0.6,1,1,d\n"
    )
    options: dict[str, Any] = {
        "scores_of": ["net=predicted"],
        "decision": "decision",
        "ignore": ["w"],
    }
    kept = upload(library, tmp_path / "s.csv", **options)
    direct = open_scores(tmp_path / "s.csv", **options)
    plain = open_scores(tmp_path / "s.csv", scores_of="defect", ignore=["w"])
    assert kept.fingerprint == direct.fingerprint != plain.fingerprint
    found = restarted(library).find(kept.fingerprint)
    assert table_of(found.scores).column("net").to_pylist() == pytest.approx([0.9, 0.2, 0.3, 0.6])
    assert found.column_uses == direct.uses
    assert [(c.name, c.use, c.why, c.scores_of) for c in found.column_uses] == [
        ("id", "id", None, "defect"),
        ("label", "label", None, "defect"),
        ("net", "models", None, "predicted"),
        ("decision", "decision", None, "defect"),
        ("w", "ignore", "it is named as not used", "defect"),
        ("note", "ignore", "it is text", "defect"),
    ]


def test_warnings_about_an_upload_have_the_owners_file_names(library, upload, tmp_path):
    file = tmp_path / "few.csv"
    file.write_text("id;result;a\nu1;NOK;0.5\nu2;OK;0.25\n")
    kept = upload(library, file, label="result", positive="NOK")
    assert {p.code for p in kept.problems} >= {"W_DIALECT", "W_FEWPOSITIVES"}
    assert {p.file for p in kept.problems} <= {"few.csv", None}
    assert restarted(library).find(kept.fingerprint).problems == kept.problems
    assert (kept.entry.columns["label"], kept.entry.columns["positive"]) == ("result", "NOK")


def test_the_same_file_with_other_options_is_other_data(library, upload, tmp_path):
    file = tmp_path / "two.csv"
    file.write_text("id,label,a\nu1,NOK,0.5\nu2,OK,0.25\n")
    first, second = (upload(library, file, positive=value) for value in ("NOK", "OK"))
    assert first.fingerprint != second.fingerprint
    labels = [table_of(library.find(d.fingerprint).scores).column(1) for d in (first, second)]
    assert [column.to_pylist() for column in labels] == [[1, 0], [0, 1]]


def test_a_removed_upload_cannot_be_found(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept, later = upload(library, file), restarted(library)
    assert later.find(kept.fingerprint) is not None
    assert library.remove(kept.fingerprint, OWNER)
    # A server that had opened it before does not find it either.
    for server in (library, later, restarted(library)):
        assert server.find(kept.fingerprint) is None
        assert server.upload_store.about(kept.fingerprint).named.files == ("own.csv",)
    assert upload(library, file).fingerprint == kept.fingerprint
    assert library.find(kept.fingerprint) is not None


def test_data_stored_again_is_opened_again_by_another_server(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept, later = upload(library, file), restarted(library)
    seen = later.find(kept.fingerprint)
    assert library.remove(kept.fingerprint, OWNER)
    os.utime(shutil.copy(file, tmp_path / "anew.csv"), (1e9, 1e9))
    upload(library, tmp_path / "anew.csv")
    os.utime(library.upload_store.rows(kept.fingerprint), (1e9, 1e9))
    found = later.find(kept.fingerprint)
    assert found is not seen
    assert (found.title, table_of(found.scores)) == ("anew", table_of(open_scores(file)))


def test_an_uploaded_audit_sample_counts_with_its_weights(library, tmp_path):
    source = tmp_path / "audit.csv"
    rows = ["u1,1,0.9,1", "u2,0,0.8,1", "u3,1,0.2,0.25", "u4,0,0.1,0.25", "u5,,0.3,", "u6,,0.2,0"]
    source.write_text("\n".join(["id,label,a,chance", *rows]) + "\n")
    dataset = store_file(library, source, tmp_path / "given", audit="chance")
    [batch] = dataset.scores.batches()
    assert batch["id"].to_pylist() == ["u1", "u2", "u3", "u4"]
    assert batch["weight"].to_pylist() == [1, 1, 4, 4]
    assert dataset.labels_from == "audit"
    refused = UploadJob([source], {"audit": "id"}, None).wait()
    assert (refused["ok"], [p["code"] for p in refused["problems"]]) == (False, ["E_AUDIT"])


def test_files_of_the_command_line_never_expire(library, upload, path):
    """A reader who uploads and deletes the same file does not delete the server's data."""
    first = library.first
    assert upload(library, path).fingerprint == first.fingerprint
    assert library.find(first.fingerprint) is first
    assert not library.remove(first.fingerprint, OWNER)
    assert library.find(first.fingerprint) is library.first is first

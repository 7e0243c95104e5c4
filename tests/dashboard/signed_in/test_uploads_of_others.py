"""Tests that only administrators delete and keep the uploads of others."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.signed_in.acts import OPS, PEOPLE


def test_only_administrators_delete_uploads_of_others(visit, people_file, library, store_upload):
    upload = store_upload("of eve")
    page = visit("ana@example.com", "data", data=upload)
    assert f"delete_{upload}" not in [button.key for button in page.app.button]
    assert "stored_uploads" not in [box.key for box in page.app.selectbox]
    page = visit(OPS, "data", data=upload)
    people_file.write_text("")
    page.press(f"delete_{upload}")
    assert library.find(upload) is not None
    people_file.write_text(PEOPLE)
    visit(OPS, "data", data=upload).press(f"delete_{upload}")
    assert library.find(upload) is None


def test_administrators_choose_an_upload_whose_link_they_do_not_have(
    visit, people_file, library, store_upload
):
    _, kept = (store_upload(f"shift {k}", seed=k) for k in (1, 2))
    page = visit(OPS, "data")
    names = page.app.selectbox(key="stored_uploads").options
    assert [name[:22] for name in names] == ["shift 2 (shift 2.csv),", "shift 1 (shift 1.csv),"]
    page.set("selectbox", "stored_uploads", kept)
    people_file.write_text("")
    page.press(f"delete_stored_{kept}")
    assert library.find(kept) is not None
    people_file.write_text(PEOPLE)
    page.run()
    page.set("selectbox", "stored_uploads", kept).press(f"delete_stored_{kept}")
    assert library.find(kept) is None
    assert len(page.app.selectbox(key="stored_uploads").options) == 1


def test_administrators_extend_the_time_of_an_upload(
    visit, people_file, library, store_upload, tmp_path
):
    kept = store_upload("night")
    about = tmp_path / "library" / kept[7:] / "about.json"
    written = json.loads(about.read_text())
    about.write_text(json.dumps(written | {"opened": written["opened"] - 86_400 * 36_000}))
    for roles, days in (("", 36_000), (PEOPLE, 0)):
        people_file.write_text(PEOPLE)
        page = visit(OPS).turn("data").set("selectbox", "stored_uploads", kept)
        people_file.write_text(roles)
        page.press(f"renew_{kept}")
        found = json.loads(about.read_text())
        assert library.upload_store.clock.now() - found["opened"] == pytest.approx(
            86_400 * days, abs=600
        )
    assert "is kept for 36500 days from now" in page.notices
    assert found == written | {"opened": found["opened"]}

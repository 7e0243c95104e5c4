"""Another's upload: who has its link sees it and cannot delete it; who guesses sees nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.util import calc_hash

from tests.dashboard.pages import Page

OLD = Path(__file__).parents[1] / "fixtures" / "v0_1"
KNOWN = json.loads((OLD / "library.json").read_text(encoding="utf-8"))
UPLOAD, DELETED = KNOWN["upload"], KNOWN["deleted"]
DIGITS = UPLOAD.removeprefix("sha256:")


@pytest.fixture
def library(tmp_path):
    return shutil.copytree(OLD / "library", tmp_path / "library")


@pytest.fixture
def visit(folder, library, monkeypatch):
    """Follow a link, as somebody who uploaded nothing."""

    def follow(**link: str) -> Page:
        places = ["--library", str(library), "--keep-days", "36500"]
        register = ["--register", str(library.parent / "r.sqlite")]
        return Page(monkeypatch, str(folder / "four.csv"), *places, *register, link=link)

    return follow


def test_who_has_the_link_sees_an_upload_and_cannot_delete_it(visit, library):
    page = visit(data=UPLOAD)
    assert page.messages != []
    assert page.link["data"] == UPLOAD
    page.app._page_hash = calc_hash("data")
    keys = [button.key for button in page.run().app.button]
    assert f"open_{UPLOAD}" in keys
    assert f"delete_{UPLOAD}" not in keys
    assert (library / DIGITS / "scores.parquet").exists()


@pytest.mark.parametrize(
    "guessed",
    [
        f"sha256:{'0' * 64}",
        UPLOAD[:-1] + ("0" if UPLOAD[-1] != "0" else "1"),
        UPLOAD[:-1],
        UPLOAD.upper(),
        DIGITS,
        f"{UPLOAD} ",
        f"sha256:../library/{DIGITS}",
        f"sha256:{DIGITS}/../{DIGITS}",
        "sha256:*",
        "",
    ],
)
def test_who_guesses_sees_nothing(visit, guessed):
    page = visit(data=guessed)
    assert page.messages == []
    assert "not here" in page.app.title[0].value
    assert "names data that this server has not seen" in page.notices
    assert "monday" not in page.notices


def test_an_old_link_tells_what_is_missing_and_shows_nothing_of_it(visit, library):
    page = visit(data=DELETED)
    assert page.messages == []
    assert "has been removed since" in page.notices


@pytest.mark.parametrize(
    "guessed", ["0" * 32, "../links/key", "key", "*", "e32ac8add1e2cf823f5e9aeb1678d3f"]
)
def test_who_guesses_what_a_long_link_said_is_told_nothing(visit, guessed):
    page = visit(kept=guessed)
    assert "not kept on this server" in page.notices
    assert page.link.get("notes") is None


def test_rows_that_were_swapped_are_shown_by_no_page(visit, library):
    """A digest is noted of an upload of the earlier version when it is opened first."""
    assert visit(data=UPLOAD).messages != []
    about = json.loads((library / DIGITS / "about.json").read_text())
    assert about["content_known"] == "first opening"
    place = library / DIGITS / "scores.parquet"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    page = visit(data=UPLOAD)
    assert page.messages == []
    assert "was changed on the server" in page.app.title[0].value
    assert "nothing of it is shown" in page.notices

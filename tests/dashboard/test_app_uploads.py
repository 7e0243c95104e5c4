"""Tests of other people's uploads: a link shows but cannot delete them, and guessing finds nothing."""

from __future__ import annotations

import shutil

import pytest

from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.identity import Person
from dashboard.session import session
from tests.dashboard.pages import Page, page_text
from tests.dashboard.tables import made
from tests.dashboard.uploaded import fill_folder, store_file


@pytest.fixture(scope="module")
def filled_library(tmp_path_factory):
    """Library, and the fingerprints of its upload and of a removed one."""
    place = tmp_path_factory.mktemp("filled")
    return place / "library", *fill_folder(place / "library", place)


@pytest.fixture
def library(filled_library, tmp_path):
    return shutil.copytree(filled_library[0], tmp_path / "library")


@pytest.fixture
def uploaded(filled_library):
    return filled_library[1]


@pytest.fixture
def visit(folder, library, monkeypatch):
    """Follow a link as a reader who uploaded nothing."""

    def follow(**link: str) -> Page:
        places = ["--library", str(library), "--keep-days", "36500"]
        register = ["--register", str(library.parent / "r.sqlite")]
        return Page(
            monkeypatch,
            str(folder / "four.csv"),
            *places,
            *register,
            link={"intervals": "off"} | link,
        )

    return follow


def test_a_link_shows_an_upload_and_cannot_delete_it(visit, library, uploaded):
    page = visit(data=uploaded)
    assert page.messages != []
    assert page.link["data"] == uploaded
    keys = [button.key for button in page.turn("data").app.button]
    assert f"open_{uploaded}" in keys
    assert f"delete_{uploaded}" not in keys
    assert (library / uploaded.removeprefix("sha256:") / "scores.parquet").exists()


def test_owners_delete_their_upload_from_any_page(visit, library, tmp_path, monkeypatch):
    store = Library(UploadStore(library, keep_days=36_500), max_thresholds=4096)
    monkeypatch.setattr(session, "visitor", lambda: Person("ann@example.com"))
    path = made(rows=300, seed=9).write(tmp_path / "of ann.csv")
    own = store_file(store, path, tmp_path / "own", owner=session.owner()).fingerprint
    monkeypatch.setattr(session, "visitor", lambda: Person("bob@example.com"))
    assert f"delete_{own}" not in [one.key for one in visit(data=own).turn("data").app.button]
    monkeypatch.setattr(session, "visitor", lambda: Person("ann@example.com"))
    page = visit(data=own).turn("data")
    assert "You are signed in as ann@example.com." in page_text(page)
    page.press(f"delete_{own}")
    assert store.find(own) is None


@pytest.mark.parametrize(
    "guess",
    [
        lambda digits: f"sha256:{'0' * 64}",
        lambda digits: f"sha256:{digits[:-1]}{'1' if digits[-1] == '0' else '0'}",
        lambda digits: f"sha256:{digits[:-1]}",
        lambda digits: f"SHA256:{digits.upper()}",
        lambda digits: digits,
        lambda digits: f"sha256:{digits} ",
        lambda digits: f"sha256:../library/{digits}",
        lambda digits: f"sha256:{digits}/../{digits}",
        lambda digits: "sha256:*",
        lambda digits: "",
    ],
)
def test_guessed_addresses_show_nothing(visit, uploaded, guess):
    page = visit(data=guess(uploaded.removeprefix("sha256:")))
    assert page.messages == []
    assert "not here" in page.app.title[0].value
    assert "names data that this server has not seen" in page.notices
    assert "monday" not in page.notices


def test_a_link_to_a_removed_upload_says_only_that_it_is_missing(visit, filled_library):
    page = visit(data=filled_library[2])
    assert page.messages == []
    assert "has been removed since" in page.notices


@pytest.mark.parametrize(
    "guessed", ["0" * 32, "../links/key", "key", "*", "e32ac8add1e2cf823f5e9aeb1678d3f"]
)
def test_guessed_long_links_show_nothing(visit, guessed):
    page = visit(kept=guessed)
    assert "does not have the choices of this link" in page.notices
    assert page.link.get("notes") is None


def test_replaced_rows_are_shown_on_no_page(visit, library, uploaded):
    assert visit(data=uploaded).messages != []
    place = library / uploaded.removeprefix("sha256:") / "scores.parquet"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    page = visit(data=uploaded)
    assert page.messages == []
    assert "was changed on the server" in page.app.title[0].value
    assert "nothing of it is shown" in page.notices

"""Fixtures of a server on which people sign in."""

from __future__ import annotations

import pytest

from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.register import Register
from dashboard.server.audit import Actor
from tests.dashboard.pages import Page
from tests.dashboard.signed_in.acts import PEOPLE, sign_in
from tests.dashboard.tables import made
from tests.dashboard.uploaded import store_file


@pytest.fixture
def people_file(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(PEOPLE)
    return path


@pytest.fixture
def server_options(tmp_path, people_file):
    """Command line of a server with sign-in, without its score file."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text("5e" * 32)
    return [
        *("--identity-header", "X-Forwarded-Email", "--identity-secret-file", str(secret)),
        *("--people", str(people_file), "--library", str(tmp_path / "library")),
        *("--register", str(tmp_path / "decisions.sqlite"), "--keep-days", "36500"),
    ]


@pytest.fixture(autouse=True)
def _own_key_of_the_seals(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def register(tmp_path):
    return Register(tmp_path / "decisions.sqlite")


@pytest.fixture
def visit(folder, server_options, monkeypatch):
    """Open the app as a person who is signed in."""

    def start(who: str, at: str = "", **link: str) -> Page:
        sign_in(monkeypatch, who)
        return Page(monkeypatch, str(folder / "four.csv"), *server_options, link=link, at=at)

    return start


@pytest.fixture
def library(tmp_path):
    return Library(UploadStore(tmp_path / "library", keep_days=36_500), max_thresholds=4096)


@pytest.fixture
def store_upload(library, tmp_path):
    """Store an upload of another owner; return its fingerprint."""

    def store(name: str, seed: int = 9) -> str:
        path = made(rows=300, seed=seed).write(tmp_path / f"{name}.csv")
        return str(store_file(library, path, tmp_path / name).fingerprint)

    return store


@pytest.fixture
def audit_entries(monkeypatch):
    """Entries of the audit log: act, identity, and facts."""
    logged: list[tuple[str, str, dict[str, str | int]]] = []
    monkeypatch.setattr(
        Actor, "log", lambda self, act, **facts: logged.append((act, self.identity, facts))
    )
    return logged

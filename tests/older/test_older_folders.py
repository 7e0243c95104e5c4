"""What version 0.1.0 left in the user's folders is found there.

Where those folders were is said here once more, in full: it must not follow from the code of today.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.older.doors import FOR_EVER, OLD, open_app, shown, told
from tests.older.test_older_decisions import EXPORTS
from tests.older.test_older_links import KEPT, LINKS

READ = LINKS["default"]["arguments"]


@dataclass(frozen=True)
class Folders:
    """Where version 0.1.0 kept uploads and long links, decisions, and tallies."""

    library: Path
    register: Path
    cache: Path


def folders_of_0_1(environment: dict[str, str], cwd: Path) -> Folders:
    """The three rules of then."""
    home = Path(environment["HOME"])
    data = environment.get("XDG_DATA_HOME", "")
    # Taken as it stands, from the working directory where it is relative.
    data_home = cwd / data if data else home / ".local" / "share"
    named = environment.get("COMMON_GROUND_LIBRARY", "")
    library = cwd / named if named else data_home / "common-ground"
    # Passed over where it is relative.
    cache = Path(environment.get("XDG_CACHE_HOME", ""))
    cache_home = cache if cache.is_absolute() else home / ".cache"
    return Folders(
        library, data_home / "common-ground" / "decisions.sqlite", cache_home / "common-ground"
    )


ENVIRONMENTS = {
    "home alone": {},
    "empty": {"XDG_DATA_HOME": "", "XDG_CACHE_HOME": "", "COMMON_GROUND_LIBRARY": ""},
    "folders of one's own": {"XDG_DATA_HOME": "{place}/data", "XDG_CACHE_HOME": "{place}/cache"},
    "relative": {"XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"},
    "a library of its own": {"COMMON_GROUND_LIBRARY": "{place}/shared uploads"},
}


@pytest.fixture(params=ENVIRONMENTS, ids=str)
def left(request, home, monkeypatch, tmp_path):
    """The folders as version 0.1.0 left them, in one environment."""
    given = {k: v.format(place=tmp_path) for k, v in ENVIRONMENTS[request.param].items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    cwd = tmp_path / "work"
    shutil.copytree(OLD / "scores", cwd / "scores")
    monkeypatch.chdir(cwd)
    folders = folders_of_0_1({"HOME": str(home), **given}, cwd)
    shutil.copytree(OLD / "library", folders.library, dirs_exist_ok=True)
    folders.register.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(OLD / "decisions/decisions.sqlite", folders.register)
    shutil.copytree(OLD / "cache", folders.cache)
    # Each app is one of its own: what a server has opened it keeps by its command line.
    own = tmp_path / "own.csv"
    shutil.copy(OLD / "scores/plain.csv", own)
    return own


def test_decisions_are_found(left, capsys, monkeypatch):
    status, answer = told(capsys, "verify")
    assert (status, answer["decisions"], answer["head"]) == (0, 2, EXPORTS[2]["hash"])
    app = open_app(monkeypatch, left, *FOR_EVER, page="decisions")
    for export in EXPORTS.values():
        assert " ".join(export["decision"]["why"].split()) in shown(app)


def test_uploads_are_found(left, monkeypatch):
    for name, rows in (("upload", 120), ("upload_of_a_tally", 120)):
        app = open_app(monkeypatch, left, *FOR_EVER, link=f"data={KEPT[name]}", page="data")
        text = shown(app)
        assert "not here" not in text
        assert f"{rows} units" in text
    app = open_app(monkeypatch, left, *FOR_EVER, link=f"data={KEPT['deleted']}")
    assert "gone panels.csv" in shown(app)


def test_long_links_are_found(left, capsys, tmp_path):
    out = tmp_path / "report.html"
    status, _ = told(capsys, "report", *READ, "--link", f"?{KEPT['short_link']}", "-o", out)
    assert status == 0


def test_a_tally_that_was_kept_does_no_harm(left, monkeypatch):
    app = open_app(monkeypatch, left, *FOR_EVER, page="data")
    assert "120 units" in shown(app)


def test_what_is_laid_out_is_all_there_is():
    """Each part of the fixture is one of those above."""
    parts = {path.name for path in (OLD / "library").iterdir()}
    digests = {KEPT[name].partition(":")[2] for name in ("upload", "upload_of_a_tally", "deleted")}
    assert parts == digests | {"links"}
    assert json.loads((OLD / "library" / KEPT["upload"][7:] / "about.json").read_text())["owners"]

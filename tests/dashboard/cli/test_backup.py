"""Tests that a backup is restored byte by byte, and that an invalid or failed one leaves nothing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.data.folder_locks import hold
from dashboard.data.installation_keys import existing_seal_key, read_or_create_seal_key
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from tests.dashboard.decided import DECISION, recorded
from tests.dashboard.signatures import KEY, agree, proposal, propose
from tests.dashboard.uploaded import fill
from tests.small_disk import small_disk


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Library with uploads and links."""
    place = tmp_path_factory.mktemp("filled")
    fill(place / "library", place)
    return place / "library"


@pytest.fixture
def places(filled, tmp_path, monkeypatch):
    """Register of three decisions, and a library with uploads, links, and an unfinished upload."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    register, library = tmp_path / "one" / "decisions.sqlite", tmp_path / "library"
    recorded(register, 3)
    shutil.copytree(filled, library)
    (library / "incoming" / "half").mkdir(parents=True)
    (library / "incoming" / "half" / "file.csv").write_text("half")
    return register, library


def named(register: Path, library: Path) -> list[str]:
    return ["--register", str(register), "--library", str(library)]


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "half" not in path.parts and path.name != "clock.json"
    }


def refused(backup: Path, run, code: str = "E_BACKUP") -> str:
    """Assert that a backup is not restored and leaves nothing; return the message."""
    new = backup.parent / "new"
    status, output = run("restore", backup, *named(new / "r.sqlite", new / "library"))
    assert (status, output["problems"][0]["code"]) == (2, code)
    assert hashes(new) == {}
    assert not list(backup.parent.rglob(".common-ground*"))
    return str(output["problems"][0]["message"])


def test_a_restored_backup_has_equal_hashes(places, tmp_path, run):
    register, library = places
    status, output = run("backup", tmp_path / "b", *named(*places))
    head = Register(register).all()[-1].hash
    assert (status, output["decisions"], output["head"]) == (0, 3, head)
    again = tmp_path / "new" / "decisions.sqlite", tmp_path / "new" / "library"
    status, output = run("restore", tmp_path / "b", *named(*again))
    assert (status, output["decisions"], output["head"]) == (0, 3, head)
    assert hashes(again[1]) == hashes(library) != {}
    found = verify(again[0])
    assert (found.decisions, found.head, found.problems) == (3, head, ())
    assert [one.as_dict() for one in Register(again[0]).all()] == [
        one.as_dict() for one in Register(register).all()
    ]
    for path in (tmp_path / "b", *(tmp_path / "new").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not list(tmp_path.rglob(".common-ground*"))
    # The restored register accepts new decisions.
    kept = ChainHeadFile(tmp_path / "state" / "common-ground" / "heads", again[0])
    assert Register(again[0], kept).append(DECISION, "the next").number == 4


def test_a_backup_carries_signatures(places, tmp_path, run):
    made = propose(Register(places[0]))
    agree(Register(places[0]), made.hash, "data", "ana")
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    again = tmp_path / "new" / "decisions.sqlite", tmp_path / "new" / "library"
    assert run("restore", tmp_path / "b", *named(*again))[0] == 0
    assert proposal(Register(again[0])).waits_for == ("product", "executive")
    assert verify(again[0], seal_key=KEY).problems == ()


@pytest.mark.parametrize("has_own", [False, True])
def test_a_backup_carries_the_key_of_the_seals_if_both_sides_ask_for_it(
    places, tmp_path, run, monkeypatch, has_own
):
    key = read_or_create_seal_key()
    for name, more in (("b", ["--with-key"]), ("without", [])):
        assert run("backup", tmp_path / name, *named(*places), *more)[0] == 0
    assert "register/signatures.key" not in hashes(tmp_path / "without")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    own = read_or_create_seal_key() if has_own else b""
    for name, more, expected in (("b", [], 0), ("without", ["--with-key"], 2)):
        new = tmp_path / f"new {name}"
        again = named(new / "d.sqlite", new / "library")
        assert run("restore", tmp_path / name, *again, *more)[0] == expected
        assert (new / "d.sqlite").exists() == (expected == 0)
        assert (existing_seal_key() or b"") == own
    for k in (2, 3):  # after two restores the key exists once
        again = named(tmp_path / f"{k}" / "d.sqlite", tmp_path / f"{k}" / "library")
        assert run("restore", tmp_path / "b", *again, "--with-key")[0] == 0
        assert existing_seal_key() == own + key


def test_a_backup_with_the_key_is_refused_on_a_server_without_one(places, tmp_path, run):
    status, output = run("backup", tmp_path / "b", *named(*places), "--with-key")
    assert (status, output["problems"][0]["code"]) == (2, "E_BACKUP")
    assert existing_seal_key() is None
    assert not (tmp_path / "b").exists()


def test_another_key_in_a_backup_is_refused(places, tmp_path, run):
    key = read_or_create_seal_key()
    assert run("backup", tmp_path / "b", *named(*places), "--with-key")[0] == 0
    (tmp_path / "b" / "register" / "signatures.key").write_bytes(b"short")
    listed(tmp_path / "b")
    again = tmp_path / "new" / "decisions.sqlite", tmp_path / "new" / "library"
    status, output = run("restore", tmp_path / "b", *named(*again), "--with-key")
    assert (status, output["problems"][0]["code"]) == (2, "E_REGISTER")
    assert existing_seal_key() == key
    assert not again[0].exists()


def test_a_key_is_not_restored_if_its_register_is_refused(places, tmp_path, run, monkeypatch):
    read_or_create_seal_key()
    assert run("backup", tmp_path / "b", *named(*places), "--with-key")[0] == 0
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    again = tmp_path / "new" / "decisions.sqlite", tmp_path / "new" / "library"

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("dashboard.cli.backup._move", full)
    assert run("restore", tmp_path / "b", *named(*again), "--with-key")[0] == 2
    assert existing_seal_key() is None
    assert not list(again[1].iterdir())


@pytest.mark.parametrize("is_one", [False, True])
def test_a_backup_carries_the_tallies_of_decisions(places, tmp_path, run, is_one):
    library = places[1]
    register = library / "decisions.sqlite" if is_one else places[0]
    if is_one:
        recorded(register, 1)
    digest = Register(register).tallies.put(b"counts")
    assert run("backup", tmp_path / "b", *named(register, library))[0] == 0
    assert not list((tmp_path / "b" / "library").glob("decisions*"))
    again = tmp_path / "new" / "decisions.sqlite"
    assert run("restore", tmp_path / "b", *named(again, tmp_path / "new"))[0] == 0
    assert Register(again).tallies.read(digest) == b"counts"


def test_a_tally_under_the_hash_of_another_is_refused(places, tmp_path, run):
    Register(places[0]).tallies.put(b"counts")
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    [tally] = (tmp_path / "b" / "register" / "tallies").iterdir()
    tally.write_bytes(b"others")
    listed(tmp_path / "b")
    assert "another tally" in refused(tmp_path / "b", run)


def test_register_and_uploads_in_one_folder_are_restored_into_one(
    filled, tmp_path, monkeypatch, run
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    shutil.copytree(filled, tmp_path / "data")
    recorded(tmp_path / "data" / "decisions.sqlite", 2)
    one = named(tmp_path / "data" / "decisions.sqlite", tmp_path / "data")
    assert run("backup", tmp_path / "b", *one)[0] == 0
    other = named(tmp_path / "other" / "decisions.sqlite", tmp_path / "other")
    assert run("restore", tmp_path / "b", *other)[0] == 0
    left = hashes(tmp_path / "other")
    left.pop("decisions.sqlite")
    assert left == hashes(filled)
    assert len(Register(tmp_path / "other" / "decisions.sqlite").all()) == 2


def test_a_backup_is_taken_while_others_write(places, tmp_path, run):
    """Some decisions are only in the write-ahead log."""
    register, _ = places
    connection = sqlite3.connect(register)
    connection.execute("SELECT count(*) FROM decisions").fetchone()
    Register(register).append(DECISION, "in the log")
    assert Path(f"{register}-wal").stat().st_size > 0
    assert run("backup", tmp_path / "b", *named(*places))[1]["decisions"] == 4
    connection.close()


def test_a_changed_register_is_not_backed_up(places, tmp_path, run):
    register, _ = places
    data = register.read_bytes()
    register.write_bytes(data.replace(b"reason 1", b"reason 9"))
    status, output = run("backup", tmp_path / "b", *named(*places))
    assert (status, {problem["code"] for problem in output["problems"]}) == (2, {"E_CHAIN"})
    assert not (tmp_path / "b").exists()


def test_a_missing_register_is_not_backed_up(places, tmp_path, run):
    """The shell of another user than the server's has no register."""
    none = tmp_path / "elsewhere" / "decisions.sqlite"
    status, output = run("backup", tmp_path / "b", *named(none, places[1]))
    [problem] = output["problems"]
    assert (status, problem["code"], problem["file"]) == (2, "E_FILE", str(none))
    assert "--register and --library" in problem["hint"]
    assert not (tmp_path / "b").exists()


def test_existing_files_are_never_overwritten(places, tmp_path, run):
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    assert run("backup", tmp_path / "b", *named(*places))[1]["problems"][0]["code"] == "E_BACKUP"
    before = hashes(tmp_path)
    assert run("restore", tmp_path / "b", *named(*places))[1]["problems"][0]["code"] == "E_BACKUP"
    elsewhere = named(tmp_path / "new.sqlite", places[1])
    assert run("restore", tmp_path / "b", *elsewhere)[0] == 2
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("change", ["changed", "gone", "besides", "list", "link"])
def test_a_backup_that_contradicts_its_list_is_refused(places, tmp_path, run, change):
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    [first, *_] = sorted((tmp_path / "b" / "library").rglob("scores.parquet"))
    if change == "changed":
        first.write_bytes(first.read_bytes()[:-1] + b"?")
    elif change == "gone":
        first.unlink()
    elif change == "besides":
        (first.parent / "more").write_text("more")
    elif change == "link":
        first.rename(tmp_path / "rows")
        first.symlink_to(tmp_path / "rows")
    else:
        (tmp_path / "b" / "backup.json").write_text("{}")
    refused(tmp_path / "b", run)


def listed(backup: Path, **said: object) -> None:
    """Make a backup's list match its files, with changed facts of the register."""
    found = json.loads((backup / "backup.json").read_text())
    files = {name: digest for name, digest in hashes(backup).items() if name != "backup.json"}
    (backup / "backup.json").write_text(json.dumps(found | {"files": files} | said))


@pytest.mark.parametrize(
    "name",
    ["library/decisions.sqlite", "library/clock.json", "library/incoming/x", "library/.x/y",
     "library/a/b/c", "register/decisions.sqlite-wal", "register/more", "more"],
)  # fmt: skip
def test_files_that_no_backup_holds_are_refused_even_if_listed(places, tmp_path, run, name):
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    (tmp_path / "b" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "b" / name).write_bytes(b"")
    listed(tmp_path / "b")
    refused(tmp_path / "b", run)


@pytest.mark.parametrize("change", ["no register", "no head"])
def test_a_list_with_fewer_decisions_than_the_register_is_refused(places, tmp_path, run, change):
    assert run("backup", tmp_path / "b", *named(*places))[0] == 0
    if change == "no register":
        (tmp_path / "b" / "register" / "decisions.sqlite").unlink()
        listed(tmp_path / "b", decisions=0)
    else:
        listed(tmp_path / "b", decisions=0, head=None)
    refused(tmp_path / "b", run)


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from dashboard.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="no limits on files")
def test_a_file_size_limit_leaves_no_partial_backup(places, tmp_path):
    target = tmp_path / "backups"
    target.mkdir()
    command = [sys.executable, "-c", LIMITED, "backup", str(target / "b"), *named(*places)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "room" in done.stderr
    assert list(target.iterdir()) == []


def test_a_full_disk_leaves_no_partial_backup(places, tmp_path, run):
    assert run("backup", tmp_path / "good", *named(*places))[0] == 0
    with small_disk(tmp_path, "64k") as place:
        if place is None:
            pytest.skip("no file system may be mounted here")
        status, output = run("backup", place / "b", *named(*places))
        assert status == 2
        assert "room" in output["problems"][0]["hint"].lower()
        assert list(place.iterdir()) == []
        new = named(place / "r.sqlite", place / "library")
        status, output = run("restore", tmp_path / "good", *new)
        assert status == 2
        assert "room" in output["problems"][0]["hint"].lower()
        assert not [path for path in place.rglob("*") if path.is_file()]


KILLED = """
import os, signal, sys
from dashboard.cli import backup, main
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(backup, sys.argv[1], die)
main.main(sys.argv[2:])
"""


def killed(at: str, *arguments: str) -> None:
    command = [sys.executable, "-c", KILLED, at, *arguments]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="no locks on folders")
def test_the_next_backup_removes_leftovers_of_killed_ones(places, tmp_path, run):
    target = tmp_path / "backups"
    target.mkdir()
    (target / ".common-ground-notes").mkdir()
    for at in ("_copy_library", "checked_contents", "hashes_of"):
        killed(at, "backup", str(target / "b"), *named(*places))
    assert len(list(target.glob(".common-ground-*"))) == 2
    living = target / ".common-ground-draft-living"
    living.mkdir()
    held = hold(living)
    assert run("backup", target / "b", *named(*places))[0] == 0
    assert {path.name for path in target.iterdir()} == {"b", ".common-ground-notes", living.name}
    assert held is not None
    os.close(held)


@pytest.mark.skipif(os.name != "posix", reason="no locks on folders")
@pytest.mark.parametrize("at", ["checked_contents", "_move"])
def test_a_killed_restore_can_be_repeated(tmp_path, monkeypatch, run, at):
    """Only the register is restored when the process is killed; the library is still missing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    recorded(tmp_path / "one.sqlite", 3)
    own = named(tmp_path / "one.sqlite", tmp_path / "none")
    assert run("backup", tmp_path / "b", *own)[0] == 0
    new = tmp_path / "new" / "r.sqlite", tmp_path / "new" / "library"
    killed(at, "restore", str(tmp_path / "b"), *named(*new))
    (tmp_path / "new" / ".r.sqlite.new").write_bytes(b"half a copy")
    status, output = run("restore", tmp_path / "b", *named(*new))
    assert (status, output["decisions"]) == (0, 3)
    assert sorted(path.name for path in (tmp_path / "new").rglob("*")) == ["library", "r.sqlite"]

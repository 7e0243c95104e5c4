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
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from dashboard.cli.backup_contents import LEFT_OUT
from dashboard.data.folder_locks import lock_folder
from dashboard.data.installation_keys import existing_seal_key, read_or_create_seal_key
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from tests.dashboard.decided import DECISION, record_decisions
from tests.dashboard.signatures import KEY, latest_proposal, propose, sign
from tests.dashboard.uploaded import fill_folder
from tests.small_disk import small_disk

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from dashboard.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
KILLED = """
import os, signal, sys
from dashboard.cli import backup, main
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(backup, sys.argv[1], die)
main.main(sys.argv[2:])
"""


class Places(NamedTuple):
    """Register and library of a server."""

    register: Path
    library: Path

    @property
    def options(self) -> list[str]:
        return ["--register", str(self.register), "--library", str(self.library)]


def places_in(folder: Path) -> Places:
    return Places(folder / "decisions.sqlite", folder / "library")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Library with uploads and links."""
    place = tmp_path_factory.mktemp("filled")
    fill_folder(place / "library", place)
    return place / "library"


@pytest.fixture
def places(filled, tmp_path, monkeypatch):
    """Register of three decisions, and a library with uploads, links, and an unfinished upload."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    places = Places(tmp_path / "one" / "decisions.sqlite", tmp_path / "library")
    record_decisions(places.register, 3)
    shutil.copytree(filled, places.library)
    (places.library / "incoming" / "half").mkdir(parents=True)
    (places.library / "incoming" / "half" / "file.csv").write_text("half")
    return places


@pytest.fixture
def back_up(tmp_path, run):
    """Back up to a new folder, and return the folder."""

    def back_up(places, *options, name="b"):
        assert run("backup", tmp_path / name, *places.options, *options)[0] == 0
        return tmp_path / name

    return back_up


def hashes(folder: Path, left_out: Sequence[str] = ()) -> dict[str, str]:
    """Digests of the files in a folder, without those of some names or in folders of these names."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not {*path.relative_to(folder).parts} & {*left_out}
    }


def update_list(backup: Path, **said: object) -> None:
    """Make a backup's list match its files, with changed facts of the register."""
    found = json.loads((backup / "backup.json").read_text())
    files = hashes(backup, left_out=["backup.json"])
    (backup / "backup.json").write_text(json.dumps(found | {"files": files} | said))


def run_killed(at: str, *arguments: str) -> None:
    """Run a command that is killed when it calls a function."""
    command = [sys.executable, "-c", KILLED, at, *arguments]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -signal.SIGKILL


def assert_refused(backup: Path, run) -> str:
    """Assert that a backup is not restored and leaves nothing; return the message."""
    new = backup.parent / "new"
    status, output = run("restore", backup, *places_in(new).options)
    assert (status, output["problems"][0]["code"]) == (2, "E_BACKUP")
    assert hashes(new) == {}
    assert not list(backup.parent.rglob(".common-ground*"))
    return str(output["problems"][0]["message"])


def test_a_restored_backup_has_equal_hashes(places, tmp_path, run):
    status, output = run("backup", tmp_path / "b", *places.options)
    head = Register(places.register).all()[-1].hash
    assert (status, output["decisions"], output["head"]) == (0, 3, head)
    new = places_in(tmp_path / "new")
    status, output = run("restore", tmp_path / "b", *new.options)
    assert (status, output["decisions"], output["head"]) == (0, 3, head)
    assert hashes(new.library) == hashes(places.library, LEFT_OUT) != {}
    found = verify(new.register)
    assert (found.decisions, found.head, found.problems) == (3, head, ())
    assert [one.as_dict() for one in Register(new.register).all()] == [
        one.as_dict() for one in Register(places.register).all()
    ]
    assert not list(tmp_path.rglob(".common-ground*"))


def test_only_the_user_may_read_a_backup_and_what_is_restored(places, tmp_path, run, back_up):
    assert run("restore", back_up(places), *places_in(tmp_path / "new").options)[0] == 0
    for path in (tmp_path / "b", *(tmp_path / "new").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_restored_register_accepts_new_decisions(places, tmp_path, run, back_up):
    new = places_in(tmp_path / "new")
    assert run("restore", back_up(places), *new.options)[0] == 0
    kept = ChainHeadFile(tmp_path / "state" / "common-ground" / "heads", new.register)
    assert Register(new.register, kept).append(DECISION, "the next").number == 4


def test_a_backup_carries_signatures(places, tmp_path, run, back_up):
    made = propose(Register(places.register))
    sign(Register(places.register), made.hash, "data", "ana")
    new = places_in(tmp_path / "new")
    assert run("restore", back_up(places), *new.options)[0] == 0
    assert latest_proposal(Register(new.register)).waits_for == ("product", "executive")
    assert verify(new.register, seal_key=KEY).problems == ()


@pytest.mark.parametrize("has_own", [False, True])
def test_a_backup_carries_the_key_of_the_seals_if_both_sides_ask_for_it(
    places, tmp_path, run, back_up, monkeypatch, has_own
):
    key = read_or_create_seal_key()
    with_key, without = back_up(places, "--with-key"), back_up(places, name="without")
    assert "register/signatures.key" not in hashes(without)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    own = read_or_create_seal_key() if has_own else b""
    for backup, options, expected in ((with_key, [], 0), (without, ["--with-key"], 2)):
        new = places_in(tmp_path / f"new {backup.name}")
        assert run("restore", backup, *new.options, *options)[0] == expected
        assert new.register.exists() == (expected == 0)
        assert (existing_seal_key() or b"") == own
    for name in ("2", "3"):  # after two restores the key exists once
        assert run("restore", with_key, *places_in(tmp_path / name).options, "--with-key")[0] == 0
        assert existing_seal_key() == own + key


def test_a_backup_with_the_key_is_refused_on_a_server_without_one(places, tmp_path, run):
    status, output = run("backup", tmp_path / "b", *places.options, "--with-key")
    assert (status, output["problems"][0]["code"]) == (2, "E_BACKUP")
    assert existing_seal_key() is None
    assert not (tmp_path / "b").exists()


def test_another_key_in_a_backup_is_refused(places, tmp_path, run, back_up):
    key = read_or_create_seal_key()
    backup, new = back_up(places, "--with-key"), places_in(tmp_path / "new")
    (backup / "register" / "signatures.key").write_bytes(b"short")
    update_list(backup)
    status, output = run("restore", backup, *new.options, "--with-key")
    assert (status, output["problems"][0]["code"]) == (2, "E_REGISTER")
    assert existing_seal_key() == key
    assert not new.register.exists()


def test_a_key_is_not_restored_if_its_register_is_refused(
    places, tmp_path, run, back_up, monkeypatch
):
    read_or_create_seal_key()
    backup, new = back_up(places, "--with-key"), places_in(tmp_path / "new")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("dashboard.cli.backup._move", full)
    assert run("restore", backup, *new.options, "--with-key")[0] == 2
    assert existing_seal_key() is None
    assert not list(new.library.iterdir())


@pytest.mark.parametrize("is_one", [False, True])
def test_a_backup_carries_the_tallies_of_decisions(places, tmp_path, run, back_up, is_one):
    if is_one:
        places = places._replace(register=places.library / "decisions.sqlite")
        record_decisions(places.register, 1)
    digest = Register(places.register).tallies.put(b"counts")
    backup = back_up(places)
    assert not list((backup / "library").glob("decisions*"))
    new = Places(tmp_path / "new" / "decisions.sqlite", tmp_path / "new")
    assert run("restore", backup, *new.options)[0] == 0
    assert Register(new.register).tallies.read(digest) == b"counts"


def test_a_tally_under_the_hash_of_another_is_refused(places, run, back_up):
    Register(places.register).tallies.put(b"counts")
    backup = back_up(places)
    [tally] = (backup / "register" / "tallies").iterdir()
    tally.write_bytes(b"others")
    update_list(backup)
    assert "another tally" in assert_refused(backup, run)


def test_register_and_uploads_in_one_folder_are_restored_into_one(
    filled, tmp_path, monkeypatch, run, back_up
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one, other = (
        Places(tmp_path / n / "decisions.sqlite", tmp_path / n) for n in ("data", "other")
    )
    shutil.copytree(filled, one.library)
    record_decisions(one.register, 2)
    assert run("restore", back_up(one), *other.options)[0] == 0
    assert hashes(other.library, ["decisions.sqlite"]) == hashes(filled, LEFT_OUT)
    assert len(Register(other.register).all()) == 2


def test_a_backup_is_taken_while_others_write(places, tmp_path, run):
    """Some decisions are only in the write-ahead log."""
    connection = sqlite3.connect(places.register)
    connection.execute("SELECT count(*) FROM decisions").fetchone()
    Register(places.register).append(DECISION, "in the log")
    assert Path(f"{places.register}-wal").stat().st_size > 0
    assert run("backup", tmp_path / "b", *places.options)[1]["decisions"] == 4
    connection.close()


def test_a_changed_register_is_not_backed_up(places, tmp_path, run):
    data = places.register.read_bytes()
    places.register.write_bytes(data.replace(b"reason 1", b"reason 9"))
    status, output = run("backup", tmp_path / "b", *places.options)
    assert (status, {problem["code"] for problem in output["problems"]}) == (2, {"E_CHAIN"})
    assert not (tmp_path / "b").exists()


def test_a_missing_register_is_not_backed_up(places, tmp_path, run):
    """The shell of another user than the server's has no register."""
    none = tmp_path / "elsewhere" / "decisions.sqlite"
    status, output = run("backup", tmp_path / "b", *places._replace(register=none).options)
    [problem] = output["problems"]
    assert (status, problem["code"], problem["file"]) == (2, "E_FILE", str(none))
    assert "--register and --library" in problem["hint"]
    assert not (tmp_path / "b").exists()


def test_existing_files_are_never_overwritten(places, tmp_path, run, back_up):
    backup = back_up(places)
    before = hashes(tmp_path)
    for command in ("backup", "restore"):
        assert run(command, backup, *places.options)[1]["problems"][0]["code"] == "E_BACKUP"
    elsewhere = places._replace(register=tmp_path / "new.sqlite")
    assert run("restore", backup, *elsewhere.options)[0] == 2
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("change", ["changed", "gone", "besides", "list", "link"])
def test_a_backup_that_contradicts_its_list_is_refused(places, tmp_path, run, back_up, change):
    backup = back_up(places)
    [first, *_] = sorted((backup / "library").rglob("scores.parquet"))
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
        (backup / "backup.json").write_text("{}")
    assert_refused(backup, run)


@pytest.mark.parametrize(
    "name",
    ["library/decisions.sqlite", "library/clock.json", "library/incoming/x", "library/.x/y",
     "library/a/b/c", "register/decisions.sqlite-wal", "register/more", "more"],
)  # fmt: skip
def test_files_that_no_backup_holds_are_refused_even_if_listed(places, run, back_up, name):
    backup = back_up(places)
    (backup / name).parent.mkdir(parents=True, exist_ok=True)
    (backup / name).write_bytes(b"")
    update_list(backup)
    assert_refused(backup, run)


@pytest.mark.parametrize("change", ["no register", "no head"])
def test_a_list_with_fewer_decisions_than_the_register_is_refused(places, run, back_up, change):
    backup = back_up(places)
    if change == "no register":
        (backup / "register" / "decisions.sqlite").unlink()
        update_list(backup, decisions=0)
    else:
        update_list(backup, decisions=0, head=None)
    assert_refused(backup, run)


@pytest.mark.skipif(os.name != "posix", reason="no limits on files")
def test_a_file_size_limit_leaves_no_partial_backup(places, tmp_path):
    target = tmp_path / "backups"
    target.mkdir()
    command = [sys.executable, "-c", LIMITED, "backup", str(target / "b"), *places.options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "room" in done.stderr
    assert list(target.iterdir()) == []


def test_a_full_disk_leaves_no_partial_backup(places, tmp_path, run, back_up):
    backup = back_up(places)
    with small_disk(tmp_path, "64k") as place:
        if place is None:
            pytest.skip("no file system may be mounted here")
        status, output = run("backup", place / "b", *places.options)
        assert status == 2
        assert "room" in output["problems"][0]["hint"].lower()
        assert list(place.iterdir()) == []
        status, output = run("restore", backup, *places_in(place).options)
        assert status == 2
        assert "room" in output["problems"][0]["hint"].lower()
        assert not [path for path in place.rglob("*") if path.is_file()]


@pytest.mark.skipif(os.name != "posix", reason="no locks on folders")
def test_the_next_backup_removes_leftovers_of_killed_ones(places, tmp_path, run):
    target = tmp_path / "backups"
    target.mkdir()
    (target / ".common-ground-notes").mkdir()
    for at in ("_copy_library", "checked_contents", "hashes_of"):
        run_killed(at, "backup", str(target / "b"), *places.options)
    assert len(list(target.glob(".common-ground-*"))) == 2
    living = target / ".common-ground-draft-living"
    living.mkdir()
    held = lock_folder(living)
    assert run("backup", target / "b", *places.options)[0] == 0
    assert {path.name for path in target.iterdir()} == {"b", ".common-ground-notes", living.name}
    assert held is not None
    os.close(held)


@pytest.mark.skipif(os.name != "posix", reason="no locks on folders")
@pytest.mark.parametrize("at", ["checked_contents", "_move"])
def test_a_killed_restore_can_be_repeated(tmp_path, monkeypatch, run, back_up, at):
    """Only the register is restored when the process is killed; the library is still missing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    record_decisions(tmp_path / "one.sqlite", 3)
    backup = back_up(Places(tmp_path / "one.sqlite", tmp_path / "none"))
    new = places_in(tmp_path / "new")
    run_killed(at, "restore", str(backup), *new.options)
    (tmp_path / "new" / ".decisions.sqlite.new").write_bytes(b"half a copy")
    status, output = run("restore", backup, *new.options)
    assert (status, output["decisions"]) == (0, 3)
    restored = sorted(path.name for path in (tmp_path / "new").rglob("*"))
    assert restored == ["decisions.sqlite", "library"]

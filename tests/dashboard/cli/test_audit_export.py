"""Tests that the script in the export for auditors verifies it and finds each change."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.decisions.decision import TallyRecord
from dashboard.decisions.register import Register
from tests.dashboard.decided import DECISION
from tests.dashboard.signatures import propose, sign, sign_rollout


@pytest.fixture
def register(tmp_path):
    """Register of two decisions. The second has a tally, a signature and a rollout."""
    register = Register(tmp_path / "decisions.sqlite")
    register.append(DECISION, "first")
    digest = register.tallies.put(b"counts")
    made = propose(register, waits_for=("data",), tally=TallyRecord(digest, {"numpy": "2.0"}))
    sign(register, made.hash, "data", "ana", act="objects", words="é \u2028")
    sign_rollout(register, made, "goes live", 0)
    return register


@pytest.fixture
def unpacked(register, tmp_path, run):
    """Folder of the unpacked export."""
    status, output = run("export", tmp_path / "out.zip", "--register", register.path)
    assert (status, output["entries"], output["problems"]) == (0, 5, [])
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        packed.extractall(tmp_path / "out")
    return tmp_path / "out"


def run_verify_script(folder: Path, *known: str) -> tuple[int, str]:
    """Exit code and output of the script, which only uses the standard library."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *known]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def entry(folder: Path, number: int) -> Path:
    return folder / "entries" / f"{number:08}.json"


def rewrite_manifest(folder: Path) -> None:
    """Make the manifest match the changed files, as an attacker can."""
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text())
    files = [path for path in folder.rglob("*") if path.is_file() and path != place]
    hashes = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }
    entries = sorted(name for name in hashes if name.startswith("entries/"))
    manifest |= {"files": hashes, "entries": len(entries), "head": hashes[entries[-1]]}
    place.write_text(json.dumps(manifest))


def test_the_script_verifies_an_unchanged_export(unpacked, register, tmp_path):
    known = [one.hash for one in register.read().entries]
    assert run_verify_script(unpacked, *known) == (
        0, "every entry follows the one before, and every tally is the one it names\n",
    )  # fmt: skip
    assert json.loads((unpacked / "manifest.json").read_text())["head"] == known[-1]
    assert [json.loads(entry(unpacked, k + 1).read_text()) for k in range(5)] == [
        {name: value for name, value in one.as_dict().items() if name != "hash"}
        for one in register.read().entries
    ]
    # An auditor can read all of it.
    assert len((unpacked / "verify.py").read_text().splitlines()) <= 60
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600


def changed_reason(folder: Path) -> None:
    text = entry(folder, 2).read_text()
    entry(folder, 2).write_text(text.replace('"why":"', '"why":"not '))


def changed_figure(folder: Path) -> None:
    text = entry(folder, 2).read_text()
    changed = text.replace('"value":84', '"value":85', 1)
    assert changed != text
    entry(folder, 2).write_text(changed)


def removed_signature(folder: Path) -> None:
    entry(folder, 4).unlink()


def changed_tally(folder: Path) -> None:
    [tally] = (folder / "tallies").iterdir()
    tally.write_bytes(b"others")


def removed_tally(folder: Path) -> None:
    [tally] = (folder / "tallies").iterdir()
    tally.unlink()


def orphaned_signature(folder: Path) -> None:
    last = json.loads(entry(folder, 5).read_text())
    last["signature"]["decision"] = "ab" * 32
    entry(folder, 5).write_text(json.dumps(last))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed_reason, "does not follow"),
        (changed_figure, "does not follow"),
        (removed_signature, "does not follow"),
        (changed_tally, "the tally of 00000002.json"),
        (removed_tally, "the tally of 00000002.json"),
        (orphaned_signature, "signs a decision that is not here"),
    ],
)
def test_the_script_finds_changes_though_the_manifest_agrees(
    unpacked, change: Callable[[Path], None], message: str
):
    change(unpacked)
    status, output = run_verify_script(unpacked)
    assert (status, "manifest" in output) == (1, True)
    rewrite_manifest(unpacked)
    status, output = run_verify_script(unpacked)
    assert (status, "manifest" in output) == (1, False)
    assert message in output


def test_a_cut_off_end_is_found_only_by_a_hash_from_elsewhere(unpacked, register):
    known = register.read().entries[-1].hash
    entry(unpacked, 5).unlink()
    assert run_verify_script(unpacked)[0] == 1
    rewrite_manifest(unpacked)
    assert run_verify_script(unpacked)[0] == 0
    assert run_verify_script(unpacked, known) == (1, f"no entry has the hash {known}\n")


def test_a_manifest_with_another_number_of_entries_is_found(unpacked):
    place = unpacked / "manifest.json"
    place.write_text(place.read_text().replace('"entries": 5', '"entries": 6'))
    assert run_verify_script(unpacked) == (
        1,
        "the last entry is not the one that the manifest names\n",
    )


def test_a_missing_tally_is_left_out_and_listed(register, tmp_path, run):
    [tally] = register.tallies.folder.iterdir()
    tally.unlink()
    status, output = run("export", tmp_path / "out.zip", "--register", register.path)
    assert (status, [(one["code"], one["row"]) for one in output["problems"]]) == (
        0,
        [("E_TALLY", 2)],
    )
    assert not [
        name for name in zipfile.ZipFile(tmp_path / "out.zip").namelist() if "tallies" in name
    ]


def test_a_damaged_register_and_an_existing_file_are_refused(register, tmp_path, run):
    to = tmp_path / "out.zip"
    to.write_bytes(b"mine")
    assert run("export", to, "--register", register.path)[0] == 2
    assert to.read_bytes() == b"mine"
    new = tmp_path / "new.zip"
    assert run("export", new, "--register", tmp_path / "none.sqlite")[0] == 2
    register.path.write_bytes(
        register.path.read_bytes().replace(DECISION.why.encode(), b"X" * len(DECISION.why.encode()))
    )
    status, output = run("export", new, "--register", register.path)
    assert (status, {one["code"] for one in output["problems"]}) == (2, {"E_CHAIN"})
    assert not new.exists()

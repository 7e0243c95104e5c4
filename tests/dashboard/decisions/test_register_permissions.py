"""Tests that only its owner can read the register and its files, in every location."""

from __future__ import annotations

import sqlite3
import stat

from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register
from tests.dashboard.decided import DECISION


def test_files_and_folders_are_private_in_every_location(tmp_path):
    path = tmp_path / "deep" / "deeper" / "decisions.sqlite"
    register = Register(path, ChainHeadFile(tmp_path / "state", path))
    register.append(DECISION, "a")
    held = sqlite3.connect(path)  # so that the log file remains
    held.execute("SELECT count(*) FROM decisions").fetchone()
    register.append(DECISION, "b")
    modes = {
        str(one.relative_to(tmp_path)): stat.S_IMODE(one.stat().st_mode)
        for one in tmp_path.rglob("*")
        if one.is_dir() or one.name.startswith("decisions.sqlite") or one.suffix == ".json"
    }
    held.close()
    assert "deep/deeper/decisions.sqlite-wal" in modes
    assert {name: oct(mode) for name, mode in modes.items()} == {
        name: oct(0o700 if (tmp_path / name).is_dir() else 0o600) for name in modes
    }


def test_permissions_of_earlier_versions_are_tightened(register, path):
    register.append(DECISION, "a")
    path.chmod(0o644)
    register.append(DECISION, "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    Register(path).read()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

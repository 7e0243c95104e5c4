"""Tests of the unit file in the guide: systemd understands it, and the service starts with few rights."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sample_data import SCORES
from tests.dashboard.server.talk import NOBODY, PROGRAM, as_nobody, ask, folder_of_nobody
from tests.repository import ROOT
from tests.running import running_app


def unit_file() -> str:
    text = (ROOT / "dashboard" / "guide" / "running.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    return str(block)


def service_section() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit_file())
    return dict(parser["Service"])


def test_the_service_runs_without_rights_outside_its_folders():
    section = service_section()
    assert section["User"] not in ("", "root")
    assert section["NoNewPrivileges"] == section["ProtectHome"] == section["PrivateTmp"] == "yes"
    assert section["ProtectSystem"] == "strict"
    assert section["CapabilityBoundingSet"] == ""
    assert section["MemoryMax"]
    assert "ReadWritePaths" not in section
    places = dict(part.split("=", 1) for part in section["Environment"].split())
    kept = {f"/var/lib/{name}" for name in section["StateDirectory"].split()}
    assert f"{places['XDG_DATA_HOME']}/common-ground" in kept
    assert places["XDG_STATE_HOME"] in kept
    assert f"{places['XDG_CACHE_HOME']}/{section['CacheDirectory']}" == "/var/cache/common-ground"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_every_line(tmp_path):
    path = tmp_path / "common-ground.service"
    text = unit_file().replace("/opt/common-ground/.venv/bin/common-ground", PROGRAM)
    path.write_text(text.replace("User=common-ground", "User=root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "common-ground" in line] == []
    assert done.returncode == 0


@pytest.mark.slow  # a server of its own for one test
def test_the_service_is_ready_as_another_user():
    first = as_nobody()
    with folder_of_nobody() as root:
        _is_ready(root, first)


def _is_ready(root: Path, first: Sequence[str]) -> None:
    section = service_section()
    env = {"HOME": "/nonexistent", "NUMBA_CACHE_DIR": ""}
    for part in section["Environment"].split():
        name, place = part.split("=", 1)
        env[name] = str(root / place.strip("/"))
    for name in (
        *section["StateDirectory"].split(),
        f"../cache/{section['CacheDirectory']}",
        "../tmp",
    ):
        folder = root / "var" / "lib" / name
        folder.mkdir(parents=True, mode=0o755)
        shutil.chown(folder, NOBODY, NOBODY)
    env["TMPDIR"] = str(root / "var" / "tmp")
    program, *arguments = section["ExecStart"].split()
    assert program == "/opt/common-ground/.venv/bin/common-ground"
    command = [str(SCORES) if one.endswith("scores.csv") else one for one in arguments]
    command = [*first, PROGRAM, *command, "--port", "{port}"]
    with running_app(command, cwd=root, env=env, below="/common-ground") as url:
        base = url.removesuffix("/common-ground")
        end = time.monotonic() + 200
        while (
            answer := ask(base, "/common-ground/readyz", "Host: scores.example.com")
        ).status != 200:
            assert answer.body.decode() == "The score files are still being opened.\n"
            assert time.monotonic() < end
            time.sleep(0.2)
        assert ask(base, "/common-ground/", "Host: scores.example.com").status == 200
        assert ask(base, "/common-ground/", "Host: evil.example").status == 421
    assert (root / "var" / "cache" / "common-ground").stat().st_uid == NOBODY

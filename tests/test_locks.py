"""Locks of the packages: pins with hashes, wheels, and all requirements of the project."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.repository import ROOT, files

LOCKS = (".ci/locks/run.txt", ".ci/locks/dev.txt", ".ci/locks/spark.txt")


def requirements(lock: str) -> dict[str, set[str]]:
    """Pinned versions of each distribution in a lock; several if they differ by version of Python."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line):
            pins.setdefault(found[1].lower(), set()).add(found[2])
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.sub(r"\\\n", " ", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    assert entries
    pin = re.compile(r"[a-z0-9.-]+==[^ ;]+( ; [^-]*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [entry for entry in entries if not pin.fullmatch(entry)] == []


def test_packages_are_installed_as_wheels() -> None:
    """Packages install as wheels, because a build runs code of the package. PySpark has no wheel."""
    scripts = [
        (ROOT / name).read_text(encoding="utf-8") for name in files() if name.endswith(".sh")
    ]
    installs = [
        line for text in scripts for line in text.splitlines() if "--require-hashes" in line
    ]
    assert len(installs) == 2
    assert [line for line in installs if "--only-binary :all:" not in line] == []
    assert [hit for line in installs for hit in re.findall(r"--no-binary (\S+)", line)] == [
        "pyspark"
    ]


def test_the_locks_hold_all_requirements_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    to_run = project["project"]["dependencies"] + groups["build"]
    to_test = to_run + [entry for entry in groups["dev"] if isinstance(entry, str)]
    on_spark = (
        project["project"]["dependencies"] + project["project"]["optional-dependencies"]["spark"]
    )
    run, dev, spark = (requirements(lock) for lock in LOCKS)
    for wanted, pins in ((to_run, run), (to_test, dev), (on_spark, spark)):
        assert [w for w in wanted if re.split("[<>=~! ]", w)[0] not in pins] == []
    assert {name: dev.get(name) for name in run} == run
    assert {name: dev[name] for name in spark if name in dev} == {
        name: pins for name, pins in spark.items() if name in dev
    }

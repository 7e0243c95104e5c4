"""Tests that files of the golden commit are still read correctly: register, links, tally file, scenarios."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.main import main
from dashboard.decisions.verify_register import verify
from metrics import read_scenario
from tests.golden.golden_files import (
    TALLIED_FILE,
    WRITTEN,
    checksums,
    choices_read,
    counts_read,
    decisions_read,
    scenario_read,
)
from tests.golden.library_values import tallied
from tests.golden.tables import is_same
from tests.metrics.opening import error_of


def golden_json(name: str) -> Any:
    return json.loads((WRITTEN / name).read_text(encoding="utf-8"))


LINKS = golden_json("links.json")
SCENARIOS = golden_json("scenarios.json")
DECISIONS = golden_json("decisions.json")


def changes(old: Any, new: Any, place: str = "") -> list[str]:
    """Paths at which nested values differ: numbers beyond the tolerance, or any other value."""
    if isinstance(old, dict) and isinstance(new, dict):
        only_in_one = [f"{place}.{key}: only in one" for key in old.keys() ^ new.keys()]
        both = sorted(old.keys() & new.keys())
        return only_in_one + [
            c for key in both for c in changes(old[key], new[key], f"{place}.{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [c for k, (a, b) in pairs for c in changes(a, b, f"{place}[{k}]")]
    return [] if is_same(old, new) else [f"{place}: {old!r} before, {new!r} now"]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Copy of the register, because opening a register writes next to the file."""
    return Path(shutil.copy(WRITTEN / "decisions.sqlite", tmp_path))


def test_the_register_verifies(register: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verify(register)
    assert (found.decisions, found.problems) == (len(DECISIONS), ())
    assert found.head == DECISIONS[-1]["hash"]
    assert main(["verify", str(register), "--head", DECISIONS[0]["hash"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "ok"


def test_the_decisions_are_read_back_unchanged(register: Path) -> None:
    assert changes(DECISIONS, decisions_read(register)) == []


def test_the_decisions_have_every_case_of_interest() -> None:
    """Objections, limits that are not met, two thresholds, a later decision in an earlier one's place."""
    facts = [dict(zip(*one["decision_facts"].values(), strict=True)) for one in DECISIONS]
    assert any(one["objections"] for one in DECISIONS)
    assert any("objects" in words for one in DECISIONS for words in one["said"])
    assert any(one["supersedes"] for one in DECISIONS)
    assert any(one["unit_notes"] for one in DECISIONS)
    assert any(own["selected ship below"] < own["selected threshold"] for own in facts)
    assert any("certified among" in own for own in facts)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_opens_with_the_same_choices(name: str) -> None:
    """Choices that came later have their default."""
    later = {"miss_weight": None, "labels": None}
    assert changes(LINKS[name]["choices"] | later, choices_read(LINKS[name]["link"])) == []


def test_a_tally_file_holds_the_same_counts() -> None:
    assert changes(golden_json("tally.json"), counts_read(WRITTEN / f"{TALLIED_FILE}.tally")) == []


def test_a_tally_file_equals_a_new_count_of_its_rows() -> None:
    stored, now = golden_json("tally.json"), tallied(TALLIED_FILE)
    assert changes(stored["counts"], [list(now.counts.shape), *checksums(now.counts)]) == []
    assert changes(stored["weights"], [list(now.counts.shape), *checksums(now.weights)]) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_file_reads_the_same(name: str) -> None:
    assert changes(SCENARIOS[name], scenario_read(WRITTEN / name)) == []


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("inspection_paid.toml", {"inspection.longest_wait_hours": 0.25}),
        (
            "serving.toml",
            {
                "serving.in_time": 0.98,
                "serving.longest_wait_ms": 40.0,
                "serving.peak_requests_per_hour": 90_000.0,
            },
        ),
    ],
)
def test_removed_keys_are_named_with_what_to_write(name: str, keys: dict[str, float]) -> None:
    error = error_of(read_scenario, WRITTEN / name)
    assert {p.column: p.value for p in error.problems} == {
        key: str(value) for key, value in keys.items()
    }
    for problem in error.problems:
        assert problem.message.startswith(f"scenario key {problem.column} must be left out, got ")
        assert (problem.hint or "").startswith("Write ")

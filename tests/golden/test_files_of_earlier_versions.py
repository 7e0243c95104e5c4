"""Tests that files of an earlier version are read unchanged: register, links, tally, scenarios."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.cli.main import main
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from metrics import load_tally, read_scenario, scenario_from
from metrics.scenario.scenario_file import without_removed_keys
from tests.golden.app_values import DECISION_TABLES, choices_of
from tests.golden.library.case import tallied
from tests.golden.tables import is_same, plain_table
from tests.metrics.opening import error_of

WRITTEN = Path(__file__).parent / "written"
TALLIED_FILE = "weights"
"""Name of the score file that the stored tally was counted from."""


def decisions_read(register: Path) -> list[dict[str, Any]]:
    """All decisions of a register: place in the chain, numbers, and texts that people wrote."""
    decisions = []
    for recorded in Register(register).all():
        d = recorded.decision
        decisions.append(
            {
                "number": recorded.number,
                "key": recorded.key,
                "previous": recorded.previous,
                "hash": recorded.hash,
                "at": d.at,
                "supersedes": d.supersedes,
                "why": d.why,
                "objections": d.objections,
                "query": d.query,
                "unit_notes": [[note.unit, note.words] for note in d.unit_notes],
                "said": [[s.stakeholder, s.name, s.verdict, s.words] for s in d.stakeholders],
                **{name: plain_table(make(d)) for name, make in DECISION_TABLES.items()},
            }
        )
    return decisions


def choices_read(link: str) -> dict[str, Any]:
    """Choices that a link opens, by name."""
    return as_json(asdict(choices_of(link)))


def counts_read(tally_file: Path) -> dict[str, Any]:
    """Checksums of the counts in a tally file, which change with any single count."""
    stored = load_tally(tally_file).check()
    tally = stored.tally
    assert tally.breakdowns is not None
    sums: dict[str, Any] = {
        "models": list(tally.models),
        "scale": tally.scale,
        "held_out": stored.held_out,
        "files": [Path(name).name for name in stored.files],
        "counted": list(stored.header.counted),
        "rows": tally.rows.tolist(),
        "mass": tally.class_mass.tolist(),
    }
    arrays = {"counts": tally.counts, "weights": tally.weights, "losses": tally.losses}
    arrays |= {"calibration": tally.calibration, "values": tally.dense_values}
    arrays |= {part.column: part.masses for part in tally.breakdowns.all}
    for m, model in enumerate(tally.models):
        finite = tally.finite_thresholds(m)
        sums[f"thresholds of {model}"] = [finite.size, *checksums(finite)]
    for name, array in arrays.items():
        sums[name] = None if array is None else [list(array.shape), *checksums(array)]
    return as_json(sums)


def checksums(array: Any) -> list[float]:
    """Sum of an array, and sums in which each value has its own weight."""
    flat = np.asarray(array, np.float64).ravel()
    place = np.arange(flat.size)
    return [
        float((flat * weight).sum()) for weight in (np.ones(flat.size), place % 97, place % 1009)
    ]


def scenario_read(path: Path) -> dict[str, Any]:
    """All values of a scenario file, except keys that are no longer read."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return as_json(asdict(scenario_from(without_removed_keys(values))))


def as_json(value: dict[str, Any]) -> dict[str, Any]:
    """Value after a round trip through JSON, with lists for tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain


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


@pytest.mark.parametrize("name", LINKS)
def test_a_link_opens_with_the_same_choices(name: str) -> None:
    """Choices added in later versions have their default.

    A link that names no comparison of the models opens on that by everyone's cost. In earlier versions it
    opened on that by the product manager's objective.
    """
    later: dict[str, Any] = {"miss_weight": None, "labels": None}
    link = LINKS[name]["link"]
    if "gaps=" not in link:
        later["gaps"] = "cost"
    assert changes(LINKS[name]["choices"] | later, choices_read(link)) == []


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

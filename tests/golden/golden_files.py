"""Values read from the files of the golden commit: decisions, links, a tally, scenarios."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.decisions.register import Register
from metrics import load_tally, scenario_from
from metrics.scenario.scenario import without_removed_keys
from tests.golden.app_values import DECISION_TABLES, choices_of
from tests.golden.tables import plain_table

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

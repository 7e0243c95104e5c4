"""Scenarios from a TOML file or from a mapping with the same keys, with one error for each invalid key."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metrics import strict_mapping
from metrics.errors import Problem, ScoreError
from metrics.scenario.scenario import Scenario
from metrics.strict_mapping import Fault, StructureError


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from a TOML file.

    Parameters
    ----------
    path : path

    Returns
    -------
    Scenario

    Raises
    ------
    ScoreError
        E_SCENARIO, with the key and its value.
    """
    name = str(path)
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreError(
            "E_SCENARIO", f"the scenario must be a readable UTF-8 text file: {error}", file=name
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ScoreError(
            "E_SCENARIO", f"the scenario must be valid TOML: {error}", file=name
        ) from error
    return scenario_from(data, file=name)


def scenario_from(data: Mapping[str, Any], *, file: str | None = None) -> Scenario:
    """Create a scenario from a mapping with the keys of the TOML file.

    Parameters
    ----------
    data : mapping
    file : str, optional
        File name for error messages.

    Returns
    -------
    Scenario

    Raises
    ------
    ScoreError
        E_SCENARIO, with one problem for each invalid key and its value.
    """
    try:
        scenario = strict_mapping.read(Scenario, dict(data))
    except StructureError as error:
        raise ScoreError.of(_problem(fault, file) for fault in error.faults) from error
    has_price = not (
        scenario.payoffs_follow_from_miss_cost or math.isnan(scenario.implied_miss_cost)
    )
    if has_price and "miss_cost" not in data:
        scenario = replace(scenario, miss_cost=scenario.implied_miss_cost)
    return replace(scenario, currency=scenario.currency.strip())


_LESS_BUSY = (
    "Write a lower serving.utilisation instead, such as 0.6: the share of a worker's time that goes into "
    "scoring. The rest of the time absorbs requests that come at once."
)
_REMOVED = {
    "serving.peak_requests_per_hour": "Write the requests an hour that the workers must bear as "
    "serving.requests_per_hour.",
    "serving.longest_wait_ms": _LESS_BUSY,
    "serving.in_time": _LESS_BUSY,
    "inspection.longest_wait_hours": "Write inspection.utilisation instead, such as 0.8: the share of an "
    "inspector's time that goes into inspecting.",
}
"""Keys of earlier versions, and their replacements."""


def without_removed_keys(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """A record's scenario without keys that only earlier versions read."""
    scenario = dict(recorded)
    for key in _REMOVED:
        table, name = key.split(".")
        if name in scenario.get(table, {}):
            scenario[table] = {k: v for k, v in scenario[table].items() if k != name}
    return scenario


def _problem(fault: Fault, file: str | None) -> Problem:
    rule = "be left out" if fault.key in _REMOVED else fault.rule
    advice = "Correct the key in the scenario; the guide's chapter on the scenario lists every key."
    return Problem(
        "E_SCENARIO",
        "error",
        f"scenario key {fault.key} must {rule}, got {fault.got}",
        file=file,
        column=fault.key,
        value=None if fault.value is None else str(fault.value),
        hint=_REMOVED.get(fault.key, advice),
    )

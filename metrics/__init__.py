"""Common Ground's library: score files in, tallies, objectives, operating points and picks out.

A name is imported with its module when it is first asked for, so that a process that only reads scores
loads neither pandas nor the compiler.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metrics.count import tally_scores
    from metrics.decision import Bound, Pick, pick
    from metrics.errors import Problem, ScoreError
    from metrics.objective import (
        OBJECTIVES,
        Direction,
        Extreme,
        Objective,
        Unit,
        get_objective,
        load_objectives,
        objective,
    )
    from metrics.opening import open_scores
    from metrics.pareto import is_on_front
    from metrics.points import Evaluation, evaluate, operating_points, point_at, today_point
    from metrics.scenario import Payoff, Scenario, Today, read_scenario, scenario_from
    from metrics.scores import Scores
    from metrics.tally import Tally
    from metrics.tally_file import TallyFile, described, load_tally, save_tally
    from metrics.tally_sum import add_tallies

_NAMES = {
    "count": "tally_scores",
    "decision": "Bound Pick pick",
    "errors": "Problem ScoreError",
    "objective": "OBJECTIVES Direction Extreme Objective Unit get_objective load_objectives objective",
    "pareto": "is_on_front",
    "points": "Evaluation evaluate operating_points point_at today_point",
    "scenario": "Payoff Scenario Today read_scenario scenario_from",
    "opening": "open_scores",
    "scores": "Scores",
    "tally": "Tally",
    "tally_file": "TallyFile described load_tally save_tally",
    "tally_sum": "add_tallies",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """What the import of a submodule brings with it."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "objective" and isinstance(value, ModuleType):
            # The function of this name must not be hidden by its module; and the standard objectives
            # are there as soon as any can be asked for.
            importlib.import_module(f"{__name__}.objectives")
            value = value.objective
        super().__setattr__(name, value)
        if name == "objectives":  # once they are all there: those of serving build on them
            importlib.import_module(f"{__name__}.serving_objectives")


sys.modules[__name__].__class__ = _Package

__all__ = [
    "OBJECTIVES",
    "Bound",
    "Direction",
    "Evaluation",
    "Extreme",
    "Objective",
    "Payoff",
    "Pick",
    "Problem",
    "Scenario",
    "ScoreError",
    "Scores",
    "Tally",
    "TallyFile",
    "Today",
    "Unit",
    "add_tallies",
    "described",
    "evaluate",
    "get_objective",
    "is_on_front",
    "load_objectives",
    "load_tally",
    "objective",
    "open_scores",
    "operating_points",
    "pick",
    "point_at",
    "read_scenario",
    "save_tally",
    "scenario_from",
    "tally_scores",
    "today_point",
]

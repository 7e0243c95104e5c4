"""Common Ground's library: from score files to tallies, objectives, operating points and picks.

A module is imported when one of its names is first used. A process that only reads scores therefore loads
neither pandas nor Numba.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metrics.errors import Problem, ScoreError
    from metrics.evaluation.evaluation import Evaluation, evaluate
    from metrics.evaluation.objective import (
        OBJECTIVES,
        Direction,
        Extreme,
        Objective,
        Unit,
        get_objective,
        load_objectives,
        objective,
    )
    from metrics.evaluation.operating_points import (
        OperatingPoint,
        current_point,
        operating_points,
        point_at,
    )
    from metrics.inference.certificates.guarantee import guaranteed
    from metrics.io.open import open_scores
    from metrics.io.scores import Scores
    from metrics.scenario.scenario import Payoff, Scenario, Today
    from metrics.scenario.scenario_file import read_scenario, scenario_from
    from metrics.selection.limits import Bound
    from metrics.selection.pareto import is_on_front
    from metrics.selection.picks import Pick, pick
    from metrics.tally.file.add_files import add_tallies
    from metrics.tally.file.tally_file import TallyFile, load_tally, save_tally, with_description
    from metrics.tally.tally import Tally
    from metrics.tally.tally_scores import tally_scores

_NAMES = {
    "errors": "Problem ScoreError",
    "evaluation.evaluation": "Evaluation evaluate",
    "evaluation.objective": (
        "OBJECTIVES Direction Extreme Objective Unit get_objective load_objectives objective"
    ),
    "evaluation.operating_points": "OperatingPoint operating_points point_at current_point",
    "inference.certificates.guarantee": "guaranteed",
    "io.open": "open_scores",
    "io.scores": "Scores",
    "scenario.scenario": "Payoff Scenario Today",
    "scenario.scenario_file": "read_scenario scenario_from",
    "selection.pareto": "is_on_front",
    "selection.limits": "Bound",
    "selection.picks": "Pick pick",
    "tally.file.add_files": "add_tallies",
    "tally.tally_scores": "tally_scores",
    "tally.file.tally_file": "TallyFile with_description load_tally save_tally",
    "tally.tally": "Tally",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "OBJECTIVES",
    "Bound",
    "Direction",
    "Evaluation",
    "Extreme",
    "Objective",
    "OperatingPoint",
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
    "current_point",
    "evaluate",
    "get_objective",
    "guaranteed",
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
    "with_description",
]

"""Common Ground's library: score files in, tallies, objectives, operating points and picks out."""

from metrics import objectives as _standard_objectives  # noqa: F401  registers the standard list
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
from metrics.pareto import is_on_front
from metrics.points import Evaluation, evaluate, operating_points, point_at, today_point
from metrics.scenario import Payoff, Scenario, Today, read_scenario, scenario_from
from metrics.scores import Scores, open_scores
from metrics.tally import Tally, tally_scores

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
    "Today",
    "Unit",
    "evaluate",
    "get_objective",
    "is_on_front",
    "load_objectives",
    "objective",
    "open_scores",
    "operating_points",
    "pick",
    "point_at",
    "read_scenario",
    "scenario_from",
    "tally_scores",
    "today_point",
]

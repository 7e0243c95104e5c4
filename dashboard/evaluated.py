"""A data set under a scenario: every figure of every model at every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from metrics import OBJECTIVES, Evaluation, Objective, Scenario, Tally, evaluate, operating_points
from metrics.confusion import Curve
from metrics.decision import payoff_alignment


@dataclass(frozen=True)
class Evaluated:
    """A data set under a scenario: all that the pages draw.

    Attributes
    ----------
    evaluation : Evaluation
    points : DataFrame
        From `metrics.operating_points`, with every offered objective.
    objectives : dict of str to Objective
        Those that the data can answer.
    alignment : str or None
        Where the payoffs and the product seat price a miss differently.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    objectives: dict[str, Objective]
    alignment: str | None


def evaluated_under(
    counted: Tally, scenario: Scenario, shapes: tuple[Curve, ...], now: Tally | None
) -> Evaluated:
    """Work out all that the pages draw.

    Parameters
    ----------
    counted : Tally
    scenario : Scenario
    shapes : tuple of Curve
        Of each model.
    now : Tally or None
        At today's threshold, where the tally does not count it exactly.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    evaluation = evaluate(counted, scenario, curves=shapes, today_tally=now)
    offered = {
        o.id: o for o in OBJECTIVES.values() if counted.values is not None or not o.needs_value
    }
    points = operating_points(evaluation, list(offered.values()))
    answered = {name: o for name, o in offered.items() if points[name].notna().any()}
    return Evaluated(evaluation, points, answered, payoff_alignment(evaluation))

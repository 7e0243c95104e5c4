"""A data set under a scenario: every figure of every model at every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import OBJECTIVES, Evaluation, Objective, Scenario, Tally, evaluate, operating_points
from metrics.evaluation.confusion import Curve
from metrics.narrative import formatting
from metrics.narrative.phrases import payoff_alignment


@dataclass(frozen=True)
class ScenarioFigures:
    """A data set under a scenario: all that the pages draw.

    Attributes
    ----------
    evaluation : Evaluation
    points : DataFrame
        From `metrics.operating_points`, with every offered objective.
    objectives : dict of str to Objective
        Those that the data can answer.
    alignment : str or None
        Where the payoffs and the product stakeholder price a miss differently.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    objectives: dict[str, Objective]
    alignment: str | None

    def below(self, model: str, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next lower score that stays unflagged, by threshold of a model.

        Minus infinity where there is none, NaN where it is not known, or no threshold of the tally.
        """
        curve = self.evaluation.curve_of(model)
        k = curve.positions(at)
        return np.where(curve.thresholds[k] == at, curve.below[k], np.nan)

    def threshold_words(self, model: str, at: float) -> str:
        """A threshold of a model as it is read: three digits where they flag the same units."""
        return formatting.threshold(at, self.below(model, np.array([at])).item())


def in_common(points: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The same points; a column that equals another scenario's is kept once for both.

    Of some thirty columns a price of a miss changes one, a defect rate two thirds.
    """
    kept = {
        name: others[name] if name in others and own.equals(others[name]) else own
        for name, own in points.items()
    }
    return pd.DataFrame(
        {name: own.to_numpy() if name != "model" else own.array for name, own in kept.items()},
        copy=False,
    )


def figures_under(
    counted: Tally, scenario: Scenario, shapes: tuple[Curve, ...], now: Tally | None
) -> ScenarioFigures:
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
    answered = {
        name: o for name, o in offered.items() if not np.isnan(points[name].to_numpy()).all()
    }
    return ScenarioFigures(evaluation, points, answered, payoff_alignment(evaluation))


def visible(points: pd.DataFrame, hidden: Sequence[str]) -> pd.DataFrame:
    """Operating points of the models that are not hidden, numbered anew."""
    if not hidden:
        return points
    return points[~points["model"].isin(hidden)].reset_index(drop=True)

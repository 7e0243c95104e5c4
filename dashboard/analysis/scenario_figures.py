"""Figures of a data set under a scenario, for every model at every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from metrics import Evaluation, Objective


@dataclass(frozen=True)
class ScenarioFigures:
    """Figures of a data set under a scenario.

    Attributes
    ----------
    points : DataFrame
        From `metrics.operating_points`, with every offered objective. Other scenarios share its columns.
    objectives : dict of str to Objective
        Objectives that the data can answer, with the labels of `objective_in_scenario`.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    objectives: dict[str, Objective]
    keys: tuple[Any, ...] = ()


def visible(points: pd.DataFrame, hidden: Sequence[str]) -> pd.DataFrame:
    """Operating points of the models that are not hidden, with rows numbered from 0."""
    if not hidden:
        return points
    return points[~points["model"].isin(hidden)].reset_index(drop=True)

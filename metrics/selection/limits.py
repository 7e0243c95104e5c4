"""Limits on one objective's figure: as a bound that points keep or break, and as a person types one."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, get_objective
from metrics.evaluation.standard_objectives import (
    RevenueBeyond,
    revenue_impact,
    revenue_impact_percent,
)

_LIMIT = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Bound:
    """The limit within which a stakeholder with a monotone objective picks.

    Attributes
    ----------
    objective : Objective
        What is bounded; a least value where more is better, else a most value.
    value : float
        In the objective's unit, under the scenario.
    """

    objective: Objective
    value: float

    def within(self, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether figures of any shape keep the bound; undefined ones do not."""
        within: NDArray[np.bool_] = self.objective.direction.loss(figures) <= (
            self.objective.direction.loss(np.asarray(self.value))
        )
        return within

    def holds(self, points: pd.DataFrame) -> pd.Series:
        """Whether each operating point keeps the bound; an undefined figure does not."""
        figures = points[self.objective.id].to_numpy(np.float64)
        return pd.Series(self.within(figures), index=points.index)

    def keeps(self, figure: float) -> bool:
        """Whether one figure keeps the bound; an undefined one does not."""
        return bool(self.within(np.asarray(figure)))


def as_margin(bound: Bound) -> Bound:
    """A bound in per cent of what today's system earns as one on what is earned beyond that.

    The same where today earns something; where it does not, no less than today. Other bounds stay.
    """
    if bound.objective.compute is not revenue_impact_percent:
        return bound
    margin = replace(
        OBJECTIVES[revenue_impact.__name__],
        id=f"{bound.objective.id} beyond {bound.value!r}",
        compute=RevenueBeyond(bound.value),
    )
    return Bound(margin, 0.0)


def keeps_all(points: pd.DataFrame, limits: Sequence[Bound]) -> NDArray[np.bool_]:
    """Whether each operating point keeps every limit, shape (n,); without limits all do."""
    kept = np.ones(len(points), np.bool_)
    for limit in limits:
        kept &= limit.holds(points).to_numpy()
    return kept


@dataclass(frozen=True)
class Limit:
    """A condition on one objective's figure.

    Attributes
    ----------
    text : str
        As typed: "recall >= 0.8".
    objective : Objective
    compare : {"<=", ">=", "<", ">"}
    value : float
        In the objective's unit, under the scenario.
    """

    text: str
    objective: Objective
    compare: str
    value: float

    @property
    def is_ceiling(self) -> bool:
        """Whether the figure may not lie above the value; else it may not lie below."""
        return self.compare.startswith("<")

    def holds(self, figure: float) -> bool:
        """Whether ``figure`` keeps the limit; an undefined one does not."""
        return _COMPARE[self.compare](figure, self.value)


def limit_of(bound: Bound) -> Limit:
    """A bound as a limit that a person could have typed."""
    compare = ">=" if bound.objective.direction is Direction.MAXIMISE else "<="
    return Limit(
        f"{bound.objective.id} {compare} {bound.value!r}", bound.objective, compare, bound.value
    )


def parse_limit(text: str) -> Limit:
    """Read ``missed_defects_per_1000_defects <= 80``; ValueError where it is not of that form."""
    match = _LIMIT.match(text)
    if match is None:
        raise ValueError(f"a limit must read like 'recall >= 0.8', got {text!r}")
    name, compare, number = match.groups()
    try:
        return Limit(text.strip(), get_objective(name), compare, float(number))
    except ScoreError as error:
        raise ValueError(error.message) from error

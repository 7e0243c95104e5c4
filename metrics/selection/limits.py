"""Limits on an objective's figure: `Bound` for comparing points, `Limit` as a person types it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, get_objective
from metrics.evaluation.operating_points import OperatingPoint
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
    """Limit on an objective within which a stakeholder picks.

    Attributes
    ----------
    objective : Objective
        The bounded objective. The bound is a minimum if more is better, otherwise a maximum.
    value : float
        In the objective's unit, in the scenario.
    """

    objective: Objective
    value: float

    @property
    def asks_for_current_level(self) -> bool:
        """Whether the bound is the figure of the current system."""
        return self.objective.is_against_current and self.value == 0

    def within(self, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether figures of any shape meet the bound; undefined figures do not."""
        within: NDArray[np.bool_] = self.objective.direction.loss(figures) <= (
            self.objective.direction.loss(np.asarray(self.value))
        )
        return within

    def holds(self, points: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each operating point meets the bound; an undefined figure does not."""
        return self.within(points[self.objective.id].to_numpy(np.float64))

    def is_met(self, figure: float) -> bool:
        """Whether one figure meets the bound; an undefined figure does not."""
        loss = self.objective.direction.loss
        return loss(figure) <= loss(self.value)

    def is_met_at(self, point: OperatingPoint) -> bool:
        """Whether an operating point meets the bound; a point without the figure does not."""
        return self.is_met(point.figures.get(self.objective.id, math.nan))


def as_margin(bound: Bound) -> Bound:
    """Convert a bound in per cent of the current system's earnings to one on the earnings beyond it.

    Both are equivalent if the current system earns something. Otherwise the result requires at least the
    earnings of the current system. Bounds on other objectives are unchanged.
    """
    if bound.objective.compute is not revenue_impact_percent:
        return bound
    margin = replace(
        OBJECTIVES[revenue_impact.__name__],
        id=f"{bound.objective.id} beyond {bound.value!r}",
        compute=RevenueBeyond(bound.value),
    )
    return Bound(margin, 0.0)


def meets_all(points: pd.DataFrame, limits: Sequence[Bound]) -> NDArray[np.bool_]:
    """Whether each operating point meets every limit, shape (n,); true for all points without limits."""
    mask = np.ones(len(points), np.bool_)
    for limit in limits:
        mask &= limit.holds(points)
    return mask


@dataclass(frozen=True)
class Limit:
    """A condition on one objective's figure.

    Attributes
    ----------
    text : str
        As typed: "recall >= 0.8".
    compare : {"<=", ">=", "<", ">"}
    value : float
        In the objective's unit, in the scenario.
    """

    text: str
    objective: Objective
    compare: str
    value: float

    @property
    def is_ceiling(self) -> bool:
        """Whether the value is a maximum of the figure; otherwise it is a minimum."""
        return self.compare.startswith("<")

    def holds(self, figure: float) -> bool:
        """Whether ``figure`` meets the limit; an undefined figure does not."""
        return _COMPARE[self.compare](figure, self.value)


def limit_of(bound: Bound) -> Limit:
    """A bound as a limit that a person could have typed."""
    compare = ">=" if bound.objective.direction is Direction.MAXIMISE else "<="
    return Limit(
        f"{bound.objective.id} {compare} {bound.value!r}", bound.objective, compare, bound.value
    )


def parse_limit(text: str) -> Limit:
    """Read ``missed_defects_per_1000_defects <= 80``; ValueError if the text has another form."""
    match = _LIMIT.match(text)
    if match is None:
        raise ValueError(f"a limit must read like 'recall >= 0.8', got {text!r}")
    name, compare, number = match.groups()
    try:
        return Limit(text.strip(), get_objective(name), compare, float(number))
    except ScoreError as error:
        raise ValueError(error.message) from error

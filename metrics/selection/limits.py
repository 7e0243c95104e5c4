"""A limit on one objective's figure, as a person types it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from metrics.errors import ScoreError
from metrics.evaluation.objective import Objective, get_objective

_LIMIT = re.compile(r"^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


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

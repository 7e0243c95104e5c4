"""Objectives: metrics that a stakeholder can optimise, each a decorated function with direction and unit.

An objective is a function of confusion counts and a context. To add an objective, decorate a function::

    from metrics import Direction, Extreme, Unit, objective

    @objective(
        "inspection hours",
        unit=Unit.COUNT,
        direction=Direction.MINIMISE,
        superlative="fewest",
        extreme=Extreme.FLAG_NOTHING,
    )
    def inspection_hours(counts, context):
        return (counts.tp + counts.fp) * 0.05
"""

from __future__ import annotations

import enum
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.evaluation.confusion import Confusion
from metrics.evaluation.model_metrics import ModelFigures
from metrics.scenario.scenario import Scenario

Figures = TypeVar("Figures", float, NDArray[Any])


class Direction(enum.Enum):
    """Whether larger or smaller figures are better."""

    MINIMISE = "minimise"
    MAXIMISE = "maximise"

    def loss(self, values: Figures) -> Figures:
        """``values`` with a sign such that less is better. The sign is only changed here."""
        return values if self is Direction.MINIMISE else -values


class Unit(enum.Enum):
    """Unit of a figure."""

    LOSS = "loss"
    SCORE = "score"
    SHARE = "share"
    COUNT = "units"
    PER_1000_DEFECTS = "per 1,000 defects"
    PER_1000_UNITS = "per 1,000 units"
    PER_MILLION = "per million shipped"
    PER_DAY = "a day"
    FALSE_ALARMS = "false alarms' worth"
    MONEY = "money"
    PERCENT = "per cent"
    MICROSECONDS = "microseconds a unit"
    WORKERS = "workers"
    MONEY_A_YEAR = "money a year"

    __hash__ = object.__hash__  # faster than that of an enum, which hashes the name


class Extreme(enum.Enum):
    """Extreme threshold (flag everything or nothing) at which a monotone objective is best."""

    FLAG_EVERYTHING = "flag everything"
    FLAG_NOTHING = "flag nothing"


@dataclass(frozen=True)
class Context:
    """Information for an objective besides the counts of its operating points.

    Attributes
    ----------
    today : Confusion of shape ()
        Counts of the current system, in the same units as the other counts.
    model : ModelFigures or None
        Figures of the evaluated model; `None` for "ship everything".
    name : str or None
        Name of this model.
    """

    scenario: Scenario
    today: Confusion
    model: ModelFigures | None
    name: str | None = None


Compute = Callable[[Confusion, Context], Any]


@dataclass(frozen=True)
class Objective:
    """Metric that can be optimised, with its labels, unit and direction.

    Attributes
    ----------
    id : str
        Name of the function, used in files, links and the command line.
    label : str
        Label in a stakeholder's words.
    term : str
        Technical term.
    superlative : str
        "fewest", "lowest" or "highest".
    compute : callable
        Function of counts (arrays of one shape, scaled to the scenario) and a `Context`. Returns an array of
        that shape or a scalar, NaN if undefined.
    of_one : str
        Singular of the label: "missed defect".
    subject : str
        Label without the unit, for places that show the unit separately.
    noun : str
        Noun for an amount of the figure in a sentence: "errors", "revenue".
    of_model : bool
        Whether the figure belongs to the whole model and is the same at every threshold.
    extreme : Extreme or None
        Extreme threshold at which a monotone objective is best.
    needs_value : bool
        Whether the data must have a unit value.
    signed : bool
        Whether the figure is a difference, written with its sign.
    change_of : str
        Quantity, such as "revenue", if the figure is its change against the current system. The current
        system's own figure is then 0. Empty for other objectives.
    in_proportion : str
        Id of the equivalent objective per 1,000 defects, or in per cent of the current system; empty if there
        is none.
    needs_serving : bool
        Whether the scenario must specify the cost of serving a model.
    is_clipped : bool
        Whether the figure is only finite because probabilities are clipped.
    has_interval : bool
        Whether replicates give an interval of the figure.
    is_slow : bool
        Whether replicates take long for a model with many thresholds.
    reads : tuple of str
        Inputs of the scenario that a standard objective depends on besides rate and volume: some of
        ``miss_cost``, ``payoff``, ``today`` and ``serving``.
    """

    id: str
    label: str
    term: str
    unit: Unit
    direction: Direction
    superlative: str
    compute: Compute
    of_one: str
    subject: str
    noun: str
    of_model: bool = False
    extreme: Extreme | None = None
    needs_value: bool = False
    signed: bool = False
    change_of: str = ""
    in_proportion: str = ""
    needs_serving: bool = False
    is_clipped: bool = False
    has_interval: bool = True
    is_slow: bool = False
    reads: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.id)  # faster than a hash of all attributes

    @property
    def is_against_current(self) -> bool:
        """Whether the figure is a difference to the current system."""
        return bool(self.change_of)

    @property
    def is_standard(self) -> bool:
        """Whether the objective is part of the library; such an objective declares its extreme itself."""
        return self.compute.__module__ == "metrics.evaluation.standard_objectives"

    @property
    def is_of_counts(self) -> bool:
        """Whether equal counts give equal figures for any model of a data set."""
        return self.is_standard and not self.of_model and not self.needs_serving

    @property
    def reads_values(self) -> bool:
        """Whether the figure may depend on the values of units."""
        return self.needs_value or not self.is_standard

    def values(self, counts: Confusion, context: Context) -> NDArray[np.float64]:
        """Figure at each operating point, float64 of the shape of the counts."""
        if self.of_model and context.model is None:
            return np.full(np.shape(counts.tp), np.nan)
        try:
            computed = np.asarray(self.compute(counts, context), np.float64)
            return np.broadcast_to(computed, np.shape(counts.tp)).copy(order="K")
        except Exception as error:
            raise ScoreError(
                "E_OBJECTIVES",
                f"objective {self.id} must give a number for every point, got "
                f"{type(error).__name__}: {error}",
                hint="Give an array of the shape of the counts, with NaN where undefined.",
            ) from error


NO_CHECKS = "no checks"
"""Name of the current system if none is specified: everything is shipped."""

RESERVED = frozenset({"model", "threshold", "tp", "fp", "fn", "tn"})
"""Columns of the operating points that cannot be the id of an objective."""

OBJECTIVES: dict[str, Objective] = {}
"""All objectives by id, in display order."""


def objective(
    label: str,
    *,
    unit: Unit,
    direction: Direction,
    term: str = "",
    superlative: str = "",
    of_one: str = "",
    subject: str = "",
    noun: str = "",
    **attributes: Any,
) -> Callable[[Compute], Compute]:
    """Make the decorated function an objective, under the function's own name.

    Parameters
    ----------
    label : str
        Label in a stakeholder's words: "missed defects".
    unit : Unit
    direction : Direction
    term : str
        Technical term shown in the tooltip; by default the first line of the docstring.
    superlative : str
        "fewest", "lowest" or "highest"; by default "lowest" or "highest", by the direction.
    of_one, subject, noun : str
        See `Objective`. The default of the first two is the label, the default of the noun is the subject.
    **attributes
        Other attributes of `Objective`. Set ``of_model`` if every threshold of a model has the same figure.
        Set ``extreme`` if the objective is best at flag-everything or flag-nothing: its stakeholder then
        picks within a bound.

    Returns
    -------
    callable
        Decorator, which returns the function unchanged.
    """

    def register(compute: Compute) -> Compute:
        name = compute.__name__
        if name in OBJECTIVES or name in RESERVED:
            raise ValueError(f"an objective must have a name of its own, got {name!r}")
        OBJECTIVES[name] = Objective(
            id=name,
            label=label,
            term=term or (compute.__doc__ or label).strip().splitlines()[0],
            unit=unit,
            direction=direction,
            superlative=superlative or ("lowest" if direction is Direction.MINIMISE else "highest"),
            compute=compute,
            of_one=of_one or label,
            subject=subject or label,
            noun=noun or subject or label,
            **attributes,
        )
        return compute

    return register


def load_objectives(path: str | Path) -> None:
    """Run a Python file of the operator that decorates further objectives.

    Parameters
    ----------
    path : path
        Trusted like any program that the operator starts.

    Raises
    ------
    ScoreError
        E_OBJECTIVES if the file cannot be run.
    """
    name = "common_ground_objectives"
    spec = importlib.util.spec_from_file_location(name, path)
    try:
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        # Dataclasses look up their module in `sys.modules`.
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    except Exception as error:
        raise ScoreError(
            "E_OBJECTIVES",
            f"the objectives file must run as Python, got {type(error).__name__}: {error}",
            file=str(path),
            hint="Run the file with python to see the whole error.",
        ) from error


def get_objective(name: str) -> Objective:
    """Find an objective by its id.

    Parameters
    ----------
    name : str

    Returns
    -------
    Objective

    Raises
    ------
    ScoreError
        E_OBJECTIVE if there is no such objective.
    """
    if name not in OBJECTIVES:
        raise ScoreError(
            "E_OBJECTIVE",
            f"an objective must be one of {', '.join(OBJECTIVES)}, got {name!r}",
            value=name,
            hint="List them with: common-ground objectives.",
        )
    return OBJECTIVES[name]

"""A golden file under a scenario, and the values that several golden tables need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    Objective,
    OperatingPoint,
    Pick,
    Scenario,
    Scores,
    Tally,
    current_point,
    evaluate,
    open_scores,
    operating_points,
    pick,
    read_scenario,
    tally_scores,
)
from metrics.evaluation.confusion import confusion_curve
from metrics.evaluation.worst_recall import with_worst_recalls, worst_recalls
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.certificates.certification import Certification, certification
from metrics.selection.compromise import Compromise, compromises
from metrics.selection.cost_curve import (
    CostCurve,
    cost_curve_by_defect_rate,
    cost_curve_by_miss_cost,
)
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import limit_of, meets_all
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import with_miss_prices
from tests.golden.scenarios_by_file import FILES

GOLDEN = Path(__file__).parents[1]
SEED, REPLICATES = 11, 200
EVERY = list(OBJECTIVES.values())
STAKEHOLDERS = ("log_loss", "missed_defects", "revenue_impact")
COMPARED = ("cost_of_errors", "missed_defects", "false_alarms", "recall", "revenue_impact")
"""Objectives in which the named points are compared."""
EQUAL = (1.0, 1.0, 1.0)
"""Weights of the stakeholders."""
COST, MISSED = OBJECTIVES["cost_of_errors"], OBJECTIVES["missed_defects"]


@cache
def open_golden(file: str) -> Scores:
    """Golden file, opened with its options."""
    path = GOLDEN / "files" / f"{file}.parquet"
    return open_scores(str(path), label="label", id="id", **FILES[file].options)


@cache
def tallied(file: str) -> Tally:
    return tally_scores(open_golden(file))


@cache
def worst_of(file: str) -> tuple[list[Floats] | None, list[Floats] | None]:
    """Recall of the worst kind and of the worst segment by threshold."""
    return worst_recalls(open_golden(file), tallied(file))


def scenario_of(name: str) -> Scenario:
    return read_scenario(GOLDEN / "scenarios" / f"{name}.toml")


@cache
def halves(file: str) -> tuple[Tally, Tally]:
    """First and second half of a file, as if they were two deliveries."""
    frame = pd.read_parquet(GOLDEN / "files" / f"{file}.parquet")
    middle = len(frame) // 2
    first, second = (
        tally_scores(open_scores(part, label="label", id="id", **FILES[file].options))
        for part in (frame[:middle], frame[middle:])
    )
    return first, second


@dataclass(frozen=True)
class Case:
    """File under a scenario, and the values that all tables are made from."""

    file: str
    name: str

    @property
    def is_first(self) -> bool:
        """True if the scenario is the first one of the file."""
        return FILES[self.file].scenarios[0] == self.name

    @property
    def is_full(self) -> bool:
        """True if all quantities are computed, including slow ones."""
        return self.is_first and FILES[self.file].is_quick

    @cached_property
    def scenario(self) -> Scenario:
        return scenario_of(self.name)

    @property
    def scores(self) -> Scores:
        return open_golden(self.file)

    @cached_property
    def tally(self) -> Tally:
        counted, prices = tallied(self.file), self.scenario.miss_cost_by_type
        if prices is None:
            return counted
        return with_miss_prices(counted, self.scores, prices, self.scenario.miss_cost)

    @cached_property
    def evaluation(self) -> Evaluation:
        curves = tuple(confusion_curve(self.tally, m) for m in range(len(self.tally.models)))
        columns = self.scores.columns
        if columns.segments or columns.defect_type is not None:
            curves = with_worst_recalls(curves, *worst_of(self.file))
        return evaluate(self.tally, self.scenario, curves=curves)

    @cached_property
    def points(self) -> pd.DataFrame:
        return operating_points(self.evaluation, EVERY)

    @cached_property
    def bootstrap(self) -> Bootstrap:
        return Bootstrap.draw(self.evaluation, replicates=REPLICATES, seed=SEED)

    @cached_property
    def limits(self) -> tuple[Bound, ...]:
        return tuple(Bound(OBJECTIVES[name], v) for name, v in self.scenario.limits.items())

    @cached_property
    def certification(self) -> Certification:
        return certification(self.evaluation, [limit_of(bound) for bound in self.limits])

    @cached_property
    def today(self) -> OperatingPoint:
        return current_point(self.evaluation, EVERY)

    @cached_property
    def stakeholders(self) -> list[Objective]:
        """Objectives of three stakeholders; the cost of errors replaces an undefined one."""
        asked = [OBJECTIVES[name] for name in STAKEHOLDERS]
        return [COST if self.points[o.id].isna().all() else o for o in asked]

    @cached_property
    def picks(self) -> list[Pick | None]:
        """Picks of the stakeholders within the limits."""
        return [self.pick(o, self.limits) for o in self.stakeholders]

    @cached_property
    def found_picks(self) -> list[Pick]:
        """Picks of the stakeholders that have one."""
        return [found for found in self.picks if found is not None]

    def pick(self, o: Objective, limits: Sequence[Bound] = ()) -> Pick | None:
        bound = default_bound(o, self.evaluation)
        return pick(self.points, o, self.evaluation, bound=bound, limits=limits)

    @cached_property
    def some_models(self) -> list[int]:
        """Positions of the first and the last model, and of the second in the file's first scenario."""
        return sorted({0, int(self.is_first), len(self.tally.models) - 1})

    @cached_property
    def cheapest(self) -> Pick:
        found = pick(self.points, COST, self.evaluation)
        assert found is not None
        return found

    def positions(self, model: int, most: int) -> NDArray[np.intp]:
        """Evenly spaced positions on a model's curve, including both ends."""
        return spread(np.flatnonzero(self.evaluation.curves[model].distinct), most)

    @cached_property
    def named(self) -> dict[str, OperatingPoint]:
        """Named points: cheapest point, picks, compromise."""
        points = {"cheapest": OperatingPoint.from_points(self.points, self.cheapest.row)}
        for name, found in zip(("data", "product", "executive"), self.picks, strict=True):
            if found is not None:
                points[name] = OperatingPoint.from_points(self.points, found.row)
        fair = self.compromises[0].point
        return points if fair is None else {**points, "fair": fair}

    @cached_property
    def cost_curves(self) -> dict[str, CostCurve]:
        """Cheapest point by miss cost and by defect rate.

        Empty if people inspect, because their bands depend on the price.
        """
        if self.scenario.inspection is not None:
            return {}
        return {
            "miss_cost": cost_curve_by_miss_cost(self.points, self.evaluation),
            "defect_rate": cost_curve_by_defect_rate(self.points, self.evaluation),
        }

    @cached_property
    def compromises(self) -> tuple[Compromise, ...]:
        return self.compromises_by(EQUAL)

    def compromises_by(self, weights: Sequence[float]) -> tuple[Compromise, ...]:
        meeting = self.points[meets_all(self.points, self.limits)]
        return compromises(
            meeting if self.found_picks and len(meeting) else self.points,
            self.stakeholders,
            [found.row for found in self.found_picks],
            today=[self.today.figures[o.id] for o in self.stakeholders],
            weights=weights,
        )

    def row_of(self, point: OperatingPoint | Pick) -> int:
        """Position of a point among the operating points."""
        [at] = np.flatnonzero(self.points.index == point.row)
        return int(at)

    def values(self, o: Objective, point: OperatingPoint) -> Floats:
        """Figure of a point in every resample, shape (R,)."""
        if point is self.today:
            return self.bootstrap.of_current(o)[:, 0]
        return self.bootstrap.values_at(o, str(point.model), point.threshold)


def spread(positions: NDArray[Any], most: int) -> NDArray[Any]:
    """At most `most` evenly spaced values of an array, including both ends."""
    if positions.size <= most:
        return positions
    at = np.unique(np.linspace(0, positions.size - 1, most).round().astype(np.intp))
    return np.asarray(positions[at])

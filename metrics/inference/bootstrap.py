"""Bucket bootstrap: replicates of every figure, as other samples of the same size would give them.

The counts of the replicates belong to the data (`metrics.inference.replicated_counts`). A scenario only
combines these counts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.inspection_band_counts import Rates, draw_rates, inspected_between
from metrics.evaluation.model_metrics import ModelFigures
from metrics.evaluation.objective import Context, Objective
from metrics.inference.replicated_counts import (
    CHUNK,
    BucketCounts,
    DrawnCounts,
    ReplicatedCounts,
)
from metrics.inference.replicated_model_figures import ModelReplicates, OneReplicate
from metrics.inference.unseen_outcomes import UnseenOutcome, with_unseen_outcomes
from metrics.scenario.inspection import Inspection
from metrics.tally.kernel import Floats

T = TypeVar("T")

FOR_A_MEAN = CHUNK
"""Number of replicates for a mean: its error is then an eleventh of the figure's standard error."""

Points = BucketCounts | DrawnCounts

REPLICATES = 1000
"""Default number of resamples."""


@dataclass(frozen=True)
class Bands:
    """Operating points of one shape at which people inspect the units between two thresholds."""

    lower: Points
    upper: Points


@dataclass(frozen=True)
class Bootstrap:
    """An evaluation under resampling: replicates of any objective of any model, computed on demand.

    Attributes
    ----------
    drawn : ReplicatedCounts
        Replicates of the evaluation's tally.
    """

    evaluation: Evaluation
    drawn: ReplicatedCounts
    _parts: dict[tuple[int, int], Bootstrap] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _figures: dict[int, ModelReplicates] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _others: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def draw(
        cls, evaluation: Evaluation, *, replicates: int = REPLICATES, seed: int = 0
    ) -> Bootstrap:
        """Resample an evaluation.

        Parameters
        ----------
        evaluation : Evaluation
        replicates : int
        seed : int
            The same seed gives the same draws on every machine, and to every evaluation of one tally.
        """
        tally, curves = evaluation.tally, evaluation.alone.curves
        drawn = ReplicatedCounts.draw(tally, curves, replicates=replicates, seed=seed)
        return cls(evaluation, drawn)

    @property
    def replicates(self) -> int:
        """R, the number of resamples."""
        return self.drawn.replicates

    @property
    def blocks(self) -> int:
        """Number of buckets that each replicate draws."""
        return self.drawn.blocks

    @property
    def rows_are_independent(self) -> bool:
        """Whether every row has weight 1 and belongs to no group."""
        return self.drawn.tally.rows_are_independent

    def part(self, start: int, stop: int) -> Bootstrap:
        """The replicates from ``start`` to ``stop``; one object, which caches what it computes."""
        if (start, stop) not in self._parts:
            self._parts[start, stop] = replace(self, drawn=self.drawn.part(start, stop))
        return self._parts[start, stop]

    def cached(self, key: Hashable, compute: Callable[[], T]) -> T:
        """A value of this evaluation that several objectives read, computed on first use."""
        if key not in self._others:
            self._others[key] = compute()
        value: T = self._others[key]
        return value

    @cached_property
    def factors(self) -> tuple[Any, Any]:
        """Factors on defects and good units, each of shape (R, 1), from a replicate's counts to the scenario.

        Notes
        -----
        At a set defect rate each class is scaled to its own total, and a replicate without one of the classes
        is undefined. Otherwise both classes vary as they do in the data.
        """
        scenario, mass = self.evaluation.scenario, self.drawn.class_mass
        if scenario.defect_rate is not None:
            mass = np.where(mass > 0, mass, np.nan)
        factors = scenario.factors(mass)
        return tuple(np.broadcast_to(f, len(mass))[:, None] for f in factors)  # type: ignore[return-value]

    @cached_property
    def today(self) -> Confusion:
        """Counts of the current system in the scenario, each of shape (R, 1)."""
        counts = self.evaluation.current_by_bucket.each(lambda n: self.drawn.sums(n)[:, None])
        return counts.scaled(*self.factors)

    def points(
        self, model: int, positions: NDArray[np.intp], *, values: bool = False
    ) -> Points | Bands:
        """Operating points of a model for `counts_of`; see `ReplicatedCounts.points` for the parameters."""
        upper = self.drawn.points(model, positions, values=values)
        lower = self.evaluation.curves[model].lower
        if lower is None:
            return upper
        return Bands(self.drawn.points(model, lower[positions], values=values), upper)

    def counts(self, model: int, positions: NDArray[np.intp], *, values: bool = False) -> Confusion:
        """Counts at some thresholds of a model's curve, each of shape (R, len(positions)), as observed.

        See `ReplicatedCounts.points` for the parameters.
        """
        return self.counts_of(self.points(model, positions, values=values))

    def counts_of(self, points: Points | Bands) -> Confusion:
        """Counts at operating points that are already summed, each of shape (R, K), as observed."""
        if not isinstance(points, Bands):
            return self.drawn.counts_of(points)
        lower, upper = (self.drawn.counts_of(side) for side in (points.lower, points.upper))
        return inspected_between(lower, upper, self.rates)

    @cached_property
    def rates(self) -> Inspection | Rates:
        """Inspectors' rates of each replicate: share of defects found, share of good units rejected."""
        inspection = self.evaluation.scenario.inspection
        assert inspection is not None
        return draw_rates(inspection, self.replicates, self.drawn.first)

    def figures(self, model: int) -> ModelReplicates:
        """Figures of a whole model, each an array of shape (R, 1); one object, which caches them."""
        if model not in self._figures:
            defects, goods = self.factors
            self._figures[model] = ModelReplicates(self.drawn, model, np.hstack([goods, defects]))
        return self._figures[model]

    def values(self, objective: Objective, model: int, positions: NDArray[np.intp]) -> Floats:
        """Replicates of an objective.

        Parameters
        ----------
        objective : Objective
        model : int
            Position among the tally's models.
        positions : ndarray of int, shape (K,)
            Positions on the model's curve.

        Returns
        -------
        ndarray of float64, shape (R, K)
            Figures of the scenario; shape (R, 1) for an objective of a whole model. NaN if undefined.
        """
        if objective.of_model:
            positions = positions[:1]
        counts = self.counts(model, positions, values=objective.reads_values)
        return self.of_counts(objective, model, counts)

    def values_at(self, objective: Objective, model: str, threshold: float) -> Floats:
        """Replicates of an objective at one operating point, shape (R,)."""
        m = self.evaluation.tally.index(model)
        positions = self.evaluation.curves[m].positions([threshold])
        return self.values(objective, m, positions)[:, 0]

    def of_current(self, objective: Objective) -> Floats:
        """Replicates of an objective of the current system, shape (R, 1)."""
        today = self.evaluation.scenario.today
        model = None if today is None else self.evaluation.tally.index(today.model)
        return self.values_at_scaled_counts(objective, model, self.today)

    @cached_property
    def current_with_unseen_outcomes(self) -> list[UnseenOutcome]:
        """`with_unseen_outcomes` of the current system, with the counts in the scenario."""
        counts = self.evaluation.current_counts.each(np.atleast_1d)
        return [
            replace(unseen, counts=unseen.counts.scaled(*self.evaluation.factors))
            for unseen in with_unseen_outcomes(self.drawn, counts, self.today)
        ]

    def of_counts(self, objective: Objective, model: int, counts: Confusion) -> Floats:
        """Replicates of an objective at observed counts of a model, shape (R, K)."""
        return self.values_at_scaled_counts(objective, model, counts.scaled(*self.factors))

    def values_at_scaled_counts(
        self, objective: Objective, model: int | None, scaled: Confusion
    ) -> Floats:
        """Replicates at counts of the scenario; without a model every unit is shipped."""
        scenario, today = self.evaluation.scenario, self.today
        figures = None if model is None else self.figures(model)
        name = None if model is None else self.evaluation.tally.models[model]
        if objective.is_standard:
            context = Context(scenario, today, cast(ModelFigures | None, figures), name)
            return objective.values(scaled, context)
        # User-defined objectives expect the counts and the plain numbers of one file.
        rows = []
        for r in range(self.replicates):
            one_replicate = (
                None if figures is None else cast(ModelFigures, OneReplicate(figures, r))
            )
            context = Context(scenario, today.each(itemgetter((r, 0))), one_replicate, name)
            rows.append(objective.values(scaled.each(itemgetter(r)), context))
        return np.array(rows)

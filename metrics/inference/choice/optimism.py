"""Optimism of a choice (the winner's curse), and figures and intervals that are corrected for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import FOR_A_MEAN, Bootstrap
from metrics.inference.choice.replicate_candidates import COST
from metrics.inference.choice.replicate_choices import (
    ReplicateChoices,
    choices_with_limits_if_met,
    figures_in_both,
)
from metrics.inference.confidence_level import Z
from metrics.inference.intervals import possible_range
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.tally.kernel import Floats

EQUAL, AHEAD = math.sqrt(2), 0.5
"""Ratio of the optimism to its value in replicates.

`EQUAL` is for equal candidates, `AHEAD` for a best candidate that leads by two standard errors.
"""
AT_LIMIT = (EQUAL + AHEAD) / 2 / EQUAL
"""Part of the optimism that a figure is expected to have if a limit on it decided the choice."""
UNSURE = 0.4
"""Assumed relative standard error of the optimism. In 200 samples of 60 defects it was 0.37 to 0.5."""

_SAME_OUTCOMES = (
    frozenset(
        {
            "missed_defects",
            "missed_defects_per_1000_defects",
            "missed_defects_per_1000_units",
            "recall",
        }
    ),
    frozenset({"revenue", "revenue_impact", "revenue_impact_percent"}),
)
"""Groups of objectives that measure the same outcomes in different units."""

Place = tuple[int, int]
"""A model, and a position on its curve."""


def optimism_of_choice(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    objectives: Sequence[Objective],
    *,
    at: Place | None = None,
) -> dict[str, Floats]:
    """Optimism of figures at a point that was chosen on the same rows.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice or CompromiseChoice
        Rule of the choice, repeated on each replicate among the points with cached counts.
    objectives : sequence of Objective
        Objectives to correct, also others than that of the choice.
    at : (int, int), optional
        Model and position of the choice in the file. Its own figure is then used as a control variate with
        mean 0, which makes the mean more precise.

    Returns
    -------
    dict of str to ndarray of float64, shape (R,)
        By objective id, in the objective's unit: the figure of the replicate's choice in the replicate, minus
        that of the same point in the file. NaN if a replicate has no choice even without the limits.

    Notes
    -----
    A replicate relates to the file as the file to the population, except for the noise that the file already
    has. `mean_over_replicates` corrects for this noise. Replicates in which no point meets the limits choose
    without limits. A mean over the other replicates alone would be biased, because it omits figures below the
    limit.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Harrell, Lee, Mark: Multivariable prognostic models. Statistics in Medicine 1996.
    Efron: More efficient bootstrap computations. JASA 1990 (control variates).
    """
    chosen = choices_with_limits_if_met(bootstrap, [choice])
    if at is None:
        return _noise(bootstrap, chosen[0], objectives)
    return optimism_of_choices(bootstrap, chosen, objectives, [at])[0]


def optimism_of_choices(
    bootstrap: Bootstrap,
    chosen: Sequence[ReplicateChoices],
    objectives: Sequence[Objective],
    places: Sequence[Place],
) -> list[dict[str, Floats]]:
    """Like `optimism_of_choice`, for choices repeated on the replicates, and their places in the file."""
    with_control = [
        [(c.models, np.full_like(c.models, m)), (c.positions, np.full_like(c.positions, k))]
        for c, (m, k) in zip(chosen, places, strict=True)
    ]
    models, positions = np.moveaxis(np.array(with_control), 1, 0)
    noise = _noise(bootstrap, ReplicateChoices(models, positions), objectives)
    return [
        {name: _less_control(*of_all[k]) for name, of_all in noise.items()}
        for k in range(len(chosen))
    ]


def _less_control(noise: Floats, control: Floats) -> Floats:
    """Noise, minus the part of it that correlates with a control variate of mean 0."""
    is_known = np.isfinite(noise) & np.isfinite(control)
    if is_known.sum() < 2 or not (variance := control[is_known].var()) > 0:
        return noise
    slope = float(
        np.mean((noise[is_known] - noise[is_known].mean()) * control[is_known]) / variance
    )
    return noise - slope * control


def _noise(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, Floats]:
    """Figures of each replicate's choice in the replicate, minus those in the file."""
    figures = figures_in_both(bootstrap, chosen, objectives)
    return {name: in_replicate - in_file for name, (in_replicate, in_file) in figures.items()}


def mean_optimism(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    objectives: Sequence[Objective],
    *,
    at: Place | None = None,
) -> dict[str, float]:
    """Mean optimism of figures at a chosen point, by objective id; NaN if unknown.

    Notes
    -----
    Computed from the first `FOR_A_MEAN` replicates.
    """
    few = bootstrap.part(0, FOR_A_MEAN)
    return {
        name: mean_over_replicates(by_replicate)
        for name, by_replicate in optimism_of_choice(few, choice, objectives, at=at).items()
    }


def mean_over_replicates(optimism: Floats) -> float:
    """Optimism of the file's choice, from the optimism in each replicate; NaN if most have no choice.

    Notes
    -----
    A replicate chooses by the noise of the file plus its own noise, but only its own noise is observed. Take
    candidates that are truly equal, each with the sampling noise s. In the file the best is m s too good. In
    a replicate the best of both noises is sqrt(2) m s too good, and half of this is its own noise: m s /
    sqrt(2). The mean is therefore multiplied by `EQUAL`. A best that is truly ahead is less optimistic: see
    `at_choice`.
    """
    return EQUAL * float(np.nanmean(optimism)) if np.isfinite(optimism).mean() > 0.5 else math.nan


@dataclass(frozen=True)
class AtChoice:
    """A figure of a point that was chosen for being the best.

    Attributes
    ----------
    value : float
        Figure in the file, in the objective's unit.
    expected : float
        Expected figure in other samples: the value minus the optimism.
    low, high : float
        Ends of the 95% interval; NaN if undefined.
    """

    value: float
    expected: float
    low: float
    high: float


def is_limited(choice: Choice | CompromiseChoice, o: Objective) -> bool:
    """Whether a limit of a choice is on an objective, or on the same outcomes in another unit."""
    if isinstance(choice, CompromiseChoice):  # the limits of a compromise rarely fix a figure
        return False
    limited = {bound.objective.id for bound in choice.limits}
    return o.id in limited or any(o.id in same and limited & same for same in _SAME_OUTCOMES)


@dataclass(frozen=True)
class Shape:
    """Distribution of a point's figure over samples.

    Attributes
    ----------
    error : float
        Standard error, in the objective's unit.
    skewness : float
        Third standardised moment; 0 if the figure does not vary.
    is_share : bool
        Whether the interval of the point is that of a share of counts, which allows for the skewness.
    """

    error: float
    skewness: float
    is_share: bool

    @classmethod
    def of(cls, replicates: Floats, *, is_share: bool) -> Shape:
        """Shape of a figure from its replicates, shape (R,); undefined replicates are left out."""
        defined = replicates[np.isfinite(replicates)]
        deviation = defined - defined.mean() if defined.size else np.zeros(1)
        error = math.sqrt(float(np.mean(deviation**2)))
        # A difference in the last bits only does not count as variation.
        if not error > 1e-9 * np.abs(defined).max(initial=0.0):
            return cls(0.0, 0.0, is_share)
        return cls(error, float(np.mean(deviation**3)) / error**3, is_share)


def at_choice(
    o: Objective,
    value: float,
    low: float,
    high: float,
    optimism: float,
    shape: Shape,
    *,
    is_limited: bool = False,
) -> AtChoice:
    """Figure of a chosen point, from its interval without a correction for the choice.

    Parameters
    ----------
    o : Objective
    value, low, high : float
        Figure and interval in the file, in the objective's unit.
    optimism : float
        From `mean_over_replicates`; NaN (unknown) corrects nothing.
    shape : Shape
    is_limited : bool
        Whether a limit of the choice is on this figure (`is_limited`).

    Notes
    -----
    Take two candidates: one is truly better by d, and the difference has the standard error s. The better
    one is s phi(d / s) too good on average. Replicates show s phi(d / (sqrt(2) s)) / sqrt(2). The optimism is
    about half of this value at d = 2 s; both vanish for a larger d. With equal candidates the optimism is
    `EQUAL` times the value in replicates. So the given optimism f is the largest, and f `AHEAD` / `EQUAL` the
    smallest. Each end is moved by the value that moves it farther out. The expected figure is moved by f.

    If a limit fixes a figure, models compete for it, but thresholds hardly do. The expected optimism is then
    halfway between the largest and the smallest (`AT_LIMIT`). Simulations agree with this value
    (`tests.soak.intervals_at_picks`).

    The far end, in the direction of the correction, allows for more. Low figures vary less, like counts: with
    skewness g the error e of a figure grows by g / 2 for each unit. The end's distance from the expected
    figure is therefore its distance from the value, times ``1 + |f g / (2 e)|``. The factor only applies if
    it widens the interval, and is at most 2. The optimism has the relative error `UNSURE`; its interval is
    added by the root of the sum of squares. Percentiles of replicates do not allow for the skewness either.
    The shift ``e g (2 z**2 + 1) / 6``, with z the normal quantile of 97.5%, is applied to the end that it
    moves outwards.

    An end at the smallest or largest possible figure is not moved. A file without missed defects is
    compatible with never missing one.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Andrews, Kitagawa, McCloskey: Inference on winners. Quarterly Journal of Economics 2024 (that intervals
    at a winner must hold whether or not it is far ahead).
    Hall: The bootstrap and Edgeworth expansion. 1992, section 3.5 (ends corrected for skewness).
    """
    optimism = 0.0 if math.isnan(optimism) else optimism
    least, largest = possible_range(o)
    # An unbounded interval has no width.
    slack = 1e-9 * (high - low if math.isfinite(high - low) else abs(value))
    is_least, is_largest = low <= least + slack, high >= largest - slack
    if not shape.is_share:
        skewed = shape.error * shape.skewness * (2 * Z**2 + 1) / 6
        low, high = low + min(skewed, 0.0), high + max(skewed, 0.0)
    growth = 0.0 if shape.error == 0 else -optimism * shape.skewness / (2 * shape.error)
    widening, unsure = 1 + min(max(growth, 0.0), 1.0), Z * UNSURE * optimism
    corrected_low, corrected_high = shifted(low, high, optimism)
    if optimism > 0:
        corrected_low = value - optimism - math.hypot(widening * max(value - low, 0.0), unsure)
    elif optimism < 0:
        corrected_high = value - optimism + math.hypot(widening * max(high - value, 0.0), unsure)
    expected = value - (AT_LIMIT if is_limited else 1.0) * optimism
    return AtChoice(
        value,
        float(np.clip(expected, least, largest)),
        least if is_least else float(np.clip(corrected_low, least, largest)),
        largest if is_largest else float(np.clip(corrected_high, least, largest)),
    )


def share_of_optimism(bootstrap: Bootstrap, choice: Choice | CompromiseChoice, at: Place) -> Floats:
    """Share of a chosen point's optimism that the other thresholds of its model have.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice or CompromiseChoice
        Rule of the choice.
    at : (int, int)
        Model and position of the chosen point.

    Returns
    -------
    ndarray of float64, shape (K,)
        For each position on the model's curve: 1 at the chosen point, and falling on both sides.

    Notes
    -----
    A neighbour shares most of the chosen point's noise, and so of its optimism. But the neighbour was not
    chosen, so the noise that is not shared is probably unfavourable. Take the correlation r of both points in
    the objective of the choice. The part that is not shared has the size ``sqrt(1 - r**2)`` in standard
    errors, and the neighbour's share is ``1 - sqrt(1 - r**2)``. The share is the same for all figures,
    because one choice causes the optimism of all. In simulations the share is rarely too small
    (`tests.soak.neighbours_of_picks`). The slope of a regression on the chosen point would be far too large.

    Computed from the first `FOR_A_MEAN` replicates and interpolated between the cached points.
    """
    model, position = at
    few = bootstrap.part(0, FOR_A_MEAN)
    positions = np.union1d(few.drawn.all_replicates.positions[model], [position])
    k = int(np.searchsorted(positions, position))
    objectives = choice.objectives if isinstance(choice, CompromiseChoice) else (choice.objective,)
    # An objective of a whole model leaves the threshold to the cost of errors.
    judged = {COST if o.of_model else o for o in objectives}
    correlation = np.max([_correlation(few.values(o, model, positions), k) for o in judged], axis=0)
    share = 1 - np.sqrt(1 - np.clip(correlation, 0, 1) ** 2)
    share[k] = 1.0
    share[k:] = np.minimum.accumulate(share[k:])
    share[: k + 1] = np.minimum.accumulate(share[k::-1])[::-1]
    size = bootstrap.evaluation.curves[model].thresholds.size
    return np.asarray(np.interp(np.arange(size), positions, share))


def _correlation(values: Floats, k: int) -> Floats:
    """Correlation of each column of values (R, K) with column ``k``, shape (K,); 0 if undefined."""
    deviation = values - values.mean(axis=0)
    error = np.sqrt(np.mean(deviation**2, axis=0))
    return np.nan_to_num(ratio(np.mean(deviation * deviation[:, [k]], axis=0), error * error[k]))


@dataclass(frozen=True)
class ChosenBeside:
    """A chosen point, for the correction of the other thresholds of its model.

    Attributes
    ----------
    low, high : float
        Ends of its 95% interval without a correction for the choice.
    """

    chosen: AtChoice
    low: float
    high: float

    @cached_property
    def changes(self) -> Floats:
        """Changes of figure, lower end and upper end by the correction, shape (3,); 0 if undefined."""
        figure = self.chosen
        changes = np.array(
            [figure.expected - figure.value, figure.low - self.low, figure.high - self.high]
        )
        return np.where(np.isfinite(changes), changes, 0.0)


@dataclass(frozen=True)
class Correction:
    """Correction of a figure at K thresholds of a model, if some of them were chosen on the same rows.

    Attributes
    ----------
    changes : ndarray of float64, shape (3, K)
        Changes of figure, lower end and upper end.
    """

    changes: Floats

    @classmethod
    def beside(
        cls,
        o: Objective,
        picks: Sequence[ChosenBeside],
        shares_of_picks: Sequence[Floats],
        values: Floats,
    ) -> Correction:
        """Correction around and between chosen points.

        Parameters
        ----------
        o : Objective
        picks : sequence of ChosenBeside
        shares_of_picks : sequence of ndarray, shape (K,)
            Share of each pick's optimism that the thresholds have (`share_of_optimism`).
        values : ndarray of float64, shape (K,)
            Figures of the model.

        Notes
        -----
        The correction of a chosen point fades with the share of its optimism, but no faster than the figures
        differ. So it does not reverse their order: no threshold near the cheapest is expected to be cheaper,
        and no higher threshold to miss fewer defects. This also holds between chosen points.

        With several chosen points the largest correction applies. Close to one chosen point, the corrections
        of those with no better figure are scaled down, so the correction never jumps.
        """
        changes = np.array([pick.changes for pick in picks])
        loss = o.direction.loss(values - np.array([[pick.chosen.value] for pick in picks]))
        largest = np.abs(changes).max(axis=1, keepdims=True)
        keeps_order = 1 - ratio(np.abs(loss), largest)
        shares = np.array(shares_of_picks)
        distances = 1 - shares
        nearest = distances.min(axis=0)
        scale = np.where(distances == nearest, 1.0, ratio(nearest, distances))
        shares = np.fmax(shares, keeps_order) * scale
        shares = np.where(loss > 0, np.fmax(shares, keeps_order), shares)
        faded = changes[:, :, None] * shares[:, None]
        return cls(faded.max(axis=0, initial=0.0) + faded.min(axis=0, initial=0.0))

    def apply(
        self, o: Objective, rows: int | slice, value: Any, low: Any, high: Any
    ) -> tuple[Floats, Floats, Floats]:
        """Expected figure and both ends of the interval at some of the thresholds.

        Parameters
        ----------
        o : Objective
            Objective of the figure, which limits its range. An end of the range is not moved.
        rows : int or slice
            The thresholds.
        value, low, high : float or ndarray
            Figures at these thresholds, and ends without a correction.
        """
        least, largest = possible_range(o)
        expected, corrected_low, corrected_high = (
            np.clip(uncorrected + change, least, largest)
            for uncorrected, change in zip((value, low, high), self.changes[:, rows], strict=True)
        )
        slack = 1e-9 * np.nan_to_num(high - low, posinf=0.0)
        return (
            expected,
            np.where(low <= least + slack, low, corrected_low),
            np.where(high >= largest - slack, high, corrected_high),
        )


def shifted(low: float, high: float, optimism: float) -> tuple[float, float]:
    """Interval after subtracting the largest optimism from the lower end, the smallest from the upper end."""
    smallest, largest = sorted((AHEAD / EQUAL * optimism, optimism))
    return low - largest, high - smallest

"""Confidence intervals and a joint test of calibration: reliability diagram, intercept and slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, fdtrc

from metrics.evaluation.calibration import (
    MOST_CONDITION,
    LogisticCalibration,
    bin_logits,
    logistic_calibration,
)
from metrics.evaluation.confusion import ratio
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import mean_cluster_mass, mean_of_replicates
from metrics.inference.interval_formulas import (
    Interval,
    percentile_interval,
    wilson_interval,
)
from metrics.inference.replicated_counts import bucket_sums
from metrics.tally.kernel import Floats


def reliability_interval(bootstrap: Bootstrap, model: int) -> Interval:
    """95% intervals of the share of defects in each bin of the reliability diagram.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.

    Returns
    -------
    Interval
        Shape (15,); NaN in a bin without units.

    Notes
    -----
    Wilson's interval of the observed share. If rows are grouped or weighted, the `design_effect` gives the
    effective number of rows. The scenario's defect rate re-weights the odds of the share and of both ends.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Bröcker, Smith: Increasing the reliability of reliability diagrams. Weather and Forecasting 2007.
    """
    evaluation = bootstrap.evaluation
    bins = evaluation.tally.calibration[:, model, :, :, 0]
    rows = bins.sum(axis=0)
    units = rows.sum(axis=1)
    share = ratio(rows[:, 1], units)
    if bootstrap.rows_are_independent:
        ends = wilson_interval(rows[:, 1], units)
    else:
        replicated_bins = _replicated_sums(bootstrap, bins)
        shares = ratio(replicated_bins[..., 1], replicated_bins.sum(axis=-1))
        masses = np.array([mean_cluster_mass(mass) for mass in bins.sum(axis=-1).T])
        ends = mean_of_replicates(share, units, units, shares, bootstrap.blocks, masses).interval()
    defects, goods = evaluation.factors
    low, high = (
        np.where(units == 0, np.nan, ratio(end * defects, end * defects + (1 - end) * goods))
        for end in (ends.low, ends.high)
    )
    return Interval(low, high)


def calibration_in_the_large(bootstrap: Bootstrap, model: int) -> tuple[float, float]:
    """95% interval of the share of defects that a model predicts, minus the observed share.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.

    Returns
    -------
    (float, float)
        Ends; above 0 if the probabilities are too high. NaN for a ranking.

    Notes
    -----
    With weights w, probabilities p and outcomes y, the ends are percentiles of sum w (p - y) / sum w over the
    replicates.

    References
    ----------
    Van Calster et al.: Calibration: the Achilles heel of predictive analytics. BMC Medicine 2019.
    """
    tally = bootstrap.evaluation.tally
    if tally.scale == "rank":
        return float("nan"), float("nan")
    # By bucket and class: the weight, and the summed probability.
    sums = tally.calibration[:, model].sum(axis=1)
    by_class = _replicated_sums(bootstrap, sums) * np.stack(bootstrap.factors[::-1], axis=1)
    excess = by_class[..., 1].sum(axis=1) - by_class[:, 1, 0]
    shares = ratio(excess, by_class[..., 0].sum(axis=1))
    ends = percentile_interval(shares[:, None], blocks=bootstrap.blocks)
    return ends.low.item(), ends.high.item()


@dataclass(frozen=True)
class LogisticCalibrationInterval:
    """Calibration intercept and slope with their 95% intervals.

    Attributes
    ----------
    intercept, slope : (float, float)
        Ends; NaN if undefined.
    p_value : float
        p-value of the joint test that the intercept is 0 and the slope is 1; NaN if undefined.
    """

    figures: LogisticCalibration
    intercept: tuple[float, float]
    slope: tuple[float, float]
    p_value: float = float("nan")


def logistic_calibration_interval(bootstrap: Bootstrap, model: int) -> LogisticCalibrationInterval:
    """95% intervals of the calibration intercept and slope, and the joint test of both.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.

    Notes
    -----
    Percentiles of one Newton step from the estimate in every replicate. The step needs only sums over the
    drawn buckets. With the gradient g and the information H of each bucket b, and its weight w in the
    replicate::

        beta* = beta + (sum w_b H_b)^-1 sum w_b g_b

    The joint test is Wald's. With d = beta - (0, 1) and the covariance C of the replicates, which reflects
    groups and weights, d' C^-1 d is compared with Hotelling's distribution. Like `expanded_z`, this
    allows for a covariance from few blocks.

    References
    ----------
    Hotelling: The generalization of Student's ratio. Annals of Mathematical Statistics 1931.
    Moulton, Zeger: Bootstrapping generalized linear models. Computational Statistics & Data Analysis 1991
    (one-step bootstrap).
    Davidson, MacKinnon: Bootstrap testing in nonlinear models. International Economic Review 1999.
    """
    evaluation = bootstrap.evaluation
    calibration = logistic_calibration(evaluation, model)
    undefined = float("nan"), float("nan")
    if np.isnan(calibration.slope):
        return LogisticCalibrationInterval(calibration, undefined, undefined)
    logits = bin_logits(evaluation.tally, model)
    probability = expit(calibration.intercept + calibration.slope * logits)[:, None]
    rows = evaluation.tally.masses[:, model, : logits.size]
    powers = np.column_stack([np.ones(logits.size), logits, logits**2])
    # By bucket and class: the two parts of the gradient, and the three of the information matrix.
    information = probability * (1 - probability) * powers
    sums = np.stack(
        [
            rows[..., label] @ np.hstack([(label - probability) * powers[:, :2], information])
            for label in (0, 1)
        ],
        axis=1,
    )
    replicated_sums = _replicated_sums(bootstrap, sums)
    defects, goods = bootstrap.factors
    parts = replicated_sums[:, 0] * goods + replicated_sums[:, 1] * defects
    g0, g1, h00, h01, h11 = parts.T
    determinant = h00 * h11 - h01**2
    intercept = calibration.intercept + ratio(h11 * g0 - h01 * g1, determinant)
    slope = calibration.slope + ratio(h00 * g1 - h01 * g0, determinant)
    replicates = np.column_stack([intercept, slope])
    ends = percentile_interval(replicates, blocks=bootstrap.blocks)
    difference = np.array([calibration.intercept, calibration.slope - 1])
    return LogisticCalibrationInterval(
        calibration,
        (float(ends.low[0]), float(ends.high[0])),
        (float(ends.low[1]), float(ends.high[1])),
        _joint_p_value(difference, replicates, bootstrap.blocks),
    )


def _joint_p_value(difference: Floats, replicates: Floats, blocks: int) -> float:
    """P value of Hotelling's test that two differences are 0; NaN if their covariance is unknown.

    Parameters
    ----------
    difference : ndarray of float64, shape (2,)
    replicates : ndarray of float64, shape (R, 2)
        Replicates of both figures; NaN where undefined.
    blocks : int
        B, number of blocks that are resampled.
    """
    defined = replicates[np.isfinite(replicates).all(axis=1)]
    if blocks <= 2 or len(defined) <= 2:
        return float("nan")
    # Resamples of B blocks vary too little, by (B - 1) / B.
    covariance = np.cov(defined.T) * blocks / (blocks - 1)
    if not np.linalg.cond(covariance) < MOST_CONDITION:
        return float("nan")
    distance = difference @ np.linalg.solve(covariance, difference)
    return float(fdtrc(2, blocks - 2, distance * (blocks - 2) / (2 * (blocks - 1))))


def _replicated_sums(bootstrap: Bootstrap, by_bucket: Floats) -> Floats:
    """Sums over the drawn buckets, shape (R, ...), of an array (B, ...); not scaled to the file's size."""
    return np.moveaxis(bucket_sums(by_bucket, bootstrap.drawn.weights), -1, 0)

"""Mean amount of grouped or weighted units, such as a cost, and its variance between the groups."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ratio
from metrics.inference.certificates.shares_of_rows import Buckets, SharesOfRows
from metrics.inference.design_effect import GroupedMean, mean_cluster_mass
from metrics.tally.kernel import Floats


def mean_amount(
    shares: SharesOfRows,
    amounts: Floats,
    current: Floats,
    classes: tuple[int, ...],
    moments: tuple[Floats, Floats],
    buckets: Buckets,
    at: NDArray[np.intp] | slice,
) -> GroupedMean:
    """Mean figure of grouped or weighted rows, with the inputs of its design effect.

    Parameters
    ----------
    shares : SharesOfRows
        Rows, and the cache of their sums of products.
    amounts : ndarray, shape (2, 3)
        Figure of a unit of each class as a sum of three amounts. The first applies if a point ships the
        unit, the second to every unit, and the third if the current system flags the unit.
    current : ndarray, shape (B, 2)
        Units of each bucket and class that the current system flags.
    classes : tuple of int
        Classes of the units.
    moments : (ndarray, ndarray), each of shape (P,)
        Mean and variance of a unit's figure at the points ``at``.
    buckets : Buckets
    at : ndarray of int, shape (P,), or slice
        Positions of the points.
    """
    tally, is_used, columns = shares.tally, buckets.mask(len(current)), list(classes)
    mass = tally.bucket_mass[is_used][:, columns].sum(axis=1)
    # Rows of a bucket and class are the same for every model.
    rows = tally.counts[is_used, 0][..., columns].sum()
    mean, variance = moments
    of_point, fixed = shares.cached(
        ("products", current.tobytes(), classes, buckets),
        lambda: _products(shares, current, classes, buckets),
    )
    if_shipped, other = amounts[columns, 0], amounts[columns, 1:].T.ravel()
    pairs = np.outer(if_shipped, np.concatenate([if_shipped, 2 * other]))
    squares = np.tensordot(pairs, of_point[..., at], 2) + other @ fixed @ other
    blocks = len(mass)
    return GroupedMean(
        mean=mean,
        variance=variance,
        mass=np.full(mean.shape, mass.sum()),
        rows=np.full(mean.shape, float(rows)),
        variance_of_sum=squares * blocks / max(blocks - 1, 1),
        blocks=blocks,
        group_mass=mean_cluster_mass(mass),
        is_weighted_only=not tally.grouped,
    )


def _products(
    shares: SharesOfRows, current: Floats, classes: tuple[int, ...], buckets: Buckets
) -> tuple[Floats, Floats]:
    """Sums over the buckets of products of counts, from which the variance of a sum of amounts follows.

    Each count is a deviation from its mean for the bucket's mass. The sums of C classes have two parts:

    - shape (C, 3 C, K): the units that a point ships, times themselves and the other counts;
    - shape (2 C, 2 C): the other counts, which are all units and those that the current system flags.
    """
    tally, is_used, columns = shares.tally, buckets.mask(len(current)), list(classes)
    units = tally.bucket_mass[is_used][:, columns]
    mass = units.sum(axis=1, keepdims=True)

    def deviations(counts: Floats) -> Floats:
        share = ratio(counts.sum(axis=-2), mass.sum(axis=0))
        return counts - mass * np.nan_to_num(share)[..., None, :]

    others = deviations(np.concatenate([units, current[is_used][:, columns]], axis=1)).T
    products = []
    for m, (first, last) in enumerate(itertools.pairwise([0, *shares.ends])):
        bins = np.stack([tally.masses[is_used, m, : last - first, c] for c in classes])
        shipped = deviations(bins.cumsum(axis=-1, dtype=np.float64))
        squares = np.einsum("ibk,jbk->ijk", shipped, shipped)
        products.append(np.concatenate([squares, others @ shipped], axis=1))
    return np.concatenate(products, axis=-1), others @ others.T

"""How often a point holds its place: the share of resamples in which no other model's point beats it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from metrics.objective import Objective
from metrics.resample import Draws, Floats, Resampled

AT_MOST = 8192
"""Operating points that compete; with more, each model enters those spread evenly over its curve."""
CHUNK = 125
"""Replicates in memory at a time, for each of two threads."""


@dataclass(frozen=True)
class Standing:
    """Shares of the resamples.

    Attributes
    ----------
    where : tuple of ndarray of int
        For each model the positions on its curve that competed.
    points : tuple of ndarray of float64
        For each of them, how often no point of another model beat it; NaN where an objective is
        undefined.
    models : ndarray of float64, shape (M,)
        How often a model had such a point.
    """

    where: tuple[NDArray[np.intp], ...]
    points: tuple[Floats, ...]
    models: Floats


@numba.njit(cache=True, nogil=True)
def _enter(
    best: Floats, who: NDArray[np.int64], second: Floats, at: int, value: float, model: int
) -> None:
    """Put a value into a tree of least values over prefixes; each node keeps two models' least."""
    while at < best.size:
        if value < best[at]:
            if who[at] != model:
                second[at] = best[at]
                who[at] = model
            best[at] = value
        elif who[at] != model and value < second[at]:
            second[at] = value
        at += at & -at


@numba.njit(cache=True, nogil=True)
def _least(best: Floats, who: NDArray[np.int64], second: Floats, at: int, model: int) -> float:
    """Least value among the first ``at`` ranks of any model but this."""
    least = np.inf
    while at > 0:
        value = second[at] if who[at] == model else best[at]
        least = min(least, value)
        at -= at & -at
    return least


@numba.njit(cache=True, nogil=True)
def unbeaten(losses: Floats, model: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which points no point of another model beats.

    Parameters
    ----------
    losses : ndarray, shape (3, n)
        Three objectives, less is better, none NaN.
    model : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Notes
    -----
    A sweep along the first objective with a tree over the ranks of the second that knows the least third:
    O(n log n). To beat is to be no worse in all three and better in one.

    References
    ----------
    Kung, Luccio, Preparata: On finding the maxima of a set of vectors. JACM 1975.
    """
    first, third = losses[0], losses[2]
    n = first.size
    order = np.argsort(first)
    along = np.argsort(losses[1])
    rank = np.empty(n, np.int64)
    ranks = 0
    for k in range(n):
        if k == 0 or losses[1][along[k]] != losses[1][along[k - 1]]:
            ranks += 1
        rank[along[k]] = ranks
    best = np.full(ranks + 1, np.inf)
    second = np.full(ranks + 1, np.inf)
    who = np.full(ranks + 1, -1)
    stands = np.ones(n, np.bool_)
    start = 0
    while start < n:
        end = start
        while end < n and first[order[end]] == first[order[start]]:
            end += 1
        for k in range(start, end):  # better in the first
            i = order[k]
            stands[i] = not _least(best, who, second, rank[i], model[i]) <= third[i]
        for k in range(start, end):
            i = order[k]
            _enter(best, who, second, rank[i], third[i], model[i])
        for k in range(start, end):  # as good in the first: better in the second, or in the third
            i = order[k]
            better = _least(best, who, second, rank[i] - 1, model[i]) <= third[i]
            if better or _least(best, who, second, rank[i], model[i]) < third[i]:
                stands[i] = False
        start = end
    return stands


def competitors(
    resampled: Resampled, asked: Sequence[NDArray[np.intp]] | None = None
) -> list[NDArray[np.intp]]:
    """Positions on each model's curve that compete; those ``asked`` for are always among them."""
    curves = resampled.evaluation.curves
    out = []
    for m, own in enumerate(curves):
        distinct = np.flatnonzero(own.distinct)
        room = max(2, AT_MOST // len(curves))
        if distinct.size > room:
            distinct = distinct[np.linspace(0, distinct.size - 1, room).round().astype(int)]
        if asked is not None:
            distinct = np.union1d(distinct, asked[m])
        out.append(distinct.astype(np.intp))
    return out


def standing(
    resampled: Resampled,
    objectives: Sequence[Objective],
    asked: Sequence[NDArray[np.intp]] | None = None,
) -> Standing:
    """How often operating points and models stay unbeaten.

    Parameters
    ----------
    resampled : Resampled
    objectives : sequence of Objective
        At most three different ones.
    asked : sequence of ndarray of int, optional
        For each model, positions on its curve that must be among the answers.
    """
    unique = list({o.id: o for o in objectives}.values())
    where = competitors(resampled, asked)
    model = np.repeat(np.arange(len(where)), [w.size for w in where])
    draws = resampled.draws
    starts = range(0, len(draws.weights), CHUNK)

    def chunk(start: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        part = Resampled(
            resampled.evaluation, Draws(draws.weights[start : start + CHUNK], draws.seed)
        )
        return _count(part, unique, where, model)

    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(chunk, starts))
    stood, defined, models = (sum(parts) for parts in zip(*counted, strict=True))
    with np.errstate(invalid="ignore"):
        shares = np.where(defined > 0, stood / np.maximum(defined, 1), np.nan)
    ends = np.cumsum([w.size for w in where])[:-1]
    return Standing(tuple(where), tuple(np.split(shares, ends)), models / len(draws.weights))


def _count(
    part: Resampled,
    objectives: Sequence[Objective],
    where: Sequence[NDArray[np.intp]],
    model: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How often each point stood and was defined, and how often each model had one that stood."""
    replicates = len(part.draws.weights)
    losses = np.zeros((3, replicates, model.size))
    edges = np.concatenate([[0], np.cumsum([w.size for w in where])])
    for m, own in enumerate(where):
        counts = part.counts(m, own)
        for k, o in enumerate(objectives):
            values = part.of_counts(o, m, counts)
            losses[k, :, edges[m] : edges[m + 1]] = o.direction.loss(values)
    stood = np.zeros(model.size, np.int64)
    defined = np.zeros(model.size, np.int64)
    models = np.zeros(len(where), np.int64)
    for r in range(replicates):
        there = ~np.isnan(losses[:, r]).any(axis=0)
        stands = unbeaten(np.ascontiguousarray(losses[:, r, there]), model[there])
        stood[there] += stands
        defined += there
        models[np.unique(model[there][stands])] += 1
    return stood, defined, models

"""How long requests wait for a free worker, and how many workers it takes: the M/M/c queue.

Requests come independently of each other (a Poisson process), wait in one line, and are served first come,
first served by equal workers whose service times are exponentially distributed. A model whose time is the
same for every unit keeps them waiting less, about half as long (M/D/c): these figures are on the safe side.

References
----------
Erlang: Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges. 1917.
Cooper: Introduction to queueing theory. 2nd edition, 1981, chapter 3.
"""

from __future__ import annotations

import math
from functools import lru_cache

from scipy.special import gammaincc, gammaln


def erlang_c(workers: int, load: float) -> float:
    """Chance that a request finds every worker busy (the Erlang C formula).

    Parameters
    ----------
    workers : int
        At least 1.
    load : float
        Requests a second times seconds a request, above 0: the workers that would be busy on average.

    Returns
    -------
    float
        1 where the load is no less than the workers: then the line only grows.

    Notes
    -----
    The Erlang B formula is a Poisson chance over its cumulated chance, ``P(N = c) / P(N <= c)`` at the mean
    ``load``; that costs the same for a million workers as for one. With it,
    ``C = B / (1 - load / c * (1 - B))``.
    """
    if load >= workers:
        return 1.0
    exactly = math.exp(workers * math.log(load) - load - float(gammaln(workers + 1)))
    blocked = exactly / float(gammaincc(workers + 1, load))
    return blocked / (1.0 - load / workers * (1.0 - blocked))


def chance_of_longer_wait(workers: int, load: float, seconds: float, wait: float) -> float:
    """Chance that a request waits longer than ``wait`` seconds.

    Parameters
    ----------
    workers : int
    load : float
    seconds : float
        Mean time that a worker takes for a request.
    wait : float
        In seconds.

    Notes
    -----
    ``C * exp(-(c - load) * wait / seconds)``.
    """
    chance = erlang_c(workers, load)
    return chance if load >= workers else chance * math.exp(-(workers - load) * wait / seconds)


def mean_wait(workers: int, load: float, seconds: float) -> float:
    """Mean time in seconds that a request waits; infinite where the load is no less than the workers."""
    if load >= workers:
        return math.inf
    return erlang_c(workers, load) * seconds / (workers - load)


def wait_quantile(workers: int, load: float, seconds: float, share: float) -> float:
    """Wait in seconds that a share of the requests stays within.

    Parameters
    ----------
    workers : int
    load : float
    seconds : float
    share : float
        Between 0 and 1.

    Returns
    -------
    float
        0 where so many do not wait at all; infinite where the load is no less than the workers.
    """
    if load >= workers:
        return math.inf
    over = erlang_c(workers, load) / (1.0 - share)
    return max(0.0, math.log(over)) * seconds / (workers - load) if over > 0 else 0.0


@lru_cache(maxsize=4096)
def workers_needed(load: float, seconds: float, wait: float, share: float) -> int:
    """Fewest workers with which a share of the requests waits no longer than ``wait``.

    Parameters
    ----------
    load : float
        Above 0.
    seconds : float
    wait : float
        In seconds; infinity asks for no more than that the line does not grow for ever.
    share : float
        Between 0 and 1.

    Returns
    -------
    int
        Above the load.
    """
    few = math.floor(load) + 1
    if math.isinf(wait):
        return few

    def enough(workers: int) -> bool:
        return chance_of_longer_wait(workers, load, seconds, wait) <= 1.0 - share

    step = 1
    while not enough(few + step - 1):
        step *= 2
    # Enough with `few + step - 1`, and not with half of the step: the chance falls with every worker.
    low, high = few + step // 2 - 1, few + step - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

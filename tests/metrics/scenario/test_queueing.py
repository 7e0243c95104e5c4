"""The queue's formulas against exact fractions, published tables and a simulation."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.scenario.queueing import (
    chance_of_longer_wait,
    erlang_c,
    mean_wait,
    wait_quantile,
    workers_needed,
)


def exact_chance_of_waiting(workers: int, load: Fraction) -> Fraction:
    """The Erlang C formula as a textbook has it: the last term over the whole sum."""
    terms = [Fraction(1)]
    for k in range(1, workers + 1):
        terms.append(terms[-1] * load / k)
    last = terms[-1] * workers / (workers - load)
    return last / (sum(terms[:-1]) + last)


@given(
    st.integers(1, 60), st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000)
)
def test_the_chance_of_waiting_is_the_exact_sum(workers: int, share: Fraction) -> None:
    load = share * workers
    wanted = exact_chance_of_waiting(workers, load)
    assert erlang_c(workers, float(load)) == pytest.approx(float(wanted), rel=1e-10)


@pytest.mark.parametrize("workers", [1000, 100_000])
def test_many_workers_are_no_less_exact_than_the_recurrence(workers: int) -> None:
    load = workers - 3 * math.sqrt(workers)
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = load * blocked / (k + load * blocked)
    wanted = blocked / (1 - load / workers * (1 - blocked))
    assert erlang_c(workers, load) == pytest.approx(wanted, rel=1e-8)


TABLE = {1: 0.0101, 2: 0.153, 3: 0.455, 5: 1.36, 10: 4.46, 20: 12.0, 50: 37.9, 100: 84.1}
"""Published Erlang B table: the load at which 1 of 100 calls finds so many lines busy."""


@pytest.mark.parametrize(("lines", "load"), TABLE.items())
def test_the_published_table_is_met(lines: int, load: float) -> None:
    def blocked(at: float) -> float:
        waiting, rho = erlang_c(lines, at), at / lines
        return waiting * (1 - rho) / (1 - rho * waiting)  # the formula for C, solved for B

    digit = 10.0 ** (math.floor(math.log10(load)) - 2)  # the loads have three
    assert blocked(load - digit / 2) < 0.01 < blocked(load + digit / 2)


def test_a_published_call_centre_is_met() -> None:
    """100 calls in half an hour, three minutes each, 14 agents: 17.4 % wait, 88.8 % no longer than 20 s."""
    load = 100 * 180 / 1800
    assert erlang_c(14, load) == pytest.approx(0.174, abs=5e-4)
    assert 1 - chance_of_longer_wait(14, load, 180, 20) == pytest.approx(0.888, abs=5e-4)
    assert mean_wait(14, load, 180) == pytest.approx(7.8, abs=0.05)
    assert workers_needed(load, 180, 20, 0.8) == 14


def waits(workers: int, load: float, *, fixed: bool, requests: int = 200_000) -> np.ndarray:
    """Waits of a simulated line of mean service time 1, one request after the other."""
    rng = np.random.default_rng(7)
    arrivals = np.cumsum(rng.exponential(1 / load, requests)).tolist()
    times = np.ones(requests).tolist() if fixed else rng.exponential(1, requests).tolist()
    free = [0.0] * workers
    out = []
    for arrival, time in zip(arrivals, times, strict=True):
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + time)
        out.append(start - arrival)
    return np.array(out)


@pytest.mark.parametrize(("workers", "load"), [(1, 0.6), (3, 2.2), (10, 8.0)])
def test_a_simulated_line_waits_as_long(workers: int, load: float) -> None:
    seen = waits(workers, load, fixed=False)
    assert (seen > 0).mean() == pytest.approx(erlang_c(workers, load), abs=0.02)
    assert seen.mean() == pytest.approx(mean_wait(workers, load, 1.0), rel=0.06)
    for wait in (0.2, 1.0, 2.0):
        assert (seen > wait).mean() == pytest.approx(
            chance_of_longer_wait(workers, load, 1.0, wait), abs=0.02
        )
    assert np.quantile(seen, 0.95) == pytest.approx(
        wait_quantile(workers, load, 1.0, 0.95), rel=0.08, abs=0.05
    )


@pytest.mark.parametrize(("workers", "load"), [(1, 0.6), (3, 2.2), (10, 8.0)])
def test_a_time_that_does_not_vary_waits_less(workers: int, load: float) -> None:
    seen = waits(workers, load, fixed=True)
    assert seen.mean() == pytest.approx(mean_wait(workers, load, 1.0) / 2, rel=0.2)
    assert np.quantile(seen, 0.99) < wait_quantile(workers, load, 1.0, 0.99)


LOADS = st.floats(1e-6, 500)
SECONDS = st.floats(1e-5, 10)
WAITS = st.floats(1e-4, 100) | st.just(math.inf)
SHARES = st.floats(0.01, 0.9999)


@given(LOADS, SECONDS, WAITS, SHARES)
def test_the_workers_needed_are_the_first_that_are_enough(
    load: float, seconds: float, wait: float, share: float
) -> None:
    found = workers_needed(load, seconds, wait, share)
    assert found > load
    few = math.floor(load) + 1

    def enough(workers: int) -> bool:
        return math.isinf(wait) or chance_of_longer_wait(workers, load, seconds, wait) <= 1 - share

    assert found == next(c for c in range(few, found + 2) if enough(c))
    if not math.isinf(wait):
        assert wait_quantile(found, load, seconds, share) <= wait * (1 + 1e-9)


@given(LOADS, st.floats(1, 10), SECONDS, WAITS, SHARES)
def test_more_requests_never_need_fewer_workers(
    load: float, more: float, seconds: float, wait: float, share: float
) -> None:
    assert workers_needed(load * more, seconds, wait, share) >= workers_needed(
        load, seconds, wait, share
    )


@given(LOADS, SECONDS, st.floats(1e-4, 100), st.floats(1, 50), SHARES)
def test_a_shorter_wait_never_needs_fewer_workers(
    load: float, seconds: float, wait: float, longer: float, share: float
) -> None:
    assert workers_needed(load, seconds, wait, share) >= workers_needed(
        load, seconds, wait * longer, share
    )


def test_a_load_that_is_no_less_than_the_workers_waits_for_ever() -> None:
    assert erlang_c(2, 2.0) == 1
    assert chance_of_longer_wait(2, 3.0, 1.0, 1e9) == 1
    assert mean_wait(2, 2.0, 1.0) == wait_quantile(2, 2.0, 1.0, 0.5) == math.inf


def test_a_load_as_large_as_may_be_typed_is_answered() -> None:
    load = 1e12 / 3600 * 3600.0
    found = workers_needed(load, 3600.0, 60.0, 0.99)
    assert load < found < load * 1.0001

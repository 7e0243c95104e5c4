"""Tests that parallel work is complete, done once, in order if needed, and that its errors arrive."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.parallel import Turns, Workers, ahead


@given(st.lists(st.integers(), max_size=30))
def test_what_is_made_ahead_comes_in_order(items: list[int]) -> None:
    assert list(ahead(iter(items))) == items


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items():
        yield 1
        yield 2
        raise KeyError("third")

    some = ahead(items())
    assert [next(some), next(some)] == [1, 2]
    with pytest.raises(KeyError, match="third"):
        next(some)


def test_who_has_enough_leaves_no_thread() -> None:
    before = threading.active_count()
    made = []

    def items():
        for k in range(1000):
            made.append(k)
            yield k

    some = ahead(items())
    assert next(some) == 0
    some.close()
    assert threading.active_count() == before
    assert len(made) <= 5


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_that_was_begun_is_done_at_the_end(count: int) -> None:
    done, most, busy = [], 0, 0
    lock = threading.Lock()

    def work(k: int) -> None:
        nonlocal most, busy
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.001)
        with lock:
            busy -= 1
            done.append(k)

    with Workers(count) as workers:
        for k in range(20):
            workers.begin(work, k)
        workers.each(work, 3)
    assert sorted(done) == sorted([*range(20), *range(3)])
    assert most <= count


def test_what_work_raises_is_raised_where_it_was_begun() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), Workers(1) as workers:
        workers.begin(work)


def fail() -> None:
    raise ValueError("no")


def test_an_error_of_the_block_itself_comes_first() -> None:
    def block() -> None:
        with Workers(1) as workers:
            workers.begin(fail)
            raise KeyError("own")

    with pytest.raises(KeyError):
        block()


def test_a_turn_is_awaited_only_while_a_thread_waits_for_it() -> None:
    turns = Turns(1)

    def other() -> bool:
        with turns.turn():
            return turns.is_awaited

    with ThreadPoolExecutor(1) as pool:
        with turns.turn():
            before = turns.is_awaited
            asked = pool.submit(other)
            while not turns.is_awaited:
                time.sleep(0.001)
        assert (before, asked.result(60)) == (False, False)

"""Tests that all tasks of a thread pool are done once, and that their errors arrive."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from metrics.parallel import Workers


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_tasks_are_done_at_the_end_of_the_block(count: int) -> None:
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
        workers.each([partial(work, k) for k in range(3)])
    assert sorted(done) == sorted([*range(20), *range(3)])
    assert most <= count


def test_an_error_of_a_task_is_raised_by_the_block() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"^no$"), Workers(1) as workers:
        workers.begin(work)


def fail() -> None:
    raise ValueError("no")


def test_an_error_of_the_block_wins_over_one_of_a_task() -> None:
    def block() -> None:
        with Workers(1) as workers:
            workers.begin(fail)
            raise KeyError("own")

    with pytest.raises(KeyError):
        block()

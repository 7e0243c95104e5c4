"""Tests of turns between threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from dashboard.analysis.thread_turns import Turns


def test_a_turn_is_marked_as_awaited_only_while_a_thread_waits() -> None:
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

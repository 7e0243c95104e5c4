"""Tests that shared values are computed once, and that no browser message clears them."""

from __future__ import annotations

import threading
from itertools import count

import pytest
import streamlit as st

from dashboard.data.shared import Shared
from dashboard.server import server_resources


def test_many_threads_share_a_value_that_is_computed_once():
    begun, numbers = threading.Barrier(8), count()

    @Shared
    def number(key: str) -> int:
        """Count the computations."""
        return next(numbers)

    got: list[int] = []

    def ask() -> None:
        begun.wait(10)
        got.append(number("a"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [0] * 8
    assert number("b") == 1
    assert number.__doc__ == "Count the computations."
    number.forget("a")
    assert number("a") == 2


def test_an_error_is_raised_in_each_thread_and_not_stored():
    tries = count()

    @Shared
    def fail_once() -> int:
        if next(tries) == 0:
            raise OSError("full")
        return 1

    with pytest.raises(OSError, match="full"):
        fail_once()
    assert fail_once() == 1


def test_clearing_streamlits_caches_keeps_shared_values(tmp_path):
    """One of them is the register, which counts the records of each reader in the last minute."""
    arguments = ("--register", str(tmp_path / "decisions.sqlite"), "--library", str(tmp_path))
    library = server_resources.library(arguments, print)
    register = server_resources.register(arguments)
    try:
        st.cache_data.clear()
        st.cache_resource.clear()
        assert server_resources.library(arguments, print) is library
        assert library.upload_store.folder.is_dir()
        assert server_resources.register(arguments) is register
    finally:
        server_resources.library.forget(arguments, print)
        server_resources.register.forget(arguments)

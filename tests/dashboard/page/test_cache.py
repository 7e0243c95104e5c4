"""What the server remembers of data goes with the data, and nothing else does."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from dashboard.page import cache
from dashboard.page.cache import Remembered, names
from dashboard.session import caches
from metrics import Today
from tests.dashboard.pages import APP
from tests.dashboard.tables import NASTY, made

ONE, TWO = "sha256:" + "1a" * 32, "sha256:" + "2b" * 32


class Cached:
    """A function that remembers its answers, as streamlit's do."""

    def __init__(self):
        self.answers = {}

    def __call__(self, *arguments):
        key = tuple(a for a in arguments if isinstance(a, str))
        return self.answers.setdefault(key, arguments[-1])

    def clear(self, *key):
        del self.answers[key]


def test_every_key_that_names_the_data_is_dropped():
    first, second = Cached(), Cached()
    remembered = Remembered(most=3)
    for key in [
        (ONE,),
        (TWO,),
        ("front", f"({ONE!r}, 'x', {TWO!r})"),
        ("front", repr((TWO, ONE[:-1]))),
    ]:
        assert remembered.ask(second, key, 7) == 7
    remembered.ask(first, (ONE, "{}"), 7)
    remembered.forget(ONE)
    # The oldest key is no longer known: a cache as large as this has dropped it.
    assert set(second.answers) == {(ONE,), (TWO,), ("front", repr((TWO, ONE[:-1])))}
    assert first.answers == {}
    remembered.forget(ONE)
    assert remembered.ask(first, (ONE, "{}"), 8) == 8


def test_a_key_names_data_by_its_whole_fingerprint():
    assert names(ONE, "x", f"({ONE!r},)")
    assert not names(ONE, "x", ONE[:-1], TWO)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Two files of a command line, and a server's memory of its own."""
    files = [made(seed=k, rows=300).write(tmp_path / f"{k}.csv") for k in (3, 4)]
    arguments = ("--private", files[0], "--also", files[1])
    monkeypatch.setattr(sys, "argv", [str(APP), *arguments])
    yield caches.library(arguments, cache.forget)
    caches.library.clear(arguments, cache.forget)


def test_only_what_is_of_the_data_is_counted_anew(library):
    """With its curves, its figures, what was drawn of it and what was resampled."""
    one, two = library.own
    asked = [replace(one.scenario, today=Today(NASTY[0], 0.123456)) for _ in range(2)]

    def seen(dataset):
        key = repr((dataset.fingerprint, "x"))
        if cache.resampled(key) is None:
            cache.resample(key, lambda: object())  # type: ignore[arg-type, return-value]
        return [
            cache.tally(dataset.fingerprint, dataset),
            *(cache.evaluated(dataset, scenario).points for scenario in asked),
            cache.counted_at(dataset, [(NASTY[0], 0.654321)]),
            cache.drawn("a thing", key, object),
            cache.resampled(key),
        ]

    before = [seen(one), seen(two)]
    assert all(a is b for a, b in zip(before[0], seen(one), strict=True))
    library.on_gone(one.fingerprint)
    after = [seen(one), seen(two)]
    assert all(a is b for a, b in zip(before[1], after[1], strict=True))
    anew = [a is not b for a, b in zip(before[0], after[0], strict=True) if a is not None]
    assert all(anew)

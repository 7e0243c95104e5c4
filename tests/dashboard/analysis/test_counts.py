"""Tests that cached results of data are computed once, and removed only with the data."""

from __future__ import annotations

import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis import cache
from dashboard.analysis.cache import Cache, Key, Kind
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.counts.counts_at_points import counted_at, is_counted_at, is_counted_for
from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.thread_turns import Turns
from dashboard.data.dataset import Dataset
from dashboard.server import server_resources
from metrics import Scenario, Today, open_scores, operating_points
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.scenario.serving import Serving, Worker
from tests.dashboard.pages import APP
from tests.dashboard.tables import NASTY, Rows, made

ONE, TWO = "sha256:" + "1a" * 32, "sha256:" + "2b" * 32


def failing():
    raise ValueError("no answer")


def test_removing_data_removes_exactly_its_entries():
    entries = Cache(10**6)
    keys = [Key((ONE,)), Key((ONE,), "x"), Key((TWO, ONE), "x"), Key((TWO,), ("x", ONE))]
    for key in keys:
        entries.get(key, object)
    entries.forget(ONE.__eq__)
    assert [entries.peek(key) is not None for key in keys] == [False, False, False, True]


def megabyte():
    return np.zeros(10**6, np.uint8)


def test_the_least_recently_used_entry_is_dropped():
    entries = Cache(2_500_000)
    first, second, third = (Key((ONE,), k) for k in range(3))
    kept = entries.get(first, megabyte)
    entries.get(second, megabyte)
    assert entries.get(first, failing) is kept
    entries.get(third, megabyte)
    assert [entries.peek(key) is None for key in (first, second, third)] == [False, True, False]
    assert 2_000_000 <= entries.size <= 2_001_000


def replicates():
    """Counts in resamples that take a megabyte."""
    counts = object.__new__(ReplicatedCounts)
    object.__setattr__(counts, "weights", megabyte())
    return counts


def test_an_entry_with_a_large_part_stays_and_goes_with_the_entry_that_owns_the_part():
    entries = Cache(2_500_000)
    owner, holder, other = (
        Key((ONE,), k, kind) for k, kind in enumerate((Kind.DRAWN, Kind.UNCERTAINTY, Kind.PART))
    )
    large = weakref.ref(entries.get(owner, replicates))
    entries.get(holder, lambda: [entries.peek(owner)])
    entries.get(other, megabyte)
    entries.get(holder, failing)
    entries.get(Key((TWO,)), megabyte)
    assert [entries.peek(key) is None for key in (owner, holder, other)] == [False, False, True]
    for k in range(2):
        entries.get(Key((TWO,), k), megabyte)
    assert [entries.peek(key) is None for key in (owner, holder)] == [True, True]
    assert large() is None


def test_an_entry_larger_than_the_cache_stays_until_another_is_requested():
    entries = Cache(10_000)
    first, second = Key((ONE,), 1), Key((ONE,), 2)
    entries.get(first, megabyte)
    assert entries.peek(first) is not None
    entries.get(second, object)
    assert [entries.peek(key) is None for key in (first, second)] == [True, False]


def test_an_entry_that_grows_is_measured_again():
    entries = Cache(2_500_000)
    growing, other = Key((ONE,), kind=Kind.UNCERTAINTY), Key((ONE,), "other")
    entries.get(growing, list).append(megabyte())
    entries.get(other, megabyte)
    entries.get(growing, failing).append(megabyte())
    entries.get(growing, failing)
    assert [entries.peek(key) is None for key in (growing, other)] == [False, True]


def test_scenarios_have_a_share_of_the_cache_and_displace_no_data():
    entries = Cache(10_000_000, share=0.25)
    data = Key((ONE,), kind=Kind.DRAWN)
    entries.get(data, lambda: [megabyte(), megabyte()])
    scenarios = [Key((ONE,), k, Kind.FIGURES) for k in range(4)]
    for key in scenarios:
        entries.get(key, megabyte)
    assert [entries.peek(key) is None for key in (data, *scenarios)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_entries_of_one_scenario_are_dropped_before_shared_entries():
    entries = Cache(10_000_000, share=0.5, share_of_one_scenario=0.25)
    shared = Key((ONE,), "shared", Kind.SHARED)
    entries.get(shared, megabyte)
    alone = [Key((ONE,), k, kind) for k, kind in enumerate((Kind.FIGURES, Kind.ONE_SCENARIO) * 2)]
    for key in alone:
        entries.get(key, megabyte)
    assert [entries.peek(key) is None for key in (shared, *alone)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    entries.forget(ONE.__eq__)
    for key in alone[:2]:
        entries.get(key, megabyte)
    assert all(entries.peek(key) is not None for key in alone[:2])


def test_threads_at_work_are_limited_and_none_waits_for_itself():
    """Each of two threads computes a value that the other waits for."""
    entries = Cache(10**6)
    entries.turns = Turns(2)
    at_work, most, lock = 0, 0, threading.Lock()

    def part(k: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.01)
        with lock:
            at_work -= 1
        return k

    def small(k: int) -> int:
        return entries.get(Key((ONE,), ("part", k)), partial(part, k))

    def whole(k: int) -> int:
        return sum(small(p % 7) for p in range(k, k + 7))

    with ThreadPoolExecutor(12) as workers:
        asked = [
            workers.submit(entries.get, Key((ONE,), ("whole", k)), partial(whole, k))
            for k in range(24)
        ]
        assert [one.result(60) for one in asked] == [21] * 24
    assert most <= 2


def test_the_last_values_that_a_page_needs_stay_above_the_bound():
    """Otherwise a page would compute a dropped value and run again without end."""
    entries = Cache(1)
    keys = [
        Key((ONE,), k, kind) for k in range(2) for kind in (Kind.JOB, Kind.DRAWN, Kind.UNCERTAINTY)
    ]
    for key in keys:
        entries.get(key, megabyte)
    assert [entries.has(key) for key in keys] == [False] * 3 + [True] * 3
    entries.get(Key((TWO,)), megabyte)
    assert not any(map(entries.has, keys))


def test_an_entry_that_is_being_computed_is_not_dropped_for_another():
    """Otherwise the next request would compute it a second time."""
    entries, going_on, begun = Cache(1), threading.Event(), threading.Event()
    slow = Key((ONE,), "slow")

    def make() -> object:
        begun.set()
        assert going_on.wait(60)
        return "made once"

    with ThreadPoolExecutor(1) as workers:
        first = workers.submit(entries.get, slow, make)
        assert begun.wait(60)
        entries.get(Key((ONE,), "quick"), object)
        assert entries.peek(slow) is None
        going_on.set()
        assert first.result(60) == "made once"
    assert entries.get(slow, failing) == "made once"


def test_only_the_failed_entry_is_removed():
    entries, key = Cache(10**6), Key((ONE,))
    stale, fresh = object(), object()
    entries.get(key, lambda: fresh)
    entries.drop_value(key, stale)
    assert entries.peek(key) is fresh
    entries.drop_value(key, fresh)
    assert entries.peek(key) is None


def test_equal_scenarios_share_a_key_and_different_ones_do_not():
    served = Serving(
        requests_per_hour=90.0, models={"a": Worker(0.5), "b": Worker(price_per_worker_hour=2)}
    )
    scenario = Scenario(
        limits={"recall": 0.8, "false_alarms": 90}, today=Today("a", 0.5), serving=served
    )
    again = replace(
        scenario, limits=dict(scenario.limits), serving=replace(served, models=dict(served.models))
    )
    entries = Cache(10**6)
    kept = entries.get(Key((ONE,), scenario), object)
    assert entries.get(Key((ONE,), again), failing) is kept
    others = [
        replace(scenario, miss_cost=6.0),
        replace(scenario, limits={"recall": 0.8}),
        replace(scenario, today=Today("a", 0.25)),
        replace(scenario, serving=replace(served, models={"a": Worker(0.5)})),
    ]
    assert all(entries.peek(Key((ONE,), other)) is None for other in others)


def test_an_entry_is_computed_once_for_all_threads():
    entries, begun, go_on, made_, got = Cache(10**6), threading.Event(), threading.Event(), [], []

    def make():
        begun.set()
        assert go_on.wait(60)
        made_.append(object())
        return made_[-1]

    def ask():
        got.append(entries.get(Key((ONE,)), make))

    readers = [threading.Thread(target=ask) for _ in range(5)]
    for reader in readers:
        reader.start()
    assert begun.wait(60)
    # Requests for other values and look-ups do not wait.
    assert entries.get(Key((TWO,)), lambda: 7) == 7
    assert entries.peek(Key((ONE,))) is None
    go_on.set()
    for reader in readers:
        reader.join(60)
    assert got == made_ * 5
    assert len(made_) == 1


def test_a_value_that_could_not_be_computed_is_tried_again():
    entries = Cache(10**6)
    with pytest.raises(ValueError, match="no answer"):
        entries.get(Key((ONE,)), failing)
    assert entries.get(Key((ONE,)), lambda: 7) == 7


def test_a_value_forgotten_while_it_is_computed_is_not_stored():
    entries = Cache(10**6)

    def make():
        entries.forget(ONE.__eq__)
        return 7

    assert entries.get(Key((ONE,)), make) == 7
    assert entries.peek(Key((ONE,))) is None


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Library with two files of a command line and an empty cache."""
    files = [made(seed=k, rows=300).write(tmp_path / f"{k}.csv") for k in (3, 4)]
    arguments = ("--private", files[0], "--also", files[1])
    monkeypatch.setattr(sys, "argv", [str(APP), *arguments])
    yield server_resources.library(arguments, cache.forget)
    server_resources.library.forget(arguments, cache.forget)


def test_only_values_of_the_deleted_data_are_counted_again(library):
    """Curves, figures, replicates and tallies at other thresholds are dropped with the data."""
    one, two = library.public_data
    asked = [replace(one.scenario, today=Today(NASTY[0], 0.123456)) for _ in range(2)]

    def seen(dataset):
        key = Key((dataset.fingerprint,), "x")
        return [
            dataset_counts.tally(dataset),
            *(scenario_figures(dataset, scenario).points for scenario in asked),
            counted_at(dataset, [(NASTY[0], 0.654321)], Scenario()),
            cache.STORE.get(key, object),
            dataset_counts.draw(dataset, 0, Scenario()),
        ]

    before = [seen(one), seen(two)]
    assert all(a is b for a, b in zip(before[0], seen(one), strict=True))
    library.on_gone(one.fingerprint)
    after = [seen(one), seen(two)]
    assert all(a is b for a, b in zip(before[1], after[1], strict=True))
    anew = [a is not b for a, b in zip(before[0], after[0], strict=True) if a is not None]
    assert all(anew)


def test_scenarios_share_columns_that_do_not_differ(library):
    one, _ = library.public_data
    first = scenario_figures(one, one.scenario).points
    priced = scenario_figures(one, replace(one.scenario, miss_cost=7.5))
    alone = operating_points(priced.evaluation, list(priced.objectives.values()))
    pd.testing.assert_frame_equal(priced.points[[*alone]], alone, check_column_type=False)
    assert list(priced.points) == list(first)
    numbers = [name for name in first if name != "model"]
    shared = [
        name
        for name in numbers
        if np.shares_memory(first[name].to_numpy(), priced.points[name].to_numpy())
    ]
    assert set(numbers) - set(shared) == {
        "cost_of_errors",
        "revenue",
        "revenue_impact",
        "revenue_impact_percent",
        "revenue_impact_net",
    }


def test_a_scenario_knows_beforehand_whether_it_must_read_rows(tmp_path):
    rng = np.random.default_rng(8)
    many = Rows((rng.random(9_000) < 0.2).astype(np.int64), {"m": rng.random(9_000)})
    scores = open_scores(many.write(tmp_path / "many.csv"))
    dataset = Dataset(scores.fingerprint, "many", (), scores, Scenario(), 500, "command line")
    today = Scenario(today=Today("m", 0.2345678))
    assert is_counted_for(dataset, Scenario())
    assert not is_counted_for(dataset, today)
    scenario_figures(dataset, today)
    assert is_counted_for(dataset, today)
    points = [("m", 0.3456789), ("m", 0.4567891)]
    assert not is_counted_at(dataset, points)
    counted_at(dataset, points, Scenario())
    assert is_counted_at(dataset, points)
    cache.forget(dataset.fingerprint)


def test_every_opening_of_the_same_rows_shares_the_results_of_a_pass(tmp_path):
    """Counts from one opening serve the others."""
    certain = Rows(np.array([0, 1] * 30), {"m": np.array([0.0, 1.0] * 29 + [1.0, 0.0])})
    path = certain.write(tmp_path / "certain.csv")
    opened = [open_scores(path) for _ in range(2)]
    datasets = [
        Dataset(one.fingerprint, "certain", (), one, Scenario(), 500, "command line")
        for one in opened
    ]
    assert dataset_counts.tally(datasets[0]) is dataset_counts.tally(datasets[1])
    assert opened[1].rows == 60
    assert "W_LOGLOSS_INF" in {problem.code for problem in datasets[1].problems}
    assert datasets[0].problems == datasets[1].problems
    cache.forget(opened[0].fingerprint)

"""Tests of tallying in the background: progress, and the same tally or refusal as in the foreground."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import threading
import time

import numpy as np
import pytest

import metrics.tally.first_pass
from dashboard.analysis import cache
from dashboard.analysis.counts import dataset_counts
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data.tally_job import AT_ONCE, COUNTING_SLOTS, TallyJob
from dashboard.words import progress
from dashboard.words.progress import tally_progress
from metrics import ScoreError, Scores, Tally, tally_scores, with_description
from tests.dashboard.tables import made

ROWS = made(rows=1_000)


@pytest.fixture
def dataset(tmp_path):
    return open_dataset(app_options([ROWS.write(tmp_path / "scores.csv")]))


@pytest.fixture
def gate(monkeypatch):
    """Gate that releases the rows in batches of 250, one per release."""
    step, seen = threading.Semaphore(0), threading.Semaphore(0)

    def held(read):
        def rows_of(self):
            for rows in read(self):
                step.acquire()
                yield rows
                seen.release()
            step.acquire()
            seen.release()

        return rows_of

    def go(count):
        for _ in range(count):
            step.release()
            seen.acquire()

    monkeypatch.setattr(Scores, "_usual_size", 250)
    monkeypatch.setattr(Scores, "labelled_rows", held(Scores.labelled_rows))
    # As in a second pass over the rows.
    monkeypatch.setattr(metrics.tally.first_pass, "MAX_STORED_BYTES", 0)
    yield go
    step.release(100)


def test_the_progress_is_reported(dataset, gate, monkeypatch):
    monkeypatch.setattr(progress, "STEADY", math.inf)
    counting = TallyJob(dataset)
    gate(3)
    assert tally_progress(counting) == "Reading the score files: 750 units so far"
    assert counting.share == 0
    gate(2)  # the rest of the first pass, and its end
    gate(2)
    assert tally_progress(counting) == "Counting at every threshold: 500 of 1,000 units"
    assert counting.share == 0.5
    assert not counting.wait(0.01)
    gate(2)
    read = "Counting at every threshold: 1,000 of 1,000 units"
    assert tally_progress(counting) == f"{read}. Next: drawing the page"
    gate(1)
    assert counting.wait(60)


def test_the_tally_equals_one_counted_in_the_foreground(dataset):
    counting = TallyJob(dataset)
    assert counting.wait(None)
    direct = tally_scores(dataset.scores, max_thresholds=dataset.max_thresholds)
    np.testing.assert_array_equal(counting.result.counts, direct.counts)
    np.testing.assert_array_equal(counting.result.thresholds, direct.thresholds)


def test_a_refusal_does_not_show_server_folders(tmp_path):
    path = tmp_path / "percent.csv"
    path.write_text("id,label,a\nu1,1,93.1\nu2,0,4\n")
    counting = TallyJob(open_dataset(app_options([str(path)])))
    counting.wait(None)
    with pytest.raises(ScoreError) as error:
        _ = counting.result
    assert (error.value.code, error.value.file) == ("E_RANGE", "percent.csv")
    assert str(tmp_path) not in str(error.value)


def test_an_error_with_a_tally_file_is_raised_by_result(dataset, monkeypatch):
    def run_out_of_memory(tally):
        raise MemoryError

    file = with_description(tally_scores(dataset.scores), dataset.scores, max_thresholds=4096)
    monkeypatch.setattr(Tally, "compact", run_out_of_memory)
    counting = TallyJob(dataclasses.replace(dataset, scores=file))
    counting.wait(None)
    with pytest.raises(MemoryError):
        _ = counting.result


def test_a_limited_number_of_jobs_counts_at_once(dataset):
    with contextlib.ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(COUNTING_SLOTS)
        assert not COUNTING_SLOTS.acquire(blocking=False)
        counting = TallyJob(dataset)
        assert not counting.wait(0.2)
        assert (counting.waiting, counting.passes) == (True, 0)
        assert tally_progress(counting) == "Waiting while other data is counted"
    assert counting.wait(60)
    assert not counting.waiting
    assert counting.result.rows.sum() == 1_000
    for _ in range(AT_ONCE):
        assert COUNTING_SLOTS.acquire(blocking=False)
    COUNTING_SLOTS.release(AT_ONCE)


def test_the_remaining_time_is_shown_once_the_pace_is_steady(dataset, gate, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    counting = TallyJob(dataset)
    gate(4)
    clock[0] += 4.0
    assert tally_progress(counting) == "Reading the score files: 1,000 units so far, 250 a second"
    gate(1)
    gate(2)
    clock[0] += 2.0
    assert (
        tally_progress(counting)
        == "Counting at every threshold: 500 of 1,000 units, 250 a second, 2 s left"
    )


@pytest.fixture
def begun(monkeypatch):
    """Endless rows, and an event that is set after the real rows were read."""
    read, event = Scores.labelled_rows, threading.Event()

    def endless(self):
        while True:
            yield from read(self)
            event.set()

    monkeypatch.setattr(Scores, "labelled_rows", endless)
    return event


def test_counting_can_be_stopped_and_started_again(dataset, begun, monkeypatch):
    counting = TallyJob(dataset)
    assert begun.wait(60)
    counting.stop()
    assert counting.wait(60)
    assert not counting.succeeded
    with pytest.raises(ScoreError, match="stopped"):
        _ = counting.result
    assert not [thread for thread in threading.enumerate() if "make" in thread.name]
    monkeypatch.undo()
    again = TallyJob(dataset)
    assert again.wait(60)
    assert again.result.rows.sum() == 1_000


def test_stopping_reaches_all_waiting_readers(dataset, begun, monkeypatch):
    """The server prepares the data at its start while the first reader waits."""
    made_ = []

    def begin(own):
        made_.append(TallyJob(own))
        return made_[-1]

    monkeypatch.setattr(dataset_counts, "TallyJob", begin)
    answers = []
    other = threading.Thread(target=lambda: answers.append(dataset_counts.is_counted(dataset)))
    other.start()
    assert begun.wait(60)
    made_[0].stop()
    other.join(60)
    assert answers == [False]
    with pytest.raises(ScoreError, match="stopped"):
        dataset_counts.tally(dataset)
    assert len(made_) == 1
    cache.forget(dataset.fingerprint)

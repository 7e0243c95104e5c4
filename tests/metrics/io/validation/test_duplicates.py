"""Tests that repeated ids are found, in memory and on disk."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.io.validation import duplicates
from metrics.io.validation.duplicates import RepeatedHashes

FEW = st.integers(0, 40).map(lambda k: k * (2**64 // 41))
HASHES = st.lists(st.lists(FEW | st.integers(0, 2**64 - 1), max_size=20), max_size=8)


@given(HASHES, st.sampled_from([0, 1, 7, 30, 10**6]), st.lists(FEW, max_size=9))
def test_repeats_are_found_in_memory_and_on_disk(batches, limit, asked):
    held = RepeatedHashes(limit)
    for batch in batches:
        held.add(np.array(batch, np.uint64))
    counts = Counter(h for batch in batches for h in batch)
    for _ in range(2):
        assert held.holds(np.array(asked, np.uint64)).tolist() == [h in counts for h in asked]
        wanted = sorted(h for h, count in counts.items() if count > 1)
        found = held.repeated().tolist()
        assert found == wanted[: len(found)]
        assert len(found) == len(wanted) or len(found) > limit
    held.add(np.array([5], np.uint64))
    assert held.holds(np.array([5], np.uint64)).all()


@given(
    st.lists(st.sampled_from(["a", "b ", "b", " c", "d", "e", "\u00e9", "e\u0301"]) | st.text(min_size=1),
             min_size=2, max_size=40),
    st.integers(1, 9),
)  # fmt: skip
def test_duplicates_are_the_same_in_memory_and_on_disk(ids, limit):
    ids = [text.replace("\ud800", "x") for text in ids]
    data = {"id": ids, "label": [k % 2 for k in range(len(ids))], "m": [0.5] * len(ids)}
    outcomes = []
    with pytest.MonkeyPatch.context() as patch:
        for held in (10**6, limit):
            patch.setattr(duplicates, "IN_MEMORY", held)
            scores = open_scores(data)
            try:
                for _ in scores.batches(3):
                    pass
                outcomes.append((scores.rows, scores.problems))
            except ScoreError as error:
                outcomes.append((None, error.problems))
    in_memory, on_disk = outcomes
    if len(set(ids)) == len(ids):
        assert in_memory == on_disk
        assert in_memory[0] == len(ids)
    else:
        # With more repeats than the limit, the search may end at another repeat than the first.
        assert (in_memory[1][0].code, on_disk[1][0].code) == ("E_DUPID", "E_DUPID")
        assert ids.count(on_disk[1][0].value or "") > 1
        if len(ids) - len(set(ids)) <= limit:
            assert in_memory == on_disk

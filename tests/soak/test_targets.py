"""Tests of the fuzzing targets: their seeds can be opened, and a few mutations break no reader."""

from __future__ import annotations

import random
from functools import partial
from itertools import islice
from typing import Any

import pytest

from metrics import load_tally, open_scores
from tests.soak.mutate import mutations
from tests.soak.targets import TARGETS, seeds

OPEN: dict[str, Any] = {"jsonl": partial(open_scores, models=["a"]), "tally": load_tally}
POSITIVES = {"csv": 1, "jsonl": 2, "npz": 1, "tally": 2}
"""Number of defects in the first seed of each kind."""


@pytest.mark.parametrize("kind", TARGETS)
def test_a_few_mutations_break_no_reader(kind, tmp_path):
    for data in islice(mutations(seeds(kind), random.Random(1)), 300):
        TARGETS[kind](data, tmp_path)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_first_seed_is_a_file_that_opens(kind, tmp_path):
    path = tmp_path / f"scores.{kind}"
    path.write_bytes(seeds(kind)[0][1:])  # the first byte holds options
    opened = OPEN.get(kind, open_scores)(path)
    assert opened.check().positives == POSITIVES[kind]

"""Tests of the words about a small sample."""

from __future__ import annotations

import pytest

from dashboard.words.data_size import scarcity_words
from metrics.inference.scarcity import Scarce, Scarcity


@pytest.mark.parametrize(
    ("scarcity", "words"),
    [
        (Scarcity(Scarce.DEFECTS, 1), "Only 1 defect"),
        (Scarcity(Scarce.GROUPS, 1.2), "Only about 1 group of units"),
        (Scarcity(Scarce.GROUPS, 11.6), "Only about 12 groups of units"),
    ],
)
def test_scarce_defects_and_groups_are_counted_in_words(scarcity: Scarcity, words: str) -> None:
    assert scarcity_words(scarcity) == words

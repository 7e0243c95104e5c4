"""Tests of sentences about the transfer of operating points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.words.evidence.transfer import transfer_words
from metrics import OBJECTIVES, Bound
from metrics.inference.transfer import Transfer


def transfer(**changes) -> Transfer:
    base = Transfer(1.0, 1.0, (0.9, 1.1), (0.9, 1.1), np.nan, np.nan, None, False, True)
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "holds"),
        ({"worse": True}, "does not hold: worse there"),
        ({"meets_condition": False}, "does not hold: breaks its limit there"),
        (
            {"meets_condition": False, "worse": True},
            "does not hold: breaks its limit there, worse there",
        ),
        ({"there": np.nan}, "undefined there"),
        (
            {"broken": (Bound(OBJECTIVES["revenue_impact_percent"], 3.0),)},
            "does not hold: breaks the limit on revenue against today there",
        ),
    ],
)
def test_the_reason_why_a_point_does_not_hold(changes, said):
    assert transfer_words(transfer(**changes)) == said

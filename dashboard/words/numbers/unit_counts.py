"""Counts of units, which may be summed weights or expected counts: alone and as parts."""

from __future__ import annotations

from dashboard.analysis.failures.failure_counts import ROUNDING
from dashboard.words.numbers.amounts import number, rate_words

FEW = 100
"""Smallest number of units for which a share is written in per cent."""


def plain_count(count: float) -> str:
    """Format whole units without decimals, and summed weights and expected counts with one."""
    if ROUNDING < count < 0.05:
        return "fewer than 0.1"
    return number(count, 0 if round(count, 1).is_integer() else 1)


def share_words(part: float, of: float) -> str:
    """Format a share as two counts, or in per cent of many units: ``8 of 13``, ``75.2%``."""
    if of < FEW:
        return so_many_of(part, of)
    return rate_words(part / of)


def so_many_of(part: float, of: float) -> str:
    """Format a part of a count: ``8 of 13``. An incomplete part never reads as ``13 of 13``."""
    words, of_all = plain_count(part), plain_count(of)
    if words == of_all and part < of - ROUNDING:
        words = f"over {number(of - 0.1, 1)}"
    return f"{words} of {of_all}"

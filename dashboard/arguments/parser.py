"""Parser of a command line, and parsers of values that several options share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from metrics.scenario.scenario import Today


class UsageError(Exception):
    """The command line is wrong."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def threshold_text(text: str) -> str:
    """Check that a threshold is a number, and return it unchanged."""
    if math.isnan(float(text)):
        raise argparse.ArgumentTypeError("must be a number, got nan")
    return text


def current_text(text: str) -> Today:
    """Parse the argument of ``--today``: MODEL@THRESHOLD, split at the last "@"."""
    from metrics import Today

    model, at, threshold = text.rpartition("@")
    try:
        if at and model.strip():
            return Today(model.strip(), float(threshold_text(threshold)))
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"must read like MODEL@0.5, got {text}")


def number_that(rule: str, holds: Callable[[float], bool]) -> Callable[[str], float]:
    """Parser of a number that meets a rule, such as "be above 0"."""

    def number(text: str) -> float:
        value = float(text)
        if not holds(value):
            raise argparse.ArgumentTypeError(f"must {rule}, got {text}")
        return value

    return number


def whole_number(least: int) -> Callable[[str], int]:
    """Parser of a whole number that is at least `least`."""

    def whole(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {number}")
        return number

    return whole


positive_int, not_negative_int = whole_number(1), whole_number(0)
replicates_text = whole_number(100)
"""Parser of a number of resamples. With fewer than 100 the ends of an interval are hardly known."""

"""Settings of a test run: number of examples of property tests, and the summary at the end."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import settings

WIDER = 20
"""Factor for the number of examples in ``make soak``."""
QUICK = 1 / 3
"""Share of the examples in ``make test``; ``make test-slow`` tries all."""
SETTINGS = "_hypothesis_internal_use_settings"
"""Attribute in which hypothesis stores the settings of a test, because no public function changes them."""


def scale_examples(tests: set[Any], share: float) -> None:
    """Scale the number of examples of each property test, even if the test sets the number."""
    for test in tests:
        if before := getattr(test, SETTINGS, None):
            examples = math.ceil(share * before.max_examples)
            setattr(test, SETTINGS, settings(before, max_examples=examples))


def skipped_summary(reasons: Iterable[str]) -> str:
    """Number of skipped tests by reason; empty if none was skipped."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    listed = "; ".join(f"{count} ({reason})" for reason, count in counted.most_common())
    return f"Not run: {listed}" if listed else ""

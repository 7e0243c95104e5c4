"""Settings of a whole test run: the search of its property tests, and the summary at its end."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import settings

WIDER = 20
"""Times as many examples as a test asks for in ``make soak``."""
QUICK = 1 / 3
"""Share of them in ``make test``; ``make test-slow`` tries them all."""
KEPT = "_hypothesis_internal_use_settings"
"""Attribute in which hypothesis stores the @settings of a test. No public function changes them."""


def search(tests: set[Any], share: float) -> None:
    """Let each property test try a share of the examples, those too that say themselves how many."""
    for test in tests:
        if own := getattr(test, KEPT, None):
            setattr(test, KEPT, settings(own, max_examples=math.ceil(share * own.max_examples)))


def not_run(reasons: Iterable[str]) -> str:
    """Number of skipped tests by reason; empty if none was skipped."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    listed = "; ".join(f"{count} ({reason})" for reason, count in counted.most_common())
    return f"Not run: {listed}" if listed else ""

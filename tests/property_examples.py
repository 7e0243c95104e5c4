"""Number of examples of property tests: fewer in a quick run, more in a soak."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from hypothesis import settings

WIDER = 20
"""Factor for the number of examples in ``make soak``."""
QUICK = 1 / 3
"""Share of the examples in ``make test``; ``make test-slow`` tries all."""
SETTINGS = "_hypothesis_internal_use_settings"
"""Attribute in which hypothesis stores the settings of a test, because no public function changes them."""


def scale_examples(tests: Iterable[Any], share: float) -> None:
    """Scale the number of examples of each property test, even if the test sets the number.

    Other tests are unchanged. A test that occurs several times, as with parameters, is scaled once.
    """
    for test in set(tests):
        if before := getattr(test, SETTINGS, None):
            examples = math.ceil(share * before.max_examples)
            setattr(test, SETTINGS, settings(before, max_examples=examples))

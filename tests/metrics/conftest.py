"""What tests of several packages of the library share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metrics.evaluation.objective import OBJECTIVES


@pytest.fixture
def registry() -> Iterator[None]:
    """Objectives that a test adds are gone after it."""
    before = dict(OBJECTIVES)
    yield
    OBJECTIVES.clear()
    OBJECTIVES.update(before)

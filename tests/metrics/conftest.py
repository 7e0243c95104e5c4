"""Fixtures shared by tests of several packages of the library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metrics.evaluation.objective import OBJECTIVES


@pytest.fixture
def registry() -> Iterator[None]:
    """Remove objectives that a test has added."""
    before = dict(OBJECTIVES)
    yield
    OBJECTIVES.clear()
    OBJECTIVES.update(before)

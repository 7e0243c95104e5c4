"""Summary of the skipped tests at the end of a test run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def skipped_summary(reasons: Iterable[str]) -> str:
    """Number of skipped tests by reason; empty if none was skipped."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    listed = "; ".join(f"{count} ({reason})" for reason, count in counted.most_common())
    return f"Not run: {listed}" if listed else ""

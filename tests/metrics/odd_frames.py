"""Frames with categories that need quoting or normalising, and tallies of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from metrics import Scores, open_scores, tally_scores
from metrics.tally.breakdown import Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.file.tally_file import TallyFile, with_description
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

TODAY = ("b", 0.5)
"""Model and threshold of the current system."""
ODD_TEXTS: list[Any] = [
    "",
    "a,b",
    'say "no"',
    "Zürich\n2",
    "💥",
    "other",
    "1",
    " ",
    "=1+1",
    "NaN",
    "é",
    "e\u0301",
]

SEGMENTS = ["odd", "number", "flag", "many"]


def made_odd() -> pd.DataFrame:
    """Units with some of these categories, and with segments of one category each."""
    frame = frame_with_parts()
    frame["odd"] = [ODD_TEXTS[k % 5] for k in range(len(frame))]
    frame["number"], frame["flag"], frame["many"] = 1, True, "m"
    return frame


def open_odd(frame: pd.DataFrame) -> Scores:
    return open_scores(frame, models=MODELS, segments=SEGMENTS, defect_type="kind")


def tally_odd(frame: pd.DataFrame, *, like: TallyFile | None = None, **options: Any) -> TallyFile:
    """Tally with all breakdowns, at the thresholds and with the categories of another if given."""
    scores = open_odd(frame)
    by = BreakdownColumns.of(scores.columns, TODAY)
    if like is not None:
        by = by.with_categories_of(like.tally.breakdowns)
        options["thresholds"] = [like.tally.finite_thresholds(m) for m in range(len(MODELS))]
    return with_description(tally_scores(scores, by=by, **options), scores, max_thresholds=4096)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Units with ties, missing cells, and category names that need quoting or normalising."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(30, 300))
    frame = frame_with_parts(n, seed=int(rng.integers(1000)))
    frame["odd"] = rng.choice(ODD_TEXTS[: draw(st.integers(1, len(ODD_TEXTS)))], n)
    frame["number"] = rng.choice([1.0, 2.5, np.nan, -0.0, 1e300], n)
    frame["flag"] = rng.random(n) < 0.5
    frame["many"] = [
        f"m{k}" for k in rng.integers(0, draw(st.sampled_from([2, 31, 33, 34, 60])), n)
    ]
    frame["kind"] = np.where(rng.random(n) < 0.2, "", rng.choice(ODD_TEXTS, n))
    if draw(st.booleans()):
        frame = frame.drop(columns="weight")
    return frame


def by_column(breakdowns: Breakdowns | None) -> Iterator[tuple[str, Breakdown]]:
    """Yield all breakdowns with their columns; kinds and the current system come last."""
    assert breakdowns is not None
    yield from breakdowns.segments.items()
    assert breakdowns.defect_types is not None
    assert breakdowns.today is not None
    yield "kind", breakdowns.defect_types
    yield "today", breakdowns.today

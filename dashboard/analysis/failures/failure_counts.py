"""Units counted at the selected point, with their intervals, and what this data can answer about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts.dataset_counts import reading_rows
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, TallyFile
from metrics.inference.share_intervals import count_interval
from metrics.tally.breakdown import Breakdown, Breakdowns
from metrics.tally.failure_breakdowns import (
    Failures,
    count_failures,
    failures_after_inspection,
    failures_from_tally,
)
from metrics.tally.unit_lists import Point

MISSED, ALARMS = OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]
Ends = tuple[float, float]
UNKNOWN: Ends = (math.nan, math.nan)
ROUNDING = 1e-9
"""Largest rounding error of sums of weights and of expected counts; smaller differences count as equal."""


@dataclass(frozen=True)
class Count:
    """Number of units of one class, with its interval.

    Attributes
    ----------
    value : float
        Number of units in a year if the scenario has the units of a year, otherwise in the file.
    ends : (float, float)
        95% interval; NaN if unknown.
    in_file : float
        Number of units in the file.
    """

    value: float
    ends: Ends
    in_file: float

    def __add__(self, other: Count) -> Count:
        """Sum of both counts. Its interval is unknown."""
        return Count(self.value + other.value, UNKNOWN, self.in_file + other.in_file)


def has_rows(analysis: Analysis) -> bool:
    """Whether the data has rows. A tally has only counts."""
    return not isinstance(analysis.dataset.scores, TallyFile)


def has_parts(analysis: Analysis) -> bool:
    """Whether failures are known by part. They are for rows, and for a tally with breakdowns."""
    scores = analysis.dataset.scores
    return not isinstance(scores, TallyFile) or scores.tally.breakdowns is not None


def knows_flips(analysis: Analysis) -> bool:
    """Whether changes from the current system are known. A tally needs a breakdown by this system."""
    scores = analysis.dataset.scores
    if not isinstance(scores, TallyFile) or analysis.scenario.today is None:
        return True
    counted = scores.tally.breakdowns
    return counted is not None and counted.current_point == current_of(analysis)


def is_known_how_sure(analysis: Analysis) -> bool:
    """Whether counts of parts have intervals. A tally counts parts by category, not by bucket."""
    return has_rows(analysis) or analysis.evaluation.tally.rows_are_independent


def current_of(analysis: Analysis) -> tuple[str, float] | None:
    """Model and threshold of the current system; `None` without one."""
    today = analysis.scenario.today
    return None if today is None else (today.model, today.threshold)


def tallied_point(selection: Selection) -> Point:
    """Model, thresholds and current system that failures of the selected point are counted at."""
    analysis = selection.analysis
    model, threshold = str(selection.point.model), selection.point.threshold
    below = analysis.evaluation.inspected_from(model, threshold, selection.point.lower)
    return Point(model, threshold, below, current_of(analysis))


@part(reads=lambda selection: tallied_point(selection), kind=Kind.PART)
def counted_failures(selection: Selection) -> Failures:
    """Failures of the selected point, counted from the rows, or from a tally's counts by part.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis = selection.analysis
    scores, tally = analysis.dataset.scores, analysis.evaluation.tally
    if isinstance(scores, TallyFile):
        return failures_from_tally(
            scores.tally.breakdowns or Breakdowns({}), tallied_point(selection)
        )
    with reading_rows():
        buckets = 1 if tally.rows_are_independent else len(tally.counts)
        return count_failures(scores, tallied_point(selection), buckets=buckets)


def after_inspection(selection: Selection, breakdown: Breakdown) -> Breakdown:
    """Breakdown with the expected counts of flagged and shipped units after inspection."""
    inspection = selection.analysis.scenario.inspection
    if inspection is None or tallied_point(selection).ship_below is None:
        return breakdown
    return failures_after_inspection(breakdown, inspection.catches, inspection.rejects)


def count_of(analysis: Analysis, by_bucket: NDArray[Any], *, of_defects: bool) -> Count:
    """Number of units of the scenario, with its interval if intervals are computed."""
    factor = float(analysis.evaluation.factors[0 if of_defects else 1])
    count = float(by_bucket.sum())
    if analysis.uncertainty is None or not is_known_how_sure(analysis):
        return Count(count * factor, UNKNOWN, count)
    b = analysis.bootstrap
    ends = count_interval(
        b,
        np.array([count]),
        np.empty((0, 1)) if b.rows_are_independent else b.drawn.sums(by_bucket[:, None]),
        of_defects=of_defects,
        within_class=analysis.scenario.defect_rate is not None,
    )
    return Count(count * factor, (float(ends.low[0] * factor), float(ends.high[0] * factor)), count)

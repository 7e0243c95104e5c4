"""Tests of the smallest recall of any kind of defect, and of any segment."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import open_scores, tally_scores
from metrics.evaluation.worst_recall import worst_recalls
from metrics.tally.breakdown import BreakdownColumns
from tests.metrics.frame_with_parts import MODELS, frame_with_parts


@pytest.mark.parametrize("are_counted", [True, False])
def test_the_worst_recalls_equal_a_group_by(are_counted: bool) -> None:
    """The counts are in the tally, or come from a second pass over the rows."""
    frame = frame_with_parts(800)
    scores = open_scores(frame, models=MODELS, segments=["site", "line"], defect_type="kind")
    tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns) if are_counted else None)
    defects = frame[frame["label"] == 1]
    for found, columns in zip(
        worst_recalls(scores, tally), (["kind"], ["site", "line"]), strict=True
    ):
        assert found is not None
        for m, model in enumerate(MODELS):
            for k, at in enumerate([*tally.finite_thresholds(m), np.inf]):
                caught = defects["weight"].where(defects[model] >= at, 0.0)
                recalls = [
                    caught.groupby(defects[c]).sum() / defects["weight"].groupby(defects[c]).sum()
                    for c in columns
                ]
                assert found[m][k] == pytest.approx(min(r.min() for r in recalls), abs=1e-12)

"""Recall of the worst kind of defect, and of the worst segment, at every threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.io.scores import Scores
from metrics.tally.breakdown import Axes, Breakdown
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally
from metrics.tally.tally_file import TallyFile
from metrics.tally.threaded_counting import tally_scores


def worst_recalls(
    scores: Scores | TallyFile, tally: Tally
) -> tuple[list[Floats] | None, list[Floats] | None]:
    """Smallest recall of any kind of defect, and of any segment, at every threshold of every model.

    Parameters
    ----------
    scores : Scores or TallyFile
        For a tally file no row is read; its counts by kind and segment are used, if present.
    tally : Tally
        Tally of the rows of ``scores``; recall is weighted if the tally has weights.

    Returns
    -------
    (list of ndarray, list of ndarray)
        For each model an array over its thresholds and infinity, as in a `ConfusionCurve`; `None` if the rows
        have no kinds, or no segments. Kinds and segments without a defect are skipped.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.
    """
    breakdowns = scores.tally.breakdowns if isinstance(scores, TallyFile) else tally.breakdowns
    if breakdowns is None and isinstance(scores, Scores) and (by := Axes.of(scores.columns)):
        thresholds = [tally.finite_thresholds(m) for m in range(len(tally.models))]
        breakdowns = tally_scores(scores, thresholds=thresholds, buckets=1, by=by).breakdowns
    if breakdowns is None:
        return None, None

    def worst(of: Sequence[Breakdown]) -> list[Floats] | None:
        if not of:
            return None
        sizes = [int(np.isfinite(own).sum()) for own in of[0].thresholds]
        return [
            np.asarray(
                np.min(
                    [
                        _worst_recall(breakdown.masses[0, :, m, : size + 1, 1].astype(np.float64))
                        for breakdown in of
                    ],
                    axis=0,
                ),
                np.float64,
            )
            for m, size in enumerate(sizes)
        ]

    kinds = [] if breakdowns.defect_types is None else [breakdowns.defect_types]
    return worst(kinds), worst([*breakdowns.segments.values()])


def _worst_recall(by_bin: Floats) -> Floats:
    """Smallest recall at each threshold and at infinity, from an array of defects by category and bin."""
    below = by_bin.cumsum(axis=1)
    has_category = below[:, -1] > 0
    caught = below[has_category, -1:] - below[has_category]
    recall: Floats = (caught / below[has_category, -1:]).min(axis=0, initial=1.0)
    return recall if has_category.any() else np.full(by_bin.shape[1], np.nan)

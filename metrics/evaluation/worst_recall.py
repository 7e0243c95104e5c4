"""Recall of the worst kind of defect, and of the worst segment, at every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from metrics.evaluation.confusion import ConfusionCurve
from metrics.io.scores import Scores
from metrics.tally.breakdown import Breakdown, BreakdownColumns
from metrics.tally.file.tally_file import TallyFile
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally
from metrics.tally.tally_scores import tally_scores


def worst_recalls(
    scores: Scores | TallyFile, tally: Tally
) -> tuple[list[Floats] | None, list[Floats] | None]:
    """Smallest recall of any kind of defect, and of any segment, at every threshold of every model.

    Parameters
    ----------
    scores : Scores or TallyFile
        For a tally file no row is read. Its counts by kind and segment are used if it has them.
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
        See `Scores.labelled_rows`.
    """
    breakdowns = scores.tally.breakdowns if isinstance(scores, TallyFile) else tally.breakdowns
    if (
        breakdowns is None
        and isinstance(scores, Scores)
        and (by := BreakdownColumns.of(scores.columns))
    ):
        thresholds = [tally.finite_thresholds(m) for m in range(len(tally.models))]
        breakdowns = tally_scores(scores, thresholds=thresholds, buckets=1, by=by).breakdowns
    if breakdowns is None:
        return None, None

    kinds = [] if breakdowns.defect_types is None else [breakdowns.defect_types]
    return _worst(kinds), _worst([*breakdowns.segments.values()])


def with_worst_recalls(
    curves: Sequence[ConfusionCurve],
    kind_recalls: Sequence[Floats] | None,
    segment_recalls: Sequence[Floats] | None,
) -> tuple[ConfusionCurve, ...]:
    """Curves extended by the recalls from `worst_recalls`."""
    return tuple(
        replace(
            model_curve,
            counts=replace(
                model_curve.counts,
                worst_kind_recall=None if kind_recalls is None else kind_recalls[m],
                worst_segment_recall=None if segment_recalls is None else segment_recalls[m],
            ),
        )
        for m, model_curve in enumerate(curves)
    )


def _worst(breakdowns: Sequence[Breakdown]) -> list[Floats] | None:
    """Smallest recall in any of the breakdowns, for each model; `None` without breakdowns."""
    if not breakdowns:
        return None
    recalls: list[Floats] = []
    for m, thresholds in enumerate(breakdowns[0].thresholds):
        bins = int(np.isfinite(thresholds).sum()) + 1
        by_bin = [b.masses[0, :, m, :bins, 1].astype(np.float64) for b in breakdowns]
        worst: Floats = np.minimum.reduce([*map(_worst_recall, by_bin)])
        recalls.append(worst)
    return recalls


def _worst_recall(by_bin: Floats) -> Floats:
    """Smallest recall at each threshold and at infinity, from an array of defects by category and bin."""
    missed = by_bin.cumsum(axis=1)
    missed = missed[missed[:, -1] > 0]
    if not len(missed):
        return np.full(by_bin.shape[1], np.nan)
    defects = missed[:, -1:]
    recall: Floats = ((defects - missed) / defects).min(axis=0)
    return recall

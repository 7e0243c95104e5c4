"""Label doubts: units whose label every good model contradicts, and the recall if these labels were wrong."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts.dataset_counts import reading_rows
from dashboard.analysis.failures.failure_counts import tallied_point
from dashboard.analysis.selection import Selection
from metrics import TallyFile
from metrics.evaluation.confusion import ratio
from metrics.evaluation.label_doubts import label_doubts
from metrics.tally.units import Unit, units_at

NEAR_BEST = 0.05
"""Largest difference to the best ROC AUC for a model to count as good."""


@dataclass(frozen=True)
class Doubts:
    """Units with a doubtful label, and the recall if these labels were wrong.

    Attributes
    ----------
    models : tuple of str
        The good models, which all contradict the labels.
    defects, goods : tuple of Unit
        First units that are labelled defective, and good; the most doubtful first.
    counts : (int, int)
        Numbers of doubtful good units and defects, including units that are not listed.
    recall, otherwise : (float, float)
        Defects that the selected point catches, and all defects. ``recall`` is as labelled, ``otherwise`` is
        if all doubtful labels were wrong.
    """

    models: tuple[str, ...]
    defects: tuple[Unit, ...]
    goods: tuple[Unit, ...]
    counts: tuple[int, int]
    recall: tuple[float, float]
    otherwise: tuple[float, float]


def _doubts_read(selection: Selection) -> Hashable:
    inspection = selection.analysis.scenario.inspection
    return selection.analysis.hidden, inspection, tallied_point(selection)


@part(reads=_doubts_read, kind=Kind.PART)
def doubts_of(selection: Selection) -> Doubts:
    """Find the units that every good model assigns to the other class. The rows are read twice.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis = selection.analysis
    evaluation, scores = analysis.evaluation, analysis.dataset.scores
    assert not isinstance(scores, TallyFile)
    tally = evaluation.tally
    auc = {name: evaluation.figures[tally.index(name)].roc_auc.value for name in analysis.models}
    best = max(auc.values())
    typical: dict[str, tuple[float, float]] = {}
    for name in analysis.models:
        if auc[name] >= best - NEAR_BEST:
            mass, summed = tally.calibration[:, tally.index(name)].sum(axis=(0, 1)).T
            low, high = ratio(summed, mass).tolist()
            typical[name] = low, high
    with reading_rows():
        inspection = analysis.scenario.inspection
        catches = 1.0 if inspection is None else inspection.catches
        doubts = label_doubts(scores, typical, tallied_point(selection), catches=catches)
        by_row = units_at(
            scores,
            np.concatenate([doubts.defects.rows, doubts.goods.rows]),
            picture=analysis.dataset.picture_column,
        )
    caught, missed = selection.point.counts["tp"], selection.point.counts["fn"]
    goods, defects = doubts.doubted
    others = caught - (defects - doubts.missed) + doubts.flagged
    units = caught + missed - defects + goods
    good_units, bad_units = (
        tuple(by_row[row] for row in first_units.rows.tolist())
        for first_units in (doubts.goods, doubts.defects)
    )
    return Doubts(
        models=tuple(typical),
        defects=bad_units,
        goods=good_units,
        counts=(doubts.goods.count, doubts.defects.count),
        recall=(caught, caught + missed),
        otherwise=(others, units),
    )

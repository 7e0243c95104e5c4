"""Units whose label may be wrong, and the recall if these labels were wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.failures.counts import tallied_point
from dashboard.analysis.selection import Selection
from dashboard.data.tally_job import TURNS
from metrics import TallyFile
from metrics.evaluation.confusion import ratio
from metrics.evaluation.label_doubts import label_doubts
from metrics.tally.point_failures import (
    Unit,
    units_at,
)

Kinds = tuple[tuple[str, int], ...]
"""Kinds and how many units are of each."""


NEAR_BEST = 0.05
"""Of the area under the ROC curve: how far a model may lie below the best and is asked about labels."""


@dataclass(frozen=True)
class Doubts:
    """Units whose label may be wrong, and what that would change.

    Attributes
    ----------
    models : tuple of str
        That were asked.
    defects, goods : tuple of Unit
        Labelled so, the most doubtful first.
    counts : (int, int)
        Good units and defects that are doubted, also those that are not kept.
    kinds : (tuple of (str, int), tuple of (str, int))
        Of the good units and of the defects that are kept, the most first; none where kinds are not named.
    recall, otherwise : (float, float)
        Defects that the chosen point catches, and all: as labelled, and were all these labels wrong.
    """

    models: tuple[str, ...]
    defects: tuple[Unit, ...]
    goods: tuple[Unit, ...]
    counts: tuple[int, int]
    kinds: tuple[Kinds, Kinds]
    recall: tuple[float, float]
    otherwise: tuple[float, float]


def _doubts_read(selection: Selection) -> Hashable:
    inspection = selection.analysis.scenario.inspection
    return selection.analysis.hidden, inspection, tallied_point(selection)


@part(reads=_doubts_read, kind=Kind.PART)
def doubts_of(selection: Selection) -> Doubts:
    """Units that every good model takes for the other class; the rows are read for them twice.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis = selection.analysis
    evaluation, scores = analysis.evaluation, analysis.dataset.scores
    assert not isinstance(scores, TallyFile)
    tally = evaluation.tally
    visible = [str(name) for name in analysis.points["model"].unique()]
    auc = {name: evaluation.figures[tally.index(name)].roc_auc.value for name in visible}
    best = max(auc.values())
    typical: dict[str, tuple[float, float]] = {}
    for name in visible:
        if auc[name] >= best - NEAR_BEST:
            mass, summed = tally.calibration[:, tally.index(name)].sum(axis=(0, 1)).T
            low, high = ratio(summed, mass).tolist()
            typical[name] = low, high
    with TURNS:
        inspection = analysis.scenario.inspection
        catches = 1.0 if inspection is None else inspection.catches
        found = label_doubts(scores, typical, tallied_point(selection), catches=catches)
        by_row = units_at(
            scores,
            np.concatenate([found.defects.rows, found.goods.rows]),
            picture=analysis.dataset.picture_column,
        )
    caught, missed = selection.point.counts["tp"], selection.point.counts["fn"]
    goods, defects = found.doubted
    others = caught - (defects - found.missed) + found.flagged
    units = caught + missed - defects + goods
    good_units, bad_units = (
        tuple(by_row[row] for row in first_units.rows.tolist())
        for first_units in (found.goods, found.defects)
    )
    return Doubts(
        models=tuple(typical),
        defects=bad_units,
        goods=good_units,
        counts=(found.goods.count, found.defects.count),
        kinds=(_kinds(analysis, good_units), _kinds(analysis, bad_units)),
        recall=(caught, caught + missed),
        otherwise=(others, units),
    )


def _kinds(analysis: Analysis, units: Sequence[Unit]) -> Kinds:
    kind = analysis.dataset.scores.columns.defect_type
    if kind is None:
        return ()
    counts = Counter(unit.parts[kind] for unit in units)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

"""Units whose label may be wrong: which they are, and what it would change, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.selection import Selection
from dashboard.data.tally_job import TURNS
from dashboard.page.failure_counts import failures_key, tallied_point
from dashboard.page.failure_words import MOST_NAMED, part_name, share_words
from dashboard.words.phrases import joined
from metrics import TallyFile
from metrics.errors import counted
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


def doubts_of(selection: Selection) -> Doubts:
    """Units that every good model takes for the other class; the rows are read for them twice.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    analysis = selection.analysis
    visible = tuple(str(name) for name in analysis.points["model"].unique())
    key = analysis.keyed(
        "label doubts", visible, analysis.scenario.inspection, failures_key(selection).of
    )
    return cache.STORE.get(key, lambda: _doubts(selection, visible))


def _doubts(selection: Selection, visible: Sequence[str]) -> Doubts:
    analysis = selection.analysis
    evaluation, scores = analysis.evaluation, analysis.dataset.scores
    assert not isinstance(scores, TallyFile)
    tally = evaluation.tally
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


def doubted_kinds_words(doubts: Doubts) -> str:
    """Of which kinds the doubted units are, in a sentence; empty where no class has more than one."""
    sentences = []
    listed = (doubts.defects, "defects"), (doubts.goods, "good units")
    for k, (units, what) in zip((1, 0), listed, strict=True):
        if len(doubts.kinds[k]) < 2:
            continue
        of = "" if len(units) == doubts.counts[k] else "first "
        own = doubts.kinds[k]
        shown = own if len(own) <= MOST_NAMED + 1 else own[:MOST_NAMED]
        (first, most), *others = shown
        named = [f"{most} of the {of}{len(units)} {what} are {part_name(first)}"]
        named += [f"{count} {part_name(kind)}" for kind, count in others]
        rest = len(units) - most - sum(count for _, count in others)
        named += [f"{rest} of other kinds"] if rest else []
        sentences.append(joined(named))
    return "; ".join(sentences)


def doubts_words(doubts: Doubts) -> str:
    """How many labels are doubted, and what it would change if they were wrong, in a sentence."""
    goods, defects = doubts.counts
    if not goods and not defects:
        return "No label is contradicted by every good model"
    sentences = [counted(n, what) for n, what in ((defects, "defect"), (goods, "good unit")) if n]
    caught, otherwise = (share_words(*share) for share in (doubts.recall, doubts.otherwise))
    if doubts.otherwise[1] == 0:
        change = "were all mislabelled, there would be no defect"
    elif caught != otherwise:
        change = f"were all mislabelled, {otherwise} defects would be caught, not {caught}"
    else:
        change = f"were all mislabelled, it would still catch {caught} defects"
    return f"{joined(sentences)} look mislabelled to every good model: {change}"

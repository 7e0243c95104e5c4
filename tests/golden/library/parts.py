"""Golden values of the library: segments, kinds of defect, changed decisions, doubted labels."""

from __future__ import annotations

import math

from metrics.evaluation.label_doubts import label_doubts
from metrics.inference.category_intervals import flagged_share_interval
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.failure_breakdowns import count_failures
from metrics.tally.unit_lists import Point
from tests.golden.library.case import Case
from tests.golden.library.table import Columns, Rows, place, row_by_row, table


@table("parts")
def counts_by_part(case: Case) -> Rows:
    """Counts and shares by segment and kind of defect, at the cheapest point and at the current system."""
    columns = case.scores.columns
    if not columns.segments and columns.defect_type is None:
        return
    named = [place(case.cheapest), place(case.today)]
    at = sorted({p["threshold"] for p in named if math.isfinite(p["threshold"])})
    counted = count_breakdowns(case.scores, at, BreakdownColumns.of(columns))
    for breakdown in counted.all:
        for point in named:
            if point["threshold"] not in at or not point["model"]:
                continue
            model, threshold = point["model"], point["threshold"]
            flagged, shipped = breakdown.flagged_and_shipped(model, threshold)
            ends = [
                flagged_share_interval(breakdown, model, threshold, label, independent=True)
                for label in (0, 1)
            ]
            for c, category in enumerate(breakdown.categories):
                yield {
                    "column": breakdown.column, "category": category, **point,
                    "tp": float(flagged[0, c, 1]), "fp": float(flagged[0, c, 0]),
                    "fn": float(shipped[0, c, 1]), "tn": float(shipped[0, c, 0]),
                    "recall_low": float(ends[1].low[c]), "recall_high": float(ends[1].high[c]),
                    "alarms_low": float(ends[0].low[c]), "alarms_high": float(ends[0].high[c]),
                }  # fmt: skip


@table("flips")
def flipped_units(case: Case) -> Rows:
    """Number of units that the named points and the current system treat differently, and the first units."""
    today = None if case.scenario.today is None else (case.today.model, case.today.threshold)
    for name in ("cheapest", "executive"):
        if name not in case.named:
            continue
        point = case.named[name]
        curve = case.evaluation.curve_of(str(point.model))
        k = curve.position(point.threshold)
        below = None if curve.lower is None else float(curve.thresholds[curve.lower[k]])
        found = count_failures(
            case.scores,
            Point(str(point.model), point.threshold, below, today),  # type: ignore[arg-type]
        )
        for which, units in found.lists.items():
            yield {
                "point": name, "list": which.name, "count": int(units.count),
                "rows": int(units.rows.sum()), "first": int(units.rows[0]) if units.rows.size else -1,
            }  # fmt: skip
        for column, pairs in found.pairs.items():
            for (kind, part), counts in sorted(pairs.counts.items()):
                yield {
                    "point": name, "list": f"{kind} in {column} {part}", "count": int(counts.sum()),
                    "rows": int((counts * [[1, 2, 4], [8, 16, 32]]).sum()), "first": -1,
                }  # fmt: skip


@table("doubts")
def doubted_labels(case: Case) -> Columns:
    """Units whose labels two models contradict."""
    if case.tally.scale == "rank":
        return {}
    point = case.named["cheapest"]
    typical = dict.fromkeys(case.tally.models[-2:], (0.1, 0.45))
    found = label_doubts(case.scores, typical, Point(str(point.model), point.threshold, None, None))
    return row_by_row([{
        "defects": found.defects.count, "goods": found.goods.count,
        "defect_rows": int(found.defects.rows.sum()), "good_rows": int(found.goods.rows.sum()),
        "missed": float(found.missed), "flagged": float(found.flagged),
        "doubted_goods": float(found.doubted[0]), "doubted_defects": float(found.doubted[1]),
    }])  # fmt: skip

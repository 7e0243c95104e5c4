"""Open the scores of ``common-ground evaluate``, and count them at every threshold that it needs."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from dashboard.arguments.input_options import (
    open_input_or_tally,
    open_table_like,
    segments_option,
)
from dashboard.arguments.parser import UsageError
from metrics import Scenario, ScoreError, Scores, Tally, TallyFile, tally_scores
from metrics.evaluation.confusion import (
    LEAST_RECALLS,
    ConfusionCurve,
    confusion_curve,
)
from metrics.evaluation.worst_recall import with_worst_recalls, worst_recalls
from metrics.io.audit_sample import WEIGHT, read_audit_sample
from metrics.scenario.scenario import Today
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.miss_prices import (
    refuse_mean_prices,
    with_mean_miss_prices,
    with_miss_prices,
)


def place_of_current(today: Today | None) -> tuple[str, float] | None:
    """Model and threshold of the current system; `None` if it is not known."""
    return None if today is None else (today.model, today.threshold)


def breakdown_columns(options: argparse.Namespace, scores: Scores | TallyFile) -> BreakdownColumns:
    """Columns to count by, and the current system; empty if no breakdown was requested."""
    kind = options.defect_type if isinstance(scores, TallyFile) else scores.columns.defect_type
    return BreakdownColumns(segments_option(options), kind, place_of_current(options.today))


def open_requested(options: argparse.Namespace, scenario: Scenario) -> Scores | TallyFile:
    """Scores of a command line. An audit sample has only rows with a known label, and their weights."""
    if (options.audit is not None) != (options.labels_from == "audit"):
        raise UsageError("--audit COL goes with --labels-from audit: name both")
    if options.audit is None:
        return open_input_or_tally(options)
    if options.weight is not None:
        raise UsageError(
            "argument --audit: an audit sample has weights of its own, leave out --weight"
        )
    today, column = place_of_current(scenario.today), options.audit.strip()
    source = read_audit_sample(options.files, column, today=today, decimal=options.decimal)
    weighted = argparse.Namespace(**{**vars(options), "weight": WEIGHT})
    return open_table_like(weighted, source)


def tally_of(
    scores: Scores | TallyFile,
    scenario: Scenario,
    options: argparse.Namespace,
    against: tuple[str, float] | None,
) -> Tally:
    """Tally that is exact at every requested threshold.

    Parameters
    ----------
    against : (str, float) or None
        Model and threshold of the current system if a limit to be certified compares points with it.
    """
    thresholds, today = [float(text) for text in options.at], place_of_current(scenario.today)
    if isinstance(scores, TallyFile):
        points = [(model, threshold) for threshold in thresholds for model in scores.models]
        if today is not None and today[0] in scores.models:
            points.append(today)
        tally = scores.at(points)
        has_kinds = tally.breakdowns is not None and tally.breakdowns.defect_types is not None
        if scenario.miss_cost_by_type and has_kinds:
            return _priced(scores, tally, scenario, needs_intervals=options.bootstrap is not None)
        return tally
    also = thresholds if today is None else [*thresholds, today[1]]
    by = (
        BreakdownColumns(today=against)
        if against is not None and against[0] in scores.models
        else None
    )
    tally = tally_scores(scores, max_thresholds=options.max_thresholds, also=also, by=by)
    if scenario.miss_cost_by_type and scores.columns.defect_type is not None:
        return with_miss_prices(tally, scores, scenario.miss_cost_by_type, scenario.miss_cost)
    return tally


def _priced(file: TallyFile, tally: Tally, scenario: Scenario, *, needs_intervals: bool) -> Tally:
    """Tally of a file, with the prices of missed defects by kind applied to its counts by kind."""
    priced = with_mean_miss_prices(tally, scenario.miss_cost_by_type or {}, scenario.miss_cost)
    if priced is None:
        raise ScoreError(
            "E_TALLY",
            "a tally must have each of the kinds that have a price counted apart",
            file=file.name,
            column="miss_cost_by_type",
            hint="Give the score files, or count them again with common-ground tally and --type.",
        )
    if needs_intervals:
        refuse_mean_prices(priced, file.name)
    return priced


def curves_of(
    scores: Scores | TallyFile, tally: Tally, with_limits: Collection[str]
) -> tuple[ConfusionCurve, ...]:
    """Curve of every model; with the recall of the worst kind and segment if these have limits."""
    curves = tuple(confusion_curve(tally, m) for m in range(len(tally.models)))
    if not {*LEAST_RECALLS} & {*with_limits}:
        return curves
    return with_worst_recalls(curves, *worst_recalls(scores, tally))

"""Cached counts of a data set: tally, confusion curves, bootstrap replicates, and figures by scenario.

The key of each value names the data set, and the value is dropped together with the data set.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dashboard.analysis.cache import STORE, Key, Kind
from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.data.dataset import Dataset
from dashboard.data.tally_job import COUNTING_SLOTS, TallyJob
from metrics import (
    OBJECTIVES,
    Objective,
    Scenario,
    Tally,
    TallyFile,
    described,
    evaluate,
    tally_scores,
)
from metrics.evaluation.confusion import ConfusionCurve, confusion_curve, with_worst_recalls
from metrics.evaluation.inspection_band_counts import band_curve
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective import as_read_by, labelled_for
from metrics.evaluation.operating_points import (
    COUNTS,
    counts_at_points,
    figures_at_points,
    scaled_counts,
)
from metrics.inference.bootstrap import REPLICATES
from metrics.inference.certificates.shares_of_rows import SharesOfRows
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.breakdown_counter import count_defect_types
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import with_miss_prices
from metrics.tally.worst_recall import worst_recalls


def _job_key(dataset: Dataset) -> Key:
    return Key((dataset.fingerprint,), kind=Kind.JOB)


def tally_job(dataset: Dataset) -> TallyJob:
    """Job that counts a data set. The first call starts the job."""
    return STORE.get(_job_key(dataset), lambda: TallyJob(dataset))


@contextmanager
def reading_rows() -> Iterator[None]:
    """Read rows, of few data sets at a time. Another thread may compute meanwhile."""
    with STORE.turns.aside(), COUNTING_SLOTS:
        yield


def stop_counting(dataset: Dataset) -> None:
    """Stop the job that counts a data set, if there is one."""
    if (job := STORE.peek(_job_key(dataset))) is not None:
        job.stop()


def wait(job: TallyJob, seconds: float | None = None) -> bool:
    """Wait for a job as in `TallyJob.wait`. Another thread may compute meanwhile."""
    if job.wait(0):
        return True
    with STORE.turns.aside():
        return job.wait(seconds)


def is_counted(dataset: Dataset) -> bool:
    """Wait until a data set is counted. False if counting fails; `tally` raises the error."""
    job = tally_job(dataset)
    wait(job)
    return job.succeeded


def tally(dataset: Dataset) -> Tally:
    """Tally of a data set. Its thresholds include the current threshold that the data was opened with.

    Raises
    ------
    ScoreError
        If the rows are refused. The next call counts them again.
    """
    job = tally_job(dataset)
    wait(job)
    try:
        counted = job.result
        job.copy_check(dataset.scores)
        return counted
    except Exception:
        STORE.drop_value(_job_key(dataset), job)
        raise


def priced_tally(dataset: Dataset, scenario: Scenario) -> Tally:
    """Tally of a data set, with the prices of missed defects if the scenario has prices by kind.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    counted = tally(dataset)
    return _priced(dataset, scenario, counted, _priced_key(dataset, scenario))


def _priced_key(dataset: Dataset, scenario: Scenario, *at: float) -> Key | None:
    prices = prices_of(scenario)
    return None if prices is None else Key((dataset.fingerprint,), (prices, at), Kind.PRICED)


def _priced(dataset: Dataset, scenario: Scenario, counted: Tally, key: Key | None) -> Tally:
    """Tally with the prices of missed defects by kind. The rows are read once more."""
    scores, prices = dataset.scores, scenario.miss_cost_by_type
    if key is None or not prices or not dataset.names_kinds:
        return counted
    assert not isinstance(scores, TallyFile)

    def price() -> Tally:
        with reading_rows():
            return with_miss_prices(counted, scores, prices, scenario.miss_cost)

    return STORE.get(key, price)


def kinds(dataset: Dataset) -> Mapping[str, int]:
    """Number of defects of each kind, the most frequent first; empty if the data names no kinds.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    scores = dataset.scores
    if isinstance(scores, TallyFile) or not dataset.names_kinds:
        return {}
    tally(dataset)  # checks the rows

    def count() -> Mapping[str, int]:
        with reading_rows():
            return count_defect_types(scores)

    return STORE.get(Key((dataset.fingerprint,), "kinds of defect"), count)


def _cached_curves(
    dataset: Dataset, counted: Tally, prices: Hashable = None
) -> tuple[ConfusionCurve, ...]:
    return STORE.get(
        Key((dataset.fingerprint,), prices, kind=Kind.CURVES),
        lambda: _with_worst_recalls(
            dataset, counted, tuple(confusion_curve(counted, m) for m in range(len(counted.models)))
        ),
    )


def _with_worst_recalls(
    dataset: Dataset, counted: Tally, curves: tuple[ConfusionCurve, ...]
) -> tuple[ConfusionCurve, ...]:
    """Curves with the recall of the worst kind and segment, if the data has kinds or segments."""
    scores = dataset.scores
    is_counted = isinstance(scores, TallyFile)
    if not is_counted and not (dataset.names_kinds or scores.columns.segments):
        return curves

    def count() -> tuple[list[Floats] | None, list[Floats] | None]:
        with nullcontext() if is_counted else reading_rows():
            return worst_recalls(scores, counted)

    return with_worst_recalls(
        curves, *STORE.get(Key((dataset.fingerprint,), "worst recalls"), count)
    )


def whole_tally(dataset: Dataset) -> TallyFile:
    """Tally of a data set with its counts by kind and segment, ready to be saved.

    If the rows name kinds or segments, they are read once more.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    scores, counted = dataset.scores, tally(dataset)
    if isinstance(scores, TallyFile):
        return scores
    if by := BreakdownColumns.of(scores.columns):
        thresholds = [counted.finite_thresholds(m) for m in range(len(counted.models))]
        with reading_rows():
            by_category = tally_scores(scores, thresholds=thresholds, buckets=1, by=by)
        counted = replace(counted, breakdowns=by_category.breakdowns)
    return described(counted, scores, max_thresholds=dataset.max_thresholds)


def _separate_key(dataset: Dataset, thresholds: Sequence[float]) -> Key:
    return Key((dataset.fingerprint,), tuple(thresholds), Kind.COUNTED_SEPARATELY)


def _counted_separately(dataset: Dataset, thresholds: Sequence[float]) -> Tally:
    """Tally at thresholds that the data's tally does not have. The rows are read once more."""

    def count() -> Tally:
        assert not isinstance(dataset.scores, TallyFile)
        by_model = [np.array(thresholds, np.float64)] * len(dataset.scores.models)
        with reading_rows():
            return tally_scores(dataset.scores, thresholds=by_model)

    return STORE.get(_separate_key(dataset, thresholds), count)


def _current_place(dataset: Dataset, scenario: Scenario) -> list[tuple[str, float]]:
    """Model and threshold of the current system; empty if the data has no such model."""
    today = scenario.today
    if today is None or today.model not in dataset.scores.models:
        return []
    return [(today.model, today.threshold)]


def is_counted_for(dataset: Dataset, scenario: Scenario) -> bool:
    """Whether a scenario needs no further pass over the rows, once the data is counted."""
    key = _priced_key(dataset, scenario)
    if key is not None and dataset.names_kinds and STORE.peek(key) is None:
        return False
    return is_counted_at(dataset, _current_place(dataset, scenario))


def is_counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> bool:
    """Whether operating points need no further pass over the rows of this counted data."""
    thresholds = _uncounted(dataset, points)
    if not thresholds or isinstance(dataset.scores, TallyFile):
        return True
    return STORE.peek(_separate_key(dataset, thresholds)) is not None


def _uncounted(dataset: Dataset, points: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Thresholds to count at; empty if the data's tally is exact at all of these operating points."""
    counted = tally(dataset)
    if all(counted.is_exact(counted.index(model), threshold) for model, threshold in points):
        return ()
    return tuple(sorted({threshold for _, threshold in points}))


def counted_at(
    dataset: Dataset, points: Sequence[tuple[str, float]], scenario: Scenario
) -> Tally | None:
    """Separate tally at some operating points; `None` if the data's tally is exact at all of them.

    Parameters
    ----------
    points : sequence of (model, threshold)
        Finite thresholds.
    scenario : Scenario
        Scenario with the prices of missed defects by kind, if any.

    Raises
    ------
    ScoreError
        If the data has no rows and its tally is not exact at these points.
    """
    thresholds = _uncounted(dataset, points)
    if not thresholds:
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at(
            points
        )  # raises an error, because its rows cannot be counted again
    separate = _counted_separately(dataset, thresholds)
    return _priced(dataset, scenario, separate, _priced_key(dataset, scenario, *thresholds))


def prices_of(scenario: Scenario) -> Hashable:
    """Prices of missed defects by kind, as a key; `None` if kinds have no separate prices."""
    by_type = scenario.miss_cost_by_type
    return (frozenset(by_type.items()), scenario.miss_cost) if by_type else None


def scenario_figures(dataset: Dataset, scenario: Scenario) -> ScenarioFigures:
    """Operating points of a data set under a scenario.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    counted, prices = priced_tally(dataset, scenario), prices_of(scenario)
    current_tally = counted_at(dataset, _current_place(dataset, scenario), scenario)
    counts = counted, _cached_curves(dataset, counted, prices), current_tally
    key = Key((dataset.fingerprint,), scenario, Kind.FIGURES)
    figures = STORE.get(key, lambda: figures_under(dataset, scenario, *counts))
    STORE.touch(figures.keys)  # the columns must not be dropped before the figures
    return figures


def figures_under(
    dataset: Dataset,
    scenario: Scenario,
    counted: Tally,
    curves: tuple[ConfusionCurve, ...],
    today_tally: Tally | None,
) -> ScenarioFigures:
    """Compute every figure of a scenario. Scenarios share the columns for which they have the same inputs.

    Parameters
    ----------
    curves : tuple of ConfusionCurve
        Curve of each model, without inspectors.
    today_tally : Tally or None
        Tally at the current threshold, if ``counted`` does not count it exactly.
    """
    keys: list[Key] = []

    def shared(make: Callable[[], Any], *reads: Hashable, kind: Kind = Kind.SHARED) -> Any:
        keys.append(Key((dataset.fingerprint,), reads, kind))
        return STORE.get(keys[-1], make)

    rate, prices = (scenario.defect_rate, scenario.units_per_year), prices_of(scenario)
    figures = shared(
        lambda: tuple(model_figures(counted, c, scenario) for c in curves), "models", *rate
    )
    # The lower threshold of a band depends on the prices, and the counts depend on the lower threshold.
    band = () if scenario.inspection is None else (replace(scenario, today=None, limits={}),)
    curves_or_bands = curves
    if band:
        factors = scenario.factors(counted.class_mass)
        curves_or_bands = shared(
            lambda: tuple(band_curve(c, scenario, factors) for c in curves), "bands", *band
        )
    evaluation = evaluate(
        counted, scenario, curves=curves_or_bands, today_tally=today_tally, figures=figures
    )
    today = shared(lambda: evaluation.today_by_bucket, "today", scenario.today, prices)
    evaluation = replace(evaluation, cached_today_by_bucket=today)
    columns = dict(shared(lambda: counts_at_points(evaluation), "counts", *band))

    def figures_of(objectives: Sequence[Objective]) -> dict[str, Any]:
        scaled = shared(lambda: scaled_counts(evaluation), "scaled counts", *rate, prices, *band)
        return figures_at_points(evaluation, objectives, scaled)

    offered = [o for o in OBJECTIVES.values() if counted.values is not None or not o.needs_value]
    groups: dict[tuple[bool, tuple[str, ...]], list[Objective]] = {}
    for o in offered:
        groups.setdefault((o.is_standard, o.reads), []).append(o)
    for together in groups.values():
        read = as_read_by(scenario, together)
        has_own_price = read.miss_cost != Scenario().miss_cost
        columns |= shared(
            partial(figures_of, together),
            tuple(o.id for o in together),
            read,
            kind=Kind.ONE_SCENARIO if has_own_price else Kind.SHARED,
        )
    column_names = "model", "threshold", *COUNTS, *(o.id for o in offered)
    points = pd.DataFrame({name: columns[name] for name in column_names}, copy=False)
    answered = {
        o.id: labelled_for(o, scenario) for o in offered if not np.isnan(columns[o.id]).all()
    }
    return ScenarioFigures(evaluation, points, answered, tuple(keys))


def _drawn_key(dataset: Dataset, seed: int, prices: Hashable) -> Key:
    return Key((dataset.fingerprint,), (seed, prices), Kind.DRAWN)


def drawn(dataset: Dataset, seed: int, scenario: Scenario) -> ReplicatedCounts | None:
    """Bootstrap replicates of the counts; `None` if they are not computed yet."""
    replicates: ReplicatedCounts | None = STORE.peek(_drawn_key(dataset, seed, prices_of(scenario)))
    return replicates


def draw(dataset: Dataset, seed: int, scenario: Scenario) -> ReplicatedCounts:
    """Bootstrap replicates of the counts, shared by all scenarios with the same prices by kind."""
    prices = prices_of(scenario)

    def make() -> ReplicatedCounts:
        counted = priced_tally(dataset, scenario)
        curves = _cached_curves(dataset, counted, prices)
        replicates = ReplicatedCounts.draw(counted, curves, replicates=REPLICATES, seed=seed)
        replicates.fill_cache()
        return replicates

    return STORE.get(_drawn_key(dataset, seed, prices), make)


def shares_of_rows(dataset: Dataset) -> SharesOfRows:
    """Shares of rows for the certification of limits. Each share is computed at its first use."""

    def make() -> SharesOfRows:
        counted = tally(dataset)
        return SharesOfRows(counted, _cached_curves(dataset, counted))

    return STORE.get(Key((dataset.fingerprint,), kind=Kind.TESTED), make)

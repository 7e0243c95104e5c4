"""Cached counts of a data set: tally, confusion curves and bootstrap replicates.

The key of each value names the data set, and the value is dropped together with the data set.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager, nullcontext

from dashboard.analysis.cache import STORE, Key, Kind
from dashboard.data.dataset import Dataset
from dashboard.data.tally_job import COUNTING_SLOTS, TallyJob
from metrics import Scenario, Tally, TallyFile
from metrics.evaluation.confusion import ConfusionCurve, confusion_curve
from metrics.evaluation.worst_recall import with_worst_recalls, worst_recalls
from metrics.inference.bootstrap import REPLICATES
from metrics.inference.certificates.shares_of_rows import SharesOfRows
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.tally.breakdown_counter import count_defect_types
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import with_miss_prices


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
    return with_prices(dataset, scenario, counted)


def priced_key(dataset: Dataset, scenario: Scenario, *at: float) -> Key | None:
    """Key of a tally with prices by kind, at other thresholds if given; `None` without such prices."""
    prices = prices_of(scenario)
    return None if prices is None else Key((dataset.fingerprint,), (prices, at), Kind.PRICED)


def with_prices(dataset: Dataset, scenario: Scenario, counted: Tally, *at: float) -> Tally:
    """Tally, at other thresholds if given, with the prices of missed defects by kind.

    The rows are read once more.
    """
    scores, prices = dataset.scores, scenario.miss_cost_by_type
    key = priced_key(dataset, scenario, *at)
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


def cached_curves(
    dataset: Dataset, counted: Tally, prices: Hashable = None
) -> tuple[ConfusionCurve, ...]:
    """Curve of each model, without inspectors, by the prices of `prices_of`."""
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


def prices_of(scenario: Scenario) -> Hashable:
    """Prices of missed defects by kind, as a key; `None` if kinds have no separate prices."""
    by_type = scenario.miss_cost_by_type
    return (frozenset(by_type.items()), scenario.miss_cost) if by_type else None


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
        curves = cached_curves(dataset, counted, prices)
        replicates = ReplicatedCounts.draw(counted, curves, replicates=REPLICATES, seed=seed)
        replicates.fill_cache()
        return replicates

    return STORE.get(_drawn_key(dataset, seed, prices), make)


def shares_of_rows(dataset: Dataset) -> SharesOfRows:
    """Shares of rows for the certification of limits. Each share is computed at its first use."""

    def make() -> SharesOfRows:
        counted = tally(dataset)
        return SharesOfRows(counted, cached_curves(dataset, counted))

    return STORE.get(Key((dataset.fingerprint,), kind=Kind.TESTED), make)

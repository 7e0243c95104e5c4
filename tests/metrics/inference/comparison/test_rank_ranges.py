"""Tests of ranges of ranks: which candidates may be best, against slow code and in simulated samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.inference.comparison.paired_difference import Chance, paired_difference
from metrics.inference.comparison.rank_ranges import rank_ranges
from metrics.tally.kernel import Floats

COST, RECALL = OBJECTIVES["cost_of_errors"], OBJECTIVES["recall"]


def may_be_best(
    o: Objective, figures: Floats, replicates: Floats, *, blocks: int | None = None
) -> NDArray[np.bool_]:
    """Candidates that cannot be distinguished from the best."""
    first, _ = rank_ranges(o, figures, replicates, blocks=blocks)
    return np.asarray(first == 1)


@given(
    st.integers(2, 12).flatmap(
        lambda m: st.tuples(
            st.lists(st.floats(-5, 5) | st.just(np.nan), min_size=m, max_size=m),
            st.integers(0, 2**32 - 1),
        )
    ),
    st.sampled_from(["cost_of_errors", "recall"]),
)
def test_the_best_candidate_may_always_be_best(found: tuple[list[float], int], name: str) -> None:
    figures, rng = np.array(found[0]), np.random.default_rng(found[1])
    replicates = figures + rng.normal(size=(200, figures.size)) * rng.random(figures.size)
    replicates[rng.random(replicates.shape) < 0.01] = np.nan
    kept = may_be_best(OBJECTIVES[name], figures, replicates, blocks=40)
    assert not kept[np.isnan(figures)].any()
    if not np.isnan(figures).all():
        assert kept[np.nanargmax(figures) if name == "recall" else np.nanargmin(figures)]


def test_the_true_best_may_be_first() -> None:
    """Eight candidates, the first slightly better: it may be the best in at least 19 of 20 samples.

    The true rank of each candidate is beyond each end of its range in at most 1 of 20 samples.
    """
    rng = np.random.default_rng(7)
    true = np.array([0.0, 0.1, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0])
    places = np.array([1, 2.5, 2.5, 4, 5, 6, 7, 8])
    kept, ranges = [], []
    for _ in range(300):
        data = rng.normal(size=(100, 1)) + true + 2 * rng.normal(size=(100, true.size))
        weights = rng.multinomial(100, np.full(100, 0.01), size=300) / 100
        first, last = rank_ranges(COST, data.mean(axis=0), weights @ data)
        kept.append(first == 1)
        ranges.append((first > np.ceil(places), last < np.floor(places)))
    assert np.mean(ranges, axis=0).max() < 0.07
    share = np.mean(kept, axis=0)
    assert share[0] > 0.93
    assert share[-1] < 0.01
    assert (np.diff(share[[0, 3, 5, 6]]) < 0).all()


def test_a_noisy_best_can_rank_behind_a_precise_candidate() -> None:
    """Two candidates with little noise differ clearly. A third, truly the last, has much noise."""
    rng = np.random.default_rng(3)
    true, noise = np.array([0, 1, 1.5]), np.array([0.05, 0.05, 3])
    lasts, is_best = [], []
    for _ in range(200):
        figures = true + noise * rng.normal(size=3)
        drawn = figures + noise * rng.normal(size=(200, 3))
        lasts.append(rank_ranges(COST, figures, drawn)[1][2])
        is_best.append(figures.argmin() == 2)
    assert np.mean(is_best) > 0.2
    assert np.mean(np.array(lasts) < 3) < 0.08


def test_ranks_do_not_depend_on_the_order_of_columns() -> None:
    rng = np.random.default_rng(4)
    figures = np.array([50, 50, 50.3])
    drawn = figures + rng.normal(size=(300, 3)) * [0.1, 3, 0.1]
    turned = [1, 0, 2]
    found, of_turned = (rank_ranges(COST, figures[o], drawn[:, o]) for o in (slice(None), turned))
    for ends, other in zip(found, of_turned, strict=True):
        assert ends[turned].tolist() == other.tolist()
    assert found[1][1] == 3
    # Only the first candidate may be the first.
    first, last = rank_ranges(
        COST, np.array([0.0, 9.0, 9.1]), rng.normal(size=(300, 3)) * 0.1 + [0, 9, 9.1]
    )
    assert (first[0], last[0]) == (1, 1)


@pytest.mark.parametrize(
    ("buckets", "least"), [pytest.param(100, 0.92, marks=pytest.mark.slow), (20, 0.91)]
)
def test_a_precise_candidate_among_noisy_ones_may_be_best(buckets: int, least: float) -> None:
    """All are equally good; the first has a fiftieth of the others' noise, so its gaps differ.

    A limit on the gaps to the best observed candidate keeps the first in only 89 and 87 of 100 samples.
    """
    rng = np.random.default_rng(11)
    noise = np.array([0.1, *[5.0] * 7])
    kept = []
    for _ in range(600):
        data = rng.normal(size=(buckets, 1)) + rng.normal(size=(buckets, 8)) * noise
        shares = np.full(buckets, 1 / buckets)
        weights = rng.multinomial(buckets, shares, size=300) / buckets
        kept.append(may_be_best(COST, data.mean(axis=0), weights @ data, blocks=buckets))
    assert np.mean(kept, axis=0).min() > least


def test_fewer_buckets_leave_more_candidates() -> None:
    rng = np.random.default_rng(3)
    figures = np.linspace(0, 12, 40)
    replicates = figures + rng.normal(size=(1000, 40))
    counts = [may_be_best(COST, figures, replicates, blocks=b).sum() for b in (None, 1000, 20, 5)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_each_candidate_is_compared_with_the_others_as_by_hsu() -> None:
    """By Hsu's method, a candidate stays unless a gap to another exceeds the largest gap by chance."""
    rng = np.random.default_rng(5)
    figures = rng.normal(size=12)
    replicates = figures + rng.normal(size=(500, 12)) * rng.random(12)
    wanted, firsts, lasts = [], [], []

    def ahead(gaps: Floats, drawn: Floats) -> int:
        """Number of gaps that exceed the largest gap by chance; the rest is tested again without them."""
        if not gaps.size:
            return 0
        error = drawn.std(axis=0)
        apart = (drawn - drawn.mean(axis=0)) / error
        is_clear = gaps > np.quantile(apart.max(axis=1).clip(0), 0.95) * error
        if not is_clear.any():
            return 0
        return int(is_clear.sum()) + ahead(gaps[~is_clear], drawn[:, ~is_clear])

    best = int(figures.argmin())
    for i in range(12):
        gaps = figures[i] - np.delete(figures, i)
        drawn = replicates[:, [i]] - np.delete(replicates, i, axis=1)
        low, high = np.quantile(replicates[:, i] - replicates[:, best], [0.025, 0.975])
        firsts.append(1 if low <= 0 <= high else 1 + ahead(gaps, drawn))
        wanted.append(firsts[-1] == 1)
        lasts.append(12 - ahead(-gaps, -drawn))
    lasts[best] = max(lasts[best], sum(wanted))
    first, last = rank_ranges(COST, figures, replicates)
    assert (first.tolist(), last.tolist()) == (firsts, lasts)
    assert (first <= 1 + figures.argsort().argsort()).all()
    assert (last >= 1 + figures.argsort().argsort()).all()
    assert (first == 1).tolist() == wanted
    assert 1 < sum(wanted) < 12


def test_a_candidate_may_be_first_unless_its_pair_with_the_best_is_clear() -> None:
    """Only their own gap decides between two candidates; those far behind have no influence."""
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(1000, 10))
    for behind, is_open in ((1.8, True), (2.2, False)):
        two = np.array([0.0, behind])
        drawn = noise[:, :2] * [0, 1] + two
        pair = paired_difference(COST, drawn[:, 0], drawn[:, 1], -behind)
        first, last = rank_ranges(COST, two, drawn)
        assert (pair.chance is Chance.POSSIBLE) == is_open
        assert (first.tolist(), last.tolist()) == (
            ([1, 1], [2, 2]) if is_open else ([1, 2], [1, 2])
        )
    many = np.array([0.0, 1.0, 2.4, *range(10, 17)])
    first, last = rank_ranges(COST, many, noise * [0, 1, 1, *[0.01] * 7] + many)
    assert (first[:3].tolist(), last[0]) == ([1, 1, 2], 2)

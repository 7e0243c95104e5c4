"""Tests of interval formulas against scipy, formulas by hand, and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, norm, t

from metrics.inference.interval_formulas import (
    Interval,
    area_interval,
    expanded_z,
    percentile_interval,
    ratio_interval,
    wilson_interval,  # fmt: skip
)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_intervals_equal_scipys_except_at_none_and_all(found: tuple[int, int]) -> None:
    k, n = found
    ends = wilson_interval(np.array([k]), np.array([n]))
    if 0 < k < n:
        wanted = binomtest(k, n).proportion_ci(method="wilson")
        assert (ends.low[0], ends.high[0]) == pytest.approx((wanted.low, wanted.high), rel=1e-9)
        return
    # At the far end the probability of no error is 1 in 20.
    far = ends.high[0] if k == 0 else 1 - ends.low[0]
    assert (1 - far) ** n == pytest.approx(0.05)
    assert (ends.low[0] if k == 0 else 1 - ends.high[0]) == 0
    if n > 100:
        assert far == pytest.approx(3 / n, rel=0.03)


def test_a_share_of_nothing_is_undefined() -> None:
    ends = wilson_interval(np.array([0.0]), np.array([0.0]))
    assert np.isnan([ends.low[0], ends.high[0]]).all()


@given(st.integers(20, 400), st.integers(0, 2**32 - 1))
def test_percentiles_are_order_statistics(n: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(n, 3))
    ends = percentile_interval(values)
    for k in range(3):
        inside = ((values[:, k] >= ends.low[k]) & (values[:, k] <= ends.high[k])).sum()
        assert {ends.low[k], ends.high[k]} <= set(values[:, k].tolist())
        assert 0.95 * n - 1 <= inside <= 0.95 * n + 3
        below, above = (values[:, k] < ends.low[k]).sum(), (values[:, k] > ends.high[k]).sum()
        assert below == above


def test_few_undefined_replicates_are_ignored_and_many_leave_no_interval() -> None:
    values = np.arange(1000.0)[:, None].repeat(3, axis=1)
    values[::25, 1] = np.nan
    values[::10, 2] = np.nan
    ends = percentile_interval(values)
    known = np.sort(values[~np.isnan(values[:, 1]), 1])
    assert (ends.low[0], ends.high[0]) == (24, 975)
    assert (ends.low[1], ends.high[1]) == (known[23], known[-24])
    assert np.isnan([ends.low[2], ends.high[2]]).all()


@pytest.mark.parametrize("blocks", [5, 20, 100])
def test_few_buckets_widen_an_interval_like_students_t(blocks: int) -> None:
    """For a mean of normal buckets the percentile interval equals the t interval."""
    rng = np.random.default_rng(blocks)
    x = rng.normal(size=blocks)
    drawn = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=200_000) @ x / blocks
    ends = percentile_interval(drawn[:, None], blocks=blocks)
    wanted = t(blocks - 1).ppf(0.975) * x.std(ddof=1) / np.sqrt(blocks)
    assert (ends.high[0] - ends.low[0]) / 2 == pytest.approx(
        wanted, rel=0.1 if blocks < 20 else 0.04
    )
    wide = t(blocks - 1).ppf(0.975) * np.sqrt(blocks / (blocks - 1))
    assert expanded_z(blocks) == pytest.approx(wide)


COUNT = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNT, COUNT, st.floats(-0.9, 0.9))
def test_at_the_ends_of_a_ratio_the_difference_reaches_zero(
    first: tuple[int, int], second: tuple[int, int], correlation: float
) -> None:
    """At an end R, the interval of ``a - R b`` (combined by MOVER) has an end at 0."""
    a, b = (np.array([k / n]) for k, n in (first, second))
    of_a, of_b = (wilson_interval(np.array([k]), np.array([n])) for k, n in (first, second))
    ends = ratio_interval(a, of_a, b, of_b, np.array([correlation]))
    if a[0] == b[0] == 0:
        assert np.isnan([ends.low[0], ends.high[0]]).all()
        return
    low, high = ends.low[0], ends.high[0]
    assert 0 <= low < high
    assert (low == 0) == (of_a.low[0] == 0)
    assert np.isinf(high) == (of_b.low[0] == 0)
    if b[0] > 0:
        assert low <= a[0] / b[0] * (1 + 1e-9)
        assert a[0] / b[0] <= high * (1 + 1e-9)

    def reach(x: float, y: float) -> float:
        return float(np.sqrt(x**2 + y**2 - 2 * correlation * x * y))

    if low > 0:
        gap = a[0] - low * b[0]
        far = reach(a[0] - of_a.low[0], low * (of_b.high[0] - b[0]))
        assert gap == pytest.approx(far, rel=1e-6, abs=1e-9)
    if np.isfinite(high):
        gap = high * b[0] - a[0]
        far = reach(high * (b[0] - of_b.low[0]), of_a.high[0] - a[0])
        assert gap == pytest.approx(far, rel=1e-6, abs=1e-9)


@given(st.floats(1e-300, 1e-6), st.floats(0.01, 1e6), st.floats(0, 1), st.floats(-1, 1))
def test_a_tiny_share_gives_a_ratio_with_both_ends(
    share: float, n: float, other: float, correlation: float
) -> None:
    """The share of a row with a tiny weight is inside of its own interval."""
    a, b = np.array([share]), np.array([other])
    of_a, of_b = wilson_interval(a * n, np.array([n])), wilson_interval(b * n, np.array([n]))
    assert 0 <= of_a.low[0] <= share < of_a.high[0]
    for pair in ((a, of_a, b, of_b), (b, of_b, a, of_a)):
        ends = ratio_interval(*pair, np.array([correlation]))
        assert ends.low[0] < ends.high[0]


def test_a_ratio_of_certain_figures_is_certain() -> None:
    sure = Interval(np.array([0.6]), np.array([0.6]))
    ends = ratio_interval(
        np.array([0.6]), sure, np.array([0.3]), Interval(sure.low / 2, sure.high / 2), np.zeros(1)
    )
    assert [ends.low[0], ends.high[0]] == pytest.approx([2, 2])


@pytest.mark.parametrize("shift", [2.9, 1.2])
def test_the_interval_of_an_area_holds_the_truth_near_1(shift: float) -> None:
    """Two normal populations. Percentiles of resamples are above an area of 0.98 in a tenth of the draws."""
    rng, draws, true = np.random.default_rng(98), 1000, float(norm.cdf(shift / np.sqrt(2)))
    below = above = 0
    for _ in range(draws):
        goods, defects = rng.standard_normal(300), rng.standard_normal(40) + shift
        area = float(mannwhitneyu(defects, goods).statistic / (goods.size * defects.size))
        low, high = area_interval(area, 0.0, defects.size, goods.size)
        below, above = below + (true < low), above + (true > high)
    assert below <= 0.04 * draws
    assert above <= 0.04 * draws


def test_an_area_of_fewer_effective_rows_has_a_wider_interval() -> None:
    low, high = area_interval(0.9, 0.02, 50, 200)
    lower, higher = area_interval(0.9, 0.06, 50, 200)
    assert lower < low < 0.9 < high < higher < 1
    # With 100,000 rows the interval is nearly the normal interval.
    ends = area_interval(0.9, 0.004, 50_000, 50_000)
    assert ends == pytest.approx([0.9 - 1.96 * 0.004, 0.9 + 1.96 * 0.004], abs=5e-4)
    least, most = area_interval(1.0, 0.0, 50, 200)
    assert 0.9 < least < most == 1
    assert area_interval(0.9, 0.02, 50, 200, blocks=5)[0] < low

"""Intervals against hand formulas, scipy, the paper's DeLong, and data that repeats itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from metrics.intervals import design_effect, difference, intervals, percentile, wilson
from metrics.margins import expanded
from metrics.objective import OBJECTIVES
from metrics.points import evaluate
from metrics.resample import Resampled, draw
from metrics.scenario import Scenario
from metrics.tally import tally_scores
from tests.metrics.strategies import Rows, as_scores, scenarios
from tests.soak.coverage import Cell, covered, made, truths

COUNTED = (
    "missed_defects", "missed_defects_per_1000_defects", "missed_defects_per_1000_units", "recall",
    "shipped_defects_per_million", "false_alarms", "share_flagged", "precision", "misclassified_units",
)  # fmt: skip


def units(n: int, rate: float, seed: int, *, shift: float = 1.5, models: int = 1) -> Rows:
    """Units with normal scores, defects higher."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < rate).astype(np.int8)
    labels[:2] = 0, 1
    return Rows(
        labels,
        {f"m{k}": 1 / (1 + np.exp(-rng.normal(labels * shift - 1, 1))) for k in range(models)},
    )


def resampled(data: Rows, scenario: Scenario | None = None, **options: int) -> Resampled:
    evaluation = evaluate(tally_scores(as_scores(data)), scenario or Scenario())
    return Resampled(evaluation, draw(evaluation.tally, **options))


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys_but_for_none_and_all(found: tuple[int, int]) -> None:
    k, n = found
    ends = wilson(np.array([k]), np.array([n]))
    if 0 < k < n:
        wanted = binomtest(k, n).proportion_ci(method="wilson")
        assert (ends.low[0], ends.high[0]) == pytest.approx((wanted.low, wanted.high), rel=1e-9)
        return
    # The chance of seeing none at the far end is one in twenty.
    far = ends.high[0] if k == 0 else 1 - ends.low[0]
    assert (1 - far) ** n == pytest.approx(0.05)
    assert (ends.low[0] if k == 0 else 1 - ends.high[0]) == 0
    if n > 100:
        assert far == pytest.approx(3 / n, rel=0.03)


def test_a_share_of_nothing_is_undefined() -> None:
    ends = wilson(np.array([0.0]), np.array([0.0]))
    assert np.isnan([ends.low[0], ends.high[0]]).all()


@given(st.integers(20, 400), st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.9, 0.95]))
def test_percentiles_are_order_statistics(n: int, seed: int, level: float) -> None:
    values = np.random.default_rng(seed).normal(size=(n, 3))
    ends = percentile(values, level)
    for k in range(3):
        inside = ((values[:, k] >= ends.low[k]) & (values[:, k] <= ends.high[k])).sum()
        assert {ends.low[k], ends.high[k]} <= set(values[:, k].tolist())
        assert level * n - 1 <= inside <= level * n + 3
        below, above = (values[:, k] < ends.low[k]).sum(), (values[:, k] > ends.high[k]).sum()
        assert below == above


def test_few_undefined_replicates_are_left_out_and_many_leave_none() -> None:
    values = np.arange(1000.0)[:, None].repeat(3, axis=1)
    values[::25, 1] = np.nan
    values[::10, 2] = np.nan
    ends = percentile(values)
    known = np.sort(values[~np.isnan(values[:, 1]), 1])
    assert (ends.low[0], ends.high[0]) == (24, 975)
    assert (ends.low[1], ends.high[1]) == (known[23], known[-24])
    assert np.isnan([ends.low[2], ends.high[2]]).all()


@pytest.mark.parametrize("blocks", [5, 20, 100])
def test_few_buckets_widen_a_percentile_as_students_t_does(blocks: int) -> None:
    """Of a mean of normal buckets: the percentile is then the t interval with its own variance."""
    rng = np.random.default_rng(blocks)
    x = rng.normal(size=blocks)
    drawn = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=200_000) @ x / blocks
    ends = percentile(drawn[:, None], blocks=blocks)
    wanted = t(blocks - 1).ppf(0.975) * x.std(ddof=1) / np.sqrt(blocks)
    assert (ends.high[0] - ends.low[0]) / 2 == pytest.approx(
        wanted, rel=0.1 if blocks < 20 else 0.04
    )
    share = norm.cdf(t(blocks - 1).ppf(0.975) * np.sqrt(blocks / (blocks - 1)))
    assert (1 + expanded(0.95, blocks)) / 2 == pytest.approx(share)


def delong(labels: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Area under the curve and its standard error by the placements of DeLong et al. (1988)."""
    x, y = scores[labels == 1], scores[labels == 0]
    above = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    theta = above.mean()
    of_defects, of_goods = above.mean(axis=1), above.mean(axis=0)
    s10 = ((of_defects - theta) ** 2).sum() / (x.size - 1)
    s01 = ((of_goods - theta) ** 2).sum() / (y.size - 1)
    return float(theta), float(np.sqrt(s10 / x.size + s01 / y.size))


@pytest.mark.parametrize(("n", "rate"), [(4000, 0.03), (4000, 0.3), (500, 0.3)])
def test_the_area_under_the_curve_agrees_with_delong(n: int, rate: float) -> None:
    """With 100 defects or more each end lies within a quarter of a standard error, on average over files.

    A hundred buckets know a standard error to 7 %, which alone moves an end by 0.14 of it.
    """
    apart = []
    for seed in range(12):
        data = units(n, rate, seed)
        assert data.labels.sum() >= 90
        theta, error = delong(data.labels, data.scores["m0"])
        ends = intervals(resampled(data), OBJECTIVES["roc_auc"], 0, np.array([0]))
        wanted = np.array([theta - 1.96 * error, theta + 1.96 * error])
        apart.append((np.array([ends.low[0], ends.high[0]]) - wanted) / error)
    assert np.abs(apart).max() < 0.8
    assert np.abs(np.mean(apart, axis=0)).max() < 0.25


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.data())
def test_every_interval_is_around_its_figure_and_seeded(seed: int, draws: st.DataObject) -> None:
    data = units(300, 0.3, seed)
    scenario = draws.draw(scenarios(data))
    drawn = resampled(data, scenario, replicates=200)
    where = np.linspace(0, 300, 7).astype(np.intp)
    context = drawn.evaluation.context(0)
    counts = drawn.evaluation.curves[0].counts[where].scaled(*drawn.evaluation.factors)
    for one in OBJECTIVES.values():
        ends = intervals(drawn, one, 0, where)
        figure = one.values(counts, context)[: ends.low.size]
        again = intervals(resampled(data, scenario, replicates=200), one, 0, where)
        assert np.array_equal(ends.low, again.low, equal_nan=True), one.id
        known = ~np.isnan(ends.low)
        assert (ends.low[known] <= ends.high[known]).all()
        if one.id in COUNTED:
            near = 1e-9 * np.abs(figure[known])
            assert (ends.low[known] <= figure[known] + near).all(), one.id
            assert (figure[known] <= ends.high[known] + near).all(), one.id


def test_wilsons_figures_by_hand() -> None:
    """Ten defects among 50 units, 4 of them missed, with 6 false alarms."""
    labels = np.repeat(np.array([1, 1, 0, 0], np.int8), [6, 4, 6, 34])
    scores = np.repeat([0.9, 0.1, 0.9, 0.1], [6, 4, 6, 34])
    data = Rows(labels, {"a": scores})
    where = np.array([1])

    def ends(name: str, scenario: Scenario | None = None) -> list[float]:
        found = intervals(resampled(data, scenario), OBJECTIVES[name], 0, where)
        return [found.low.item(), found.high.item()]

    def share(k: int, n: int) -> np.ndarray:
        found = binomtest(k, n).proportion_ci(method="wilson")
        return np.array([found.low, found.high])

    def close(wanted: np.ndarray) -> object:
        return pytest.approx(wanted.tolist(), rel=1e-9)

    assert ends("missed_defects") == close(50 * share(4, 50))
    assert ends("recall") == close(share(6, 10))
    assert ends("precision") == close(share(6, 12))
    assert ends("share_flagged") == close(share(12, 50))
    assert ends("misclassified_units") == close(50 * share(10, 50))
    year = Scenario(units_per_year=1000)
    assert ends("missed_defects", year) == close(1000 * share(4, 50))
    # At a tenth of defects: 100 of 1,000 units; each of the two classes is a sample of its own.
    tenth = Scenario(units_per_year=1000, defect_rate=0.1)
    assert ends("missed_defects", tenth) == close(100 * share(4, 10))
    assert ends("false_alarms", tenth) == close(900 * share(6, 40))
    assert ends("missed_defects_per_1000_units", tenth) == close(100 * share(4, 10))
    p, odds = share(6, 12), (0.1 / 10) / (0.9 / 40)
    assert ends("precision", tenth) == close(p * odds / (p * odds + 1 - p))


def test_no_missed_defect_is_about_three() -> None:
    labels = np.repeat(np.array([1, 0], np.int8), [200, 1800])
    data = Rows(labels, {"a": np.repeat([0.9, 0.1], [200, 1800])})
    where = np.array([1])
    drawn = resampled(data)
    ends = intervals(drawn, OBJECTIVES["missed_defects"], 0, where)
    assert ends.low.item() == 0
    assert ends.high.item() == pytest.approx(3, rel=0.01)
    recall = intervals(drawn, OBJECTIVES["recall"], 0, where)
    assert recall.low.item() == pytest.approx(1 - 3 / 200, abs=2e-4)
    assert recall.high.item() == 1


def clustered(seed: int, size: int) -> Rows:
    """500 groups of rows that are copies of one another: as many independent rows as groups."""
    one = units(500, 0.3, seed)
    labels, scores = np.repeat(one.labels, size), np.repeat(one.scores["m0"], size)
    return Rows(labels, {"m0": scores}, groups=tuple(f"g{k // size}" for k in range(labels.size)))


@pytest.mark.parametrize("name", ["recall", "share_flagged", "missed_defects", "precision"])
def test_copies_of_a_row_add_no_certainty(name: str) -> None:
    """Ten copies of each row: the interval is that of the rows themselves, give or take its noise."""
    where = np.array([250])
    ratios = []
    for seed in range(10):
        many, one = clustered(seed, 10), units(500, 0.3, seed)
        factor = 10 if name == "missed_defects" else 1
        own = intervals(resampled(one), OBJECTIVES[name], 0, where)
        wide = intervals(resampled(many), OBJECTIVES[name], 0, where, grouped=True)
        ratios.append(((wide.high - wide.low) / (own.high - own.low) / factor).item())
    assert 0.9 < np.mean(ratios) < 1.2


def test_weights_that_differ_cost_rows_and_their_scale_costs_none() -> None:
    data = units(3000, 0.3, 5)
    where, name = np.array([1500]), OBJECTIVES["share_flagged"]
    own = intervals(resampled(data), name, 0, where)
    widths = {}
    for scale in (0.001, 1.0, 100.0):
        same = replace(data, weights=np.full(3000, scale))
        drawn = np.random.default_rng(1).choice(np.array([1.0, 9.0]), 3000)
        uneven = replace(data, weights=np.asarray(scale * drawn, np.float64))
        for kind, rows in (("same", same), ("uneven", uneven)):
            ends = intervals(resampled(rows), name, 0, where)
            widths[kind, scale] = (ends.high - ends.low).item()
        assert widths["same", scale] == pytest.approx((own.high - own.low).item(), rel=0.25)
    # Kish: squared sum over sum of squares, (1 + 9)^2 / (2 (1 + 81)) of the rows count.
    assert widths["uneven", 1.0] / widths["same", 1.0] == pytest.approx(
        np.sqrt(2 * 82 / 100), rel=0.25
    )
    for kind in ("same", "uneven"):
        assert widths[kind, 0.001] == pytest.approx(widths[kind, 1.0])
        assert widths[kind, 100.0] == pytest.approx(widths[kind, 1.0])


def test_the_design_effect_of_a_share_that_does_not_vary_is_the_others() -> None:
    rng = np.random.default_rng(3)
    shares = np.array([0.0, 0.3, 0.5, 1.0])
    rows = np.full(4, 400.0)
    drawn = shares + np.sqrt(3 * shares * (1 - shares) / rows) * rng.standard_normal((4000, 4))
    effect = design_effect(shares, rows, drawn)
    assert effect == pytest.approx(3, rel=0.1)
    assert effect[0] == pytest.approx(np.median(effect[1:3]))
    assert design_effect(shares, rows, shares + 0 * drawn).tolist() == [1, 1, 1, 1]
    assert design_effect(shares[:1], rows[:1], drawn[:, :1]).tolist() == [1]


@given(st.integers(0, 2**32 - 1))
def test_a_paired_difference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 6, (2, 400)).astype(float)
    for name, sign in (("cost_of_errors", 1), ("recall", -1)):
        gap = difference(OBJECTIVES[name], first, second, 0.5)
        wins = [(sign * a < sign * b) + 0.5 * (a == b) for a, b in zip(first, second, strict=True)]
        assert gap.better == pytest.approx(np.mean(wins))
        ends = percentile((first - second)[:, None])
        assert (gap.low, gap.high, gap.gap) == (ends.low[0], ends.high[0], 0.5)
        assert gap.separated == (gap.low > 0 or gap.high < 0)
        holes = np.where(np.arange(400) % 40 == 0, np.nan, first)
        some = difference(OBJECTIVES[name], holes, second, 0.5)
        assert some.better == pytest.approx(np.mean([w for k, w in enumerate(wins) if k % 40]))


def test_a_difference_that_is_never_defined_is_not_better() -> None:
    nothing = np.full(100, np.nan)
    gap = difference(OBJECTIVES["precision"], nothing, nothing, np.nan)
    assert np.isnan([gap.low, gap.high, gap.better]).all()
    assert not gap.separated


@pytest.mark.parametrize(
    "cell", [Cell(4000, 0.03, False), Cell(500, 0.3, False), Cell(4000, 0.3, True)], ids=str
)
def test_intervals_hold_the_truth(cell: Cell) -> None:
    """A short form of the table that ``make soak`` prints: of 60 made data sets about 57 hold it."""
    held = covered(cell, 60, seed=1)
    assert min(held.values()) > 85, held
    assert 92.5 < np.mean(list(held.values())) < 97.5, held


def test_the_made_data_has_the_truth_it_says() -> None:
    """A sample of a million, figures by definition."""
    cell = Cell(1_000_000, 0.3, True)
    labels, scores, _ = made(cell, np.random.default_rng(5))
    true, n = truths(cell), cell.rows
    flagged = [own >= cell.cut(m) for m, own in enumerate(scores)]
    missed = [((labels == 1) & ~flag).sum() for flag in flagged]
    alarms = [((labels == 0) & flag).sum() for flag in flagged]
    losses = [np.logaddexp(0, np.where(labels == 1, -s, s)).mean() for s in scores]
    assert true["missed_defects"] == pytest.approx(missed[0], rel=0.03)
    assert true["recall"] == pytest.approx(1 - missed[0] / labels.sum(), rel=0.03)
    assert true["share_flagged"] == pytest.approx(flagged[0].mean(), rel=0.03)
    assert true["precision"] == pytest.approx(labels[flagged[0]].mean(), rel=0.03)
    assert true["cost_of_errors"] == pytest.approx(5 * missed[0] + alarms[0], rel=0.03)
    assert true["revenue_impact"] == pytest.approx(
        5 * (labels.sum() - missed[0]) - alarms[0], rel=0.03
    )
    assert true["log_loss"] == pytest.approx(losses[0], rel=0.01)
    order = scores[0].argsort().argsort()[labels == 1] + 1.0
    pairs = order.sum() - order.size * (order.size + 1) / 2
    assert true["roc_auc"] == pytest.approx(pairs / (order.size * (n - order.size)), rel=0.01)
    gap = 5 * (missed[0] - missed[1]) + alarms[0] - alarms[1]
    assert true["cost difference"] == pytest.approx(gap, abs=0.01 * n)
    assert true["log loss difference"] == pytest.approx(losses[0] - losses[1], abs=0.003)

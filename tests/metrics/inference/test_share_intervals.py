"""Tests of intervals of counts and rates: by hand, with groups and weights, and at a set defect rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.intervals import intervals
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample, units


def mover(a: float, of_a: np.ndarray, b: float, of_b: np.ndarray) -> np.ndarray:
    """Ends of the interval of a / b by MOVER: the ratios R at which the interval of a - R b ends at 0."""
    ends = []
    for x, y, pick in ((of_a[0], of_b[1], min), (of_a[1], of_b[0], max)):
        roots = np.roots([b**2 - (y - b) ** 2, -2 * a * b, a**2 - (x - a) ** 2])
        ends.append(pick(r.real for r in roots if r.real > 0))
    return np.array(ends)


def test_wilsons_interval_by_hand() -> None:
    """Ten defects among 50 units, 4 of them missed, with 6 false alarms."""
    labels = np.repeat(np.array([1, 1, 0, 0], np.int8), [6, 4, 6, 34])
    scores = np.repeat([0.9, 0.1, 0.9, 0.1], [6, 4, 6, 34])
    data = Rows(labels, {"a": scores})
    where = np.array([1])

    def ends(name: str, scenario: Scenario | None = None) -> list[float]:
        found = intervals(resample(data, scenario), OBJECTIVES[name], 0, where)
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
    # With 10% defects: 100 of 1,000 units. The two classes are separate samples.
    tenth = Scenario(units_per_year=1000, defect_rate=0.1)
    assert ends("missed_defects", tenth) == close(100 * share(4, 10))
    assert ends("false_alarms", tenth) == close(900 * share(6, 40))
    assert ends("missed_defects_per_1000_units", tenth) == close(100 * share(4, 10))
    odds = 0.1 / 0.9 * mover(6 / 10, share(6, 10), 6 / 40, share(6, 40))
    assert ends("precision", tenth) == close(odds / (1 + odds))
    odds = 0.1 / 0.9 * mover(4 / 10, share(4, 10), 34 / 40, share(34, 40))
    assert ends("shipped_defects_per_million", tenth) == close(1e6 * odds / (1 + odds))


def test_unequal_weights_widen_an_interval_and_their_scale_does_not() -> None:
    data = units(3000, 0.3, 5)
    where, name = np.array([1500]), OBJECTIVES["share_flagged"]
    plain = intervals(resample(data), name, 0, where)
    widths = {}
    for scale in (0.001, 1.0, 100.0):
        same = replace(data, weights=np.full(3000, scale))
        drawn = np.random.default_rng(1).choice(np.array([1.0, 9.0]), 3000)
        uneven = replace(data, weights=np.asarray(scale * drawn, np.float64))
        for kind, rows in (("same", same), ("uneven", uneven)):
            ends = intervals(resample(rows), name, 0, where)
            widths[kind, scale] = (ends.high - ends.low).item()
        assert widths["same", scale] == pytest.approx((plain.high - plain.low).item(), rel=0.25)
    # Kish: squared sum over sum of squares, (1 + 9)^2 / (2 (1 + 81)) of the rows count.
    assert widths["uneven", 1.0] / widths["same", 1.0] == pytest.approx(
        np.sqrt(2 * 82 / 100), rel=0.25
    )
    for kind in ("same", "uneven"):
        assert widths[kind, 0.001] == pytest.approx(widths[kind, 1.0])
        assert widths[kind, 100.0] == pytest.approx(widths[kind, 1.0])


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([60, 0], "some to 1"),
        ([0, 5], "0 to some"),
        ([60, 5], "some to some"),
        ([100, 5], "above 0"),
    ],
)
def test_precision_at_a_set_rate_without_units_of_one_class(flags: list[int], wanted: str) -> None:
    """There are 100 defects and 900 good units; ``flags`` has the flagged units of each class."""
    labels = np.repeat(np.array([1, 0], np.int8), [100, 900])
    scores = np.full(1000, 0.1)
    scores[: flags[0]] = scores[100 : 100 + flags[1]] = 0.9
    of = resample(Rows(labels, {"a": scores}), Scenario(defect_rate=0.01))
    at = of.evaluation.curves[0].positions([0.9])
    ends = intervals(of, OBJECTIVES["precision"], 0, at)
    low, high = ends.low[0], ends.high[0]
    assert 0 <= low < high <= 1
    assert (low > 0) == (flags[0] > 0), wanted
    assert (high == 1) == (flags[1] == 0), wanted
    shipped = intervals(of, OBJECTIVES["shipped_defects_per_million"], 0, at)
    assert shipped.low[0] < shipped.high[0]
    if flags[0] == 100:
        assert shipped.low[0] == 0
        # About 3 in 100 defects; there is 1 defect per 99 good units, and nearly all are shipped.
        assert shipped.high[0] == pytest.approx(1e6 * 0.03 / 99, rel=0.05)


def rows_in_groups(count: int, size: int, defective: int, *, weights: bool = False) -> Rows:
    """Groups of good units and groups of defects, classified without an error."""
    labels = np.zeros(count * size, np.int8)
    labels[: defective * size] = 1
    scores = np.where(labels == 1, 0.9, np.where(np.arange(labels.size) % 2, 0.1, 0.2))
    return Rows(
        labels,
        {"a": scores},
        groups=tuple(f"g{k // size}" for k in range(labels.size)),
        weights=np.full(labels.size, 3.0) if weights else None,
    )


@pytest.mark.parametrize("weights", [False, True], ids=str)
@pytest.mark.parametrize("others", [[], [0, 1, 3]], ids=str)
def test_without_a_miss_the_interval_depends_on_the_number_of_groups(
    weights: bool, others: list[int]
) -> None:
    """Twenty groups of 50 defects without a miss: about 3 in 20, for any other requested points."""
    of = resample(rows_in_groups(60, 50, 20, weights=weights))
    where = np.array([of.evaluation.curves[0].position(0.9), *others])
    scale = 3 if weights else 1
    missed = intervals(of, OBJECTIVES["missed_defects"], 0, where)
    recall = intervals(of, OBJECTIVES["recall"], 0, where)
    alone = intervals(of, OBJECTIVES["missed_defects"], 0, where[:1])
    assert missed.high[0] == alone.high[0]
    # The buckets give the number of groups, 20, to within 1 in 7.
    assert missed.low[0] == 0
    assert missed.high[0] == pytest.approx(scale * 1000 * (1 - 0.05 ** (1 / 20)), rel=0.3)
    assert 1 - recall.low[0] == pytest.approx(1 - 0.05 ** (1 / 20), rel=0.3)
    cost = intervals(of, OBJECTIVES["cost_of_errors"], 0, where)
    assert cost.high[0] > 5 * missed.high[0] * 0.85

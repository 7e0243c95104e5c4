"""Tests of intervals of figures at a point that was chosen on the same rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.optimism import (
    AtChoice,
    ChosenBeside,
    Correction,
    Shape,
    at_choice,
    is_limited,
    mean_optimism,
)
from metrics.inference.intervals import intervals
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from tests.metrics.interval_at_choice import interval_at_choice
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of

COST, RECALL, MISSED, SHIPPED = (
    OBJECTIVES[o]
    for o in ("cost_of_errors", "recall", "missed_defects", "shipped_defects_per_million")
)

HALF_WIDTH = 1.959964 * 0.4
"""Half-width of the 95% interval of the optimism, as a multiple of the optimism."""


def resampled(scores: dict[str, np.ndarray], labels: np.ndarray) -> Bootstrap:
    rows = Rows(labels.astype(np.int8), scores)
    return Bootstrap.draw(evaluation_of(rows), replicates=200)


@pytest.fixture(scope="module")
def alike() -> Bootstrap:
    """Ten models that are truly equal."""
    rng = np.random.default_rng(3)
    labels = (rng.random(1000) < 0.1).astype(np.int8)
    shared = rng.normal(1.5 * labels)
    logits = [0.7 * shared + 0.7 * rng.normal(1.5 * labels) - 3 for _ in range(10)]
    return resampled({f"m{k}": 1 / (1 + np.exp(-logit)) for k, logit in enumerate(logits)}, labels)


def test_the_best_of_many_equal_candidates_is_expected_to_be_worse(alike: Bootstrap) -> None:
    """The end that the optimism moves inwards moves by less than the other end."""
    points = operating_points(alike.evaluation, [COST, RECALL])
    best = pick(points, COST, alike.evaluation)
    assert best is not None
    m = alike.evaluation.tally.index(best.model)
    at = alike.evaluation.curves[m].positions([best.threshold])
    found = interval_at_choice(alike, Choice(COST), best.model, best.threshold, [COST, RECALL])
    shown = mean_optimism(alike, Choice(COST), [COST, RECALL], at=(m, int(at[0])))
    assert shown["cost_of_errors"] < -14
    assert shown["recall"] > 0.014
    for o, figure in ((COST, best.value), (RECALL, points["recall"][best.row])):
        interval, plain, off = found[o.id], intervals(alike, o, m, at), shown[o.id]
        low, high = plain.low.item(), plain.high.item()
        assert interval.value == pytest.approx(figure)
        assert interval.expected == pytest.approx(figure - off)
        near, far = (
            (interval.low - low, interval.high - high)
            if off < 0
            else (interval.high - high, interval.low - low)
        )
        assert near == pytest.approx(-off / 2**1.5)
        assert abs(far) > abs(off)
        assert np.sign(far) == -np.sign(off)


def missed_at_choice(skewness: float, *, is_share: bool) -> AtChoice:
    """Corrected figure of a point with 20 misses, which are 3 too low, with a standard error of 4."""
    return at_choice(MISSED, 20.0, 13.0, 30.0, -3.0, Shape(4.0, skewness, is_share=is_share))


WIDER = 1 + 3 * 0.2 / (2 * 4)
"""Ratio of the standard errors at 23 and at 20 misses, with a skewness of 0.2."""


def test_the_far_end_allows_for_candidates_that_vary_more() -> None:
    found = missed_at_choice(0.2, is_share=True)
    assert found.expected == 23
    assert found.low == pytest.approx(13 + 3 / 2**1.5)
    assert found.high == pytest.approx(23 + math.hypot(WIDER * 10, HALF_WIDTH * 3))


def test_the_far_end_of_percentiles_allows_for_skewness() -> None:
    """The interval of a share allows for skewness already."""
    found = missed_at_choice(0.2, is_share=False)
    skewed = 4 * 0.2 * (2 * 1.959964**2 + 1) / 6
    assert found.low == missed_at_choice(0.2, is_share=True).low
    assert found.high == pytest.approx(23 + math.hypot(WIDER * (10 + skewed), HALF_WIDTH * 3))


def test_candidates_that_vary_less_do_not_narrow_the_interval() -> None:
    found = missed_at_choice(-0.2, is_share=True)
    assert found.high == pytest.approx(23 + math.hypot(10, HALF_WIDTH * 3))


def test_the_shape_is_computed_from_the_replicates() -> None:
    counts = np.random.default_rng(8).poisson(20.0, 200_000) * 5.0
    found = Shape.of(np.append(counts, math.nan), is_share=False)
    assert found.error == pytest.approx(5 * 20**0.5, rel=0.01)
    assert found.skewness == pytest.approx(20**-0.5, abs=0.02)
    assert Shape.of(np.full(9, 0.1 + 0.2), is_share=True) == Shape(0.0, 0.0, is_share=True)


def test_a_clear_winner_has_no_optimism() -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat([1, 0], [200, 600])
    good = np.where(rng.random(800) < np.where(labels, 0.95, 0.02), 0.9, 0.1)
    bad = rng.choice([0.1, 0.9], 800)
    b = resampled({"good": good, "bad": bad}, labels)
    interval = interval_at_choice(b, Choice(COST), "good", 0.9, [COST])[COST.id]
    plain = intervals(b, COST, 0, np.array([1]))
    assert (interval.low, interval.high) == pytest.approx(
        (plain.low.item(), plain.high.item()), abs=4
    )
    assert interval.expected == pytest.approx(interval.value, abs=2)


def test_no_figure_leaves_its_range() -> None:
    labels = np.repeat([1, 0], [6, 60])
    rng = np.random.default_rng(6)
    scores = {f"m{k}": np.round(rng.random(66), 1) * 0.5 + labels * 0.3 for k in range(6)}
    b = resampled(scores, labels)
    choice = Choice(MISSED, Bound(OBJECTIVES["share_flagged"], 0.5))
    for objective in (RECALL, MISSED):
        for model in scores:
            interval = interval_at_choice(b, choice, model, 0.5, [objective])[objective.id]
            assert interval.low >= 0
            assert interval.high <= (1 if objective is RECALL else np.inf)


def test_a_figure_fixed_by_a_limit_is_less_optimistic() -> None:
    """The interval of the figure is unchanged."""
    shape = Shape(2.0, 0.0, is_share=True)
    free, limited = (
        at_choice(MISSED, 10.0, 6.0, 14.0, -2.0, shape, is_limited=at_limit)
        for at_limit in (False, True)
    )
    assert free.expected == 12.0
    assert limited.expected == pytest.approx(10 + (1 + 0.5 / 2**0.5) / 2 * 2)
    assert (free.low, free.high) == (limited.low, limited.high)


def test_a_limit_on_the_misses_also_limits_the_recall() -> None:
    choice = Choice(COST, limits=(Bound(MISSED, 10),))
    assert [is_limited(choice, o) for o in (MISSED, RECALL, COST)] == [True, True, False]


def test_the_limits_of_a_compromise_fix_no_figure() -> None:
    choice = Choice(COST, limits=(Bound(MISSED, 10),))
    compromise = CompromiseChoice((choice,), choice.limits, (1.0,))
    assert not is_limited(compromise, MISSED)


def test_an_end_at_the_bound_of_a_figure_stays() -> None:
    """If the file has no miss, the interval still begins at 0 misses, although the choice is optimistic."""
    still = Shape(0.0, 0.0, is_share=True)

    def far(away: float, optimism: float) -> float:
        return abs(optimism) + math.hypot(away, HALF_WIDTH * optimism)

    for low, value, high, optimism, o, ends in (
        (0.0, 0.0, 3.7, -0.6, MISSED, (0.0, far(3.7, -0.6))),
        (0.95, 0.95, 1.0, 0.01, RECALL, (0.95 - far(0.0, 0.01), 1.0)),
        (0.5, 0.5, 3.7, -0.6, MISSED, (0.5 + 0.6 / 2**1.5, 0.5 + far(3.2, -0.6))),
        (0.0, 0.0, 400.0, -10.0, SHIPPED, (0.0, far(400.0, -10.0))),
        (900.0, 900.0, 1e6, 10.0, SHIPPED, (900.0 - far(0.0, 10.0), 1e6)),
    ):
        chosen = at_choice(o, value, low, high, optimism, still)
        assert (chosen.low, chosen.high) == pytest.approx(ends)


def test_an_infinite_end_leaves_the_other_end_unchanged() -> None:
    still = Shape(0.0, 0.0, is_share=True)
    chosen = at_choice(MISSED, 100.0, 80.0, math.inf, 5.0, still)
    assert (chosen.low, chosen.high) == pytest.approx(
        (95 - math.hypot(20, HALF_WIDTH * 5), math.inf)
    )


def test_an_end_that_is_at_the_bound_up_to_rounding_stays() -> None:
    chosen = at_choice(MISSED, 100.0, 1e-12, math.inf, -5.0, Shape(0.0, 0.0, is_share=True))
    assert (chosen.low, chosen.high) == (0.0, math.inf)


def test_two_chosen_thresholds_of_a_model_keep_their_order_on_new_data() -> None:
    """The second threshold earns less in the file, and its own choice is hardly optimistic.

    Without a correction for both choices, the second threshold would be expected to earn more.
    """
    best = ChosenBeside(AtChoice(31.0, 29.0, 25.0, 33.0), 27.0, 35.0)
    other = ChosenBeside(AtChoice(30.2, 30.1, 26.0, 34.0), 26.1, 34.1)
    values = np.array([31.0, 30.2, 25.0])
    gain = OBJECTIVES["revenue_impact_percent"]

    shares = [np.array([1.0, 0.2, 0.1]), np.array([0.2, 1.0, 0.3])]
    correction = Correction.beside(gain, [best, other], shares, values)
    expected, _, _ = correction.apply(gain, slice(None), values, values - 4, values + 4)

    assert expected[0] == 29.0
    assert 25.0 < expected[1] <= 29.0

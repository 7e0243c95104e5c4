"""Tests of pictures: equal for the same seed, and different exactly where a defect was drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sample_data.marks import OUTER, SIZE, X, Y
from sample_data.render import BACKGROUND, CHUNK, render
from sample_data.units import KINDS, draw_units

SEED = np.random.SeedSequence(17, spawn_key=(2,))


def plan_of(units: int, seed: int = 5, rate: float = 0.5) -> pd.DataFrame:
    return draw_units(np.random.SeedSequence(seed), units=units, defect_rate=rate)


def test_the_same_seed_draws_the_same_pictures() -> None:
    plan = plan_of(80)
    first, again = render(plan, SEED), render(plan, SEED)
    other = render(plan, np.random.SeedSequence(18))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2)).all()
    assert first.shape == (80, SIZE, SIZE)
    assert first.dtype == np.uint8


def test_later_units_do_not_change_earlier_pictures() -> None:
    plan = plan_of(CHUNK + 40)
    whole, start = render(plan, SEED), render(plan.iloc[:CHUNK], SEED)
    np.testing.assert_array_equal(whole[:CHUNK], start)


def without_defects(plan: pd.DataFrame) -> pd.DataFrame:
    return plan.assign(kind=np.int8(0))


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_a_defect_changes_its_unit_on_the_part_and_nothing_else(seed: int) -> None:
    plan = plan_of(120, seed)
    drawn, without = (
        render(each, np.random.SeedSequence(seed)) for each in (plan, without_defects(plan))
    )
    change = np.abs(drawn.astype(int) - without.astype(int))
    is_good = plan["label"].to_numpy() == 0
    assert not change[is_good].any()
    assert change[~is_good].any(axis=(1, 2)).all()
    # Parts are shifted by some tenths of a pixel, and their edges are soft.
    radius = np.hypot(X, Y)
    assert not change[:, (radius > OUTER + 3) | (radius < 3)].any()


@pytest.mark.parametrize("kind", range(1, len(KINDS)))
def test_a_more_severe_defect_is_more_visible(kind: int) -> None:
    plan = plan_of(200).assign(kind=np.int8(kind), label=np.int8(1))
    mild, grave = plan.assign(severity=0.1), plan.assign(severity=0.9)
    without = render(without_defects(plan), SEED).astype(int)
    moved = [
        np.abs(render(each, SEED).astype(int) - without).sum(axis=(1, 2)).mean()
        for each in (mild, grave)
    ]
    assert 0 < 3 * moved[0] < moved[1]


@pytest.mark.parametrize(("mark", "amount"), [("dust", 3.0), ("glare", 50.0), ("tilt", 0.8)])
def test_harmless_marks_are_visible(mark: str, amount: float) -> None:
    clean = plan_of(60, rate=1e-9).assign(dust=0.0, glare=0.0, tilt=0.0)
    before, after = render(clean, SEED), render(clean.assign(**{mark: amount}), SEED)
    assert (before != after).any(axis=(1, 2)).all()


def test_a_part_is_a_bright_ring_on_a_dark_belt() -> None:
    clean = plan_of(100, rate=1e-9).assign(dust=0.0, glare=0.0, tilt=0.0)
    images = render(clean, SEED).astype(float)
    radius = np.hypot(X, Y)
    ring = images[:, (radius > 9) & (radius < OUTER - 3)].mean(axis=1)
    dark = images[:, (radius < 3) | (radius > OUTER + 3)].mean(axis=1)
    assert (ring > 2 * dark).all()
    assert dark.mean() == pytest.approx(BACKGROUND, abs=4)

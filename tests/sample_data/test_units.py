"""Tests of the plan of units: ids, batches, lines, and the distribution of defects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sample_data.units import GOOD, KINDS, LINES, UNITS_PER_BATCH, draw_units


def plan_of(seed: int, units: int, rate: float = 0.1, first_batch: int = 1) -> pd.DataFrame:
    return draw_units(
        np.random.SeedSequence(seed), units=units, defect_rate=rate, first_batch=first_batch
    )


@given(seed=st.integers(0, 2**32), units=st.integers(1, 600), first=st.integers(1, 900))
def test_a_plan_has_the_promised_units(seed: int, units: int, first: int) -> None:
    plan = plan_of(seed, units, first_batch=first)
    assert len(plan) == units
    assert plan["id"].is_unique
    assert (plan["id"] == plan["line"] + "-" + plan["batch"] + "-" + plan["id"].str[-2:]).all()
    assert set(plan["line"]) <= {line.name for line in LINES}
    assert plan[["batch", "line"]].drop_duplicates()["batch"].is_unique
    numbers = plan["batch"].str[1:].astype(int)
    assert numbers.is_monotonic_increasing
    assert sorted(set(numbers)) == list(range(first, first + numbers.nunique()))
    sizes = plan.groupby("batch").size().to_numpy()
    assert (sizes[:-1] >= UNITS_PER_BATCH[0]).all()
    assert (sizes <= UNITS_PER_BATCH[1]).all()
    assert ((plan["kind"] != GOOD) == (plan["label"] == 1)).all()
    assert ((plan["severity"] > 0) == (plan["label"] == 1)).all()
    assert plan["kind"].between(0, len(KINDS) - 1).all()
    assert (plan["value"] > 0).all()


def test_the_same_seed_plans_the_same_units() -> None:
    pd.testing.assert_frame_equal(plan_of(4, 500), plan_of(4, 500))
    assert not plan_of(4, 500).equals(plan_of(5, 500))


def test_defects_have_their_rate_and_are_clustered() -> None:
    plan = plan_of(1, 40_000, rate=0.03)
    batches = plan.groupby("batch")["label"].agg(["sum", "size"])
    # A batch's rate has mean 0.03 and about the same standard deviation.
    spread = 0.035 / np.sqrt(len(batches))
    assert abs(plan["label"].mean() - 0.03) < 5 * spread
    # Chance alone would give each batch the variance of a binomial count.
    alone = (batches["size"] * 0.03 * 0.97).mean()
    assert batches["sum"].var() > 2 * alone


def test_defects_of_one_batch_are_often_of_one_kind() -> None:
    defects = plan_of(2, 30_000, rate=0.15).query("label == 1")
    shares = defects.groupby("batch")["kind"].value_counts(normalize=True).groupby("batch").max()
    shuffled = defects.assign(kind=np.random.default_rng(0).permutation(defects["kind"].to_numpy()))
    chance = shuffled.groupby("batch")["kind"].value_counts(normalize=True).groupby("batch").max()
    assert shares.mean() > chance.mean() + 0.1


def test_harmless_marks_are_equally_frequent_on_good_and_defective_units() -> None:
    plan = plan_of(3, 40_000, rate=0.3)
    for name in ("dust", "glare", "tilt"):
        marked = plan[name] > 0
        good, bad = (marked[plan["label"] == label] for label in (0, 1))
        error = np.sqrt(marked.var() * (1 / len(good) + 1 / len(bad)))
        assert marked.any()
        assert abs(good.mean() - bad.mean()) < 5 * error

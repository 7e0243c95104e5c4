"""Tests that making the sample is reproducible on any number of threads, and reports differences."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sample_data.make import (
    DECIMALS,
    Sample,
    differences,
    hardest,
    make_sample,
    rounded,
    seconds_per_unit,
    write_images,
    write_scores,
)
from sample_data.models import TODAY, designs

SMALL = (420, 330, 300)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(SMALL, seed=11)


def test_making_the_sample_again_gives_the_same_files(sample: Sample) -> None:
    again = make_sample(SMALL, seed=11)
    assert differences(again.scores, sample.scores) == []
    np.testing.assert_array_equal(again.images, sample.images)


def test_a_changed_score_is_found(sample: Sample) -> None:
    changed = sample.scores.copy()
    changed[TODAY] += np.where(np.arange(len(changed)) == 7, 10.0**-DECIMALS, 0.0)
    assert differences(changed, sample.scores) == [f"{TODAY}: 1 of 300 rows differ"]
    assert differences(changed.iloc[1:], sample.scores)
    assert differences(changed.drop(columns="value"), sample.scores)


def test_the_files_have_the_generated_values(sample: Sample, tmp_path: Path) -> None:
    write_scores(sample, tmp_path / "scores.parquet")
    write_images(sample, tmp_path / "images.npz")
    assert differences(pd.read_parquet(tmp_path / "scores.parquet"), sample.scores) == []
    with np.load(tmp_path / "images.npz") as kept:
        rows = sample.scores.index[sample.scores["id"].isin(kept["id"])]
        np.testing.assert_array_equal(kept["image"], sample.images[rows])
        np.testing.assert_array_equal(kept["kind"] == "good", sample.scores["label"][rows] == 0)
    assert set(sample.scores.index[sample.scores["label"] == 1]) <= set(rows)


def test_the_hardest_units_are_good_and_outrank_the_others(sample: Sample) -> None:
    chosen = hardest(sample, 20)
    good = sample.scores["label"] == 0
    assert good[chosen].all()
    rest = sample.scores[good & ~sample.scores.index.isin(chosen)]
    for model in sample.models:
        least = sample.scores.loc[chosen, model].nlargest(20).min()
        assert rest[model].max() <= least


@pytest.mark.slow  # the figures of the sample are tested in every run
def test_every_model_is_timed(sample: Sample) -> None:
    times = seconds_per_unit(sample.models, sample.images[:50])
    assert list(times["model"]) == list(sample.models)
    assert (times["seconds_per_unit"] > 0).all()
    assert (times["price_per_worker_hour"] > 0).all()


@given(
    hnp.arrays(
        np.float64,
        st.integers(1, 30),
        elements=st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-9, 1 - 1e-9, 4e-7]),
    )
)
def test_rounding_gives_no_0_or_1_and_keeps_the_order(scores: npt.NDArray[np.float64]) -> None:
    kept = rounded(scores)
    np.testing.assert_array_equal(kept == 0, scores == 0)
    np.testing.assert_array_equal(kept == 1, scores == 1)
    assert np.abs(kept - scores).max() <= 1.01 * 10.0**-DECIMALS
    assert (np.diff(kept[np.argsort(scores)]) >= 0).all()
    np.testing.assert_array_equal(kept, np.round(kept, DECIMALS))


def test_names_are_plain_and_designs_differ() -> None:
    models = designs()
    assert next(iter(models)) == TODAY
    assert len(models) >= 9
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in models)


def test_units_that_pass_the_first_stage_share_one_score(sample: Sample) -> None:
    scores = sample.scores["two_stage_boosting"]
    assert scores.value_counts().iloc[0] > 0.3 * len(scores)

"""Tests that counts by category equal a group-by, sum to all rows, and can be added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores, tally_scores
from metrics.tally.breakdown import Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.categories import MAX_CATEGORIES
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

AT = (0.25, 0.5, 0.75, float("inf"))


def count_all(frame: pd.DataFrame) -> Breakdowns:
    """All breakdowns, of the rows without weights."""
    data = frame.drop(columns="weight")
    scores = open_scores(data, models=MODELS, segments=["site", "line"], defect_type="kind")
    return count_breakdowns(scores, AT, BreakdownColumns.of(scores.columns, ("b", 0.5)))


def count_by_site(frame: pd.DataFrame) -> Breakdown:
    """Breakdown by site."""
    scores = open_scores(frame, models=MODELS, segments=["site"])
    return count_breakdowns(scores, AT, BreakdownColumns(("site",))).segments["site"]


def sum_groups(frame: pd.DataFrame, column: str, model: str, threshold: float) -> pd.DataFrame:
    """Weight of each category by class, and by whether a unit is flagged."""
    flagged = (frame[model] >= threshold) & (threshold < np.inf)
    by = frame.assign(flagged=flagged, part=frame[column].astype(str))
    return by.groupby(["part", "label", "flagged"])["weight"].sum().unstack([1, 2], fill_value=0)  # noqa: PD010


@pytest.mark.parametrize("weighted", [False, True])
def test_parts_sum_to_the_whole_in_every_bucket(weighted):
    frame = frame_with_parts()
    data = frame if weighted else frame.drop(columns="weight")
    scores = open_scores(data, models=MODELS, segments=["site"], group="lot")
    tally = tally_scores(scores, also=AT)
    sites = count_breakdowns(
        scores, AT, BreakdownColumns.of(scores.columns), buckets=len(tally.counts)
    ).segments["site"]
    for model in MODELS:
        for threshold in AT:
            flagged, shipped = sites.flagged_and_shipped(model, threshold)
            assert (flagged + shipped).sum(axis=1) == pytest.approx(tally.bucket_mass)


def test_breakdowns_of_other_thresholds_or_columns_are_not_added():
    first, second, *_ = count_all(frame_with_parts()).all
    with pytest.raises(ValueError, match="equal thresholds"):
        first + replace(first, thresholds=np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match="one column"):
        first + second


def test_categories_past_the_thirty_second_are_counted_together():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 40}" for k in range(len(frame))]
    site = count_by_site(frame)
    named = [f"s{k}" for k in range(MAX_CATEGORIES)]
    assert (list(site.categories), site.has_others) == ([*named, "other"], True)
    renamed = frame.assign(weight=1.0, site=frame["site"].where(frame["site"].isin(named), "other"))
    wanted = sum_groups(renamed, "site", "a", 0.5)
    flagged, _ = site.flagged_and_shipped("a", 0.5)
    assert list(flagged[0, :, 1]) == [wanted[1, True][name] for name in site.categories]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_category_that_may_be_in_other_of_one_file_is_in_other_of_the_sum(turn):
    """Each category that the sum names has all of its rows."""
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 40}" for k in range(len(frame))]
    # One file has s0 to s19. The other file begins with s20, so it counts s12 to s19 in `OTHER`.
    few, many = [count_by_site(part) for part in (frame.iloc[:20], frame.iloc[20:])][::turn]
    summed = few + many
    assert ({*summed.categories}, summed.has_others) == (
        {*(f"s{k}" for k in range(12)), *(f"s{k}" for k in range(20, 40)), "other"},
        True,
    )
    named = frame["site"].isin(summed.categories)
    wanted = sum_groups(
        frame.assign(weight=1.0, site=frame["site"].where(named, "other")), "site", "a", 0.5
    )
    flagged, _ = summed.flagged_and_shipped("a", 0.5)
    assert list(flagged[0, :, 1]) == [wanted[1, True][name] for name in summed.categories]


def test_a_sum_of_two_full_breakdowns_names_the_categories_that_both_name():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 50}" for k in range(len(frame))]
    first, second = count_by_site(frame.iloc[:300]), count_by_site(frame.iloc[330:])
    summed = first + second
    both = [name for name in first.categories if name in second.categories]
    assert (list(summed.categories), summed.has_others) == (both, True)
    assert summed.counts.sum() == first.counts.sum() + second.counts.sum()


def test_a_category_named_other_includes_all_later_categories():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = ["other" if k % 40 == 3 else f"s{k % 40}" for k in range(len(frame))]
    site = count_by_site(frame)
    assert (len(site.categories), site.categories[3]) == (MAX_CATEGORIES, "other")
    late = [name in ("other", *(f"s{k}" for k in range(32, 40))) for name in frame["site"]]
    assert site.counts[0, 3, 0].sum() == sum(late)


def test_a_threshold_that_was_not_counted_is_a_key_error():
    site = count_all(frame_with_parts()).segments["site"]
    for model, threshold in (("a", 0.3), ("a", 0.9), ("c", 0.5)):
        with pytest.raises(KeyError):
            site.flagged_and_shipped(model, threshold)

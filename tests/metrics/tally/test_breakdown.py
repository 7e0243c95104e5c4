"""Tests that counts of parts of the rows equal a group-by, sum to the whole, and can be added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from metrics import open_scores, tally_scores
from metrics.tally.breakdown import Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.categories import MAX_CATEGORIES, Categories
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

AT = (0.25, 0.5, 0.75, float("inf"))


def counted(frame: pd.DataFrame) -> Breakdowns:
    """Breakdowns of rows without weights."""
    data = frame.drop(columns="weight")
    scores = open_scores(data, models=MODELS, segments=["site", "line"], defect_type="kind")
    return count_breakdowns(scores, AT, BreakdownColumns.of(scores.columns, ("b", 0.5)))


def grouped(frame: pd.DataFrame, column: str, model: str, threshold: float) -> pd.DataFrame:
    """Weight of each category by class and by whether it is flagged."""
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
    first, second, *_ = counted(frame_with_parts()).all
    with pytest.raises(ValueError, match="equal thresholds"):
        first + replace(first, thresholds=np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match="one column"):
        first + second


def test_categories_past_the_thirty_second_are_counted_together():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 40}" for k in range(len(frame))]
    scores = open_scores(frame, models=MODELS, segments=["site"])
    site = count_breakdowns(scores, AT, BreakdownColumns(("site",))).segments["site"]
    named = [f"s{k}" for k in range(MAX_CATEGORIES)]
    assert (list(site.categories), site.has_others) == ([*named, "other"], True)
    kept = frame.assign(weight=1.0, site=frame["site"].where(frame["site"].isin(named), "other"))
    wanted = grouped(kept, "site", "a", 0.5)
    flagged, _ = site.flagged_and_shipped("a", 0.5)
    assert list(flagged[0, :, 1]) == [wanted[1, True][name] for name in site.categories]


def test_dictionary_texts_count_like_plain_texts_and_are_looked_up_once():
    """The dictionary has texts without rows, and a kind that is named like the rest."""

    class Counted(list[str]):
        asked = 0

        def __contains__(self, name):
            self.asked += 1
            return super().__contains__(name)

    rng = np.random.default_rng(5)
    names = Counted()
    of_dictionary, of_plain = Categories(names), Categories()
    for texts in (
        ["b", "a", "c"],
        ["d", "other", *map(str, range(1000))],
        ["a", *map(str, range(900))],
    ):
        places = rng.integers(0, len(texts), 3000)
        codes = pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), [*texts, "of no row"])
        found = of_dictionary.codes(codes)
        np.testing.assert_array_equal(found, of_plain.codes(codes.cast(pa.string())))
        assert of_dictionary.names == of_plain.names
        assert of_dictionary.has_others == of_plain.has_others == (len(texts) > 3)
        known = [*of_plain.names]
        wanted = [texts[k] if texts[k] in known else "other" for k in places]
        assert [known[code] for code in found] == wanted
    assert names.asked <= MAX_CATEGORIES + 2


def counted_by_site(frame: pd.DataFrame) -> Breakdown:
    scores = open_scores(frame, models=MODELS, segments=["site"])
    return count_breakdowns(scores, AT, BreakdownColumns(("site",))).segments["site"]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_category_that_may_be_in_one_rest_is_in_the_rest_of_the_sum(turn):
    """Each part that the sum names has all of its rows."""
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 40}" for k in range(len(frame))]
    # Twenty units of s0 to s19. The other file begins with s20, so its rest has s12 to s19.
    few, many = [counted_by_site(part) for part in (frame.iloc[:20], frame.iloc[20:])][::turn]
    summed = few + many
    assert ({*summed.categories}, summed.has_others) == (
        {*(f"s{k}" for k in range(12)), *(f"s{k}" for k in range(20, 40)), "other"},
        True,
    )
    named = frame["site"].isin(summed.categories)
    wanted = grouped(
        frame.assign(weight=1.0, site=frame["site"].where(named, "other")), "site", "a", 0.5
    )
    flagged, _ = summed.flagged_and_shipped("a", 0.5)
    assert list(flagged[0, :, 1]) == [wanted[1, True][name] for name in summed.categories]


def test_a_sum_of_two_rests_names_the_categories_that_both_name():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = [f"s{k % 50}" for k in range(len(frame))]
    first, second = counted_by_site(frame.iloc[:300]), counted_by_site(frame.iloc[330:])
    summed = first + second
    both = [name for name in first.categories if name in second.categories]
    assert (list(summed.categories), summed.has_others) == (both, True)
    assert summed.counts.sum() == first.counts.sum() + second.counts.sum()


def test_a_category_named_other_includes_the_rest():
    frame = frame_with_parts().drop(columns="weight")
    frame["site"] = ["other" if k % 40 == 3 else f"s{k % 40}" for k in range(len(frame))]
    scores = open_scores(frame, models=MODELS, segments=["site"])
    site = count_breakdowns(scores, AT, BreakdownColumns(("site",))).segments["site"]
    assert (len(site.categories), site.categories[3]) == (MAX_CATEGORIES, "other")
    late = [name in ("other", *(f"s{k}" for k in range(32, 40))) for name in frame["site"]]
    assert site.counts[0, 3, 0].sum() == sum(late)


def test_a_threshold_that_was_not_counted_is_a_key_error():
    site = counted(frame_with_parts()).segments["site"]
    for model, threshold in (("a", 0.3), ("a", 0.9), ("c", 0.5)):
        with pytest.raises(KeyError):
            site.flagged_and_shipped(model, threshold)

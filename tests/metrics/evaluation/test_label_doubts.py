"""Tests of labels that all models contradict, against a data frame of the rows."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import open_scores
from metrics.evaluation.label_doubts import label_doubts
from metrics.tally.unit_lists import Point
from tests.metrics.frame_with_parts import MODELS, frame_with_parts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scale", ["probability", "percent"])
def test_doubts_equal_those_counted_on_the_rows(monkeypatch, weighted, scale):
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame, at = frame_with_parts(2500), 0.7
    frame.loc[frame.index % 100 == 7, "label"] = 1 - frame["label"]
    typical = {m: tuple(frame.groupby("label")[m].mean()[[0, 1]]) for m in MODELS}
    data = frame.assign(**{m: frame[m] * 100 for m in MODELS}) if scale == "percent" else frame
    scores = open_scores(
        data if weighted else data.drop(columns="weight"),
        models=MODELS,
        scale=scale,
        id="id",
        label="label",
    ).check()
    cut = 100 * at if scale == "percent" else at
    most = 20
    found = label_doubts(scores, typical, Point("a", cut), most=most)
    mass = frame["weight"] if weighted else np.ones(len(frame))
    place = [(frame[m] - low) / (high - low) for m, (low, high) in typical.items()]
    mean, flagged = sum(place) / 2, frame["a"] >= at
    defects = (frame["label"] == 1) & (place[0] <= 0) & (place[1] <= 0)
    goods = (frame["label"] == 0) & (place[0] >= 1) & (place[1] >= 1)
    for units, those, key in ((found.defects, defects, mean), (found.goods, goods, -mean)):
        assert units.count == those.sum() > most
        first = key[those].sort_values(kind="stable").index[:most].tolist()
        assert np.allclose(key[units.rows].to_numpy(), key[first].to_numpy())
        assert set(units.rows.tolist()) <= set(those.index[those])
    assert found.missed == pytest.approx((mass * (defects & ~flagged)).sum())
    assert found.flagged == pytest.approx((mass * (goods & flagged)).sum())
    assert found.doubted == pytest.approx(((mass * goods).sum(), (mass * defects).sum()))
    # Inspectors find 9 of 10 defects with lower scores.
    low = np.quantile(frame.loc[defects, "a"], 0.5)
    point = Point("a", cut, ship_below=100 * low if scale == "percent" else low)
    found = label_doubts(scores, typical, point, catches=0.9, most=20)
    caught = np.where(flagged, 1.0, np.where(frame["a"] >= low, 0.9, 0.0))
    assert 0 < found.missed == pytest.approx((mass * defects * (1 - caught)).sum())
    assert found.flagged == pytest.approx((mass * goods * caught).sum())


def test_rankings_and_uninformative_models_doubt_no_label():
    frame = frame_with_parts(400).drop(columns="weight")
    ranked = open_scores(frame, models=MODELS, scale="rank", id="id", label="label").check()
    found = label_doubts(ranked, {"a": (0.2, 0.6)}, Point("a", 0.5))
    assert (found.defects.count, found.goods.count) == (0, 0)
    scores = open_scores(frame, models=MODELS, id="id", label="label").check()
    found = label_doubts(scores, {"a": (0.5, 0.5)}, Point("a", 0.5))
    assert (found.defects.count, found.goods.count, found.doubted) == (0, 0, (0.0, 0.0))

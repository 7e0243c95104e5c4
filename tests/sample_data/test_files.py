"""Tests of the stored sample files: their promised properties, computed from the files alone."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from sample_data import FOLDER, IMAGES, MODELS, SCENARIO, SCENARIO_LARGE, SCORES
from sample_data.make import DECIMALS, HARDEST, UNITS
from sample_data.models import designs
from tests.repository import files

ABOUT = ["id", "label", "value", "line", "batch", "kind"]


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return pd.read_parquet(SCORES)


@pytest.fixture(scope="module")
def scenario() -> dict[str, Any]:
    return tomllib.loads(SCENARIO.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def results(scores: pd.DataFrame, scenario: dict[str, Any]) -> pd.DataFrame:
    """One row per model, from scikit-learn's ROC curve."""
    label, today, pay = scores["label"], scenario["today"], scenario["payoff"]
    flagged = scores[today["model"]] >= today["threshold"]
    bad, good = int((label == 1).sum()), int((label == 0).sum())

    def revenue(caught: Any, alarms: Any) -> Any:
        shipped = pay["ship_good"] * (good - alarms) + pay["ship_defect"] * (bad - caught)
        return shipped + pay["reject_good"] * alarms + pay["reject_defect"] * caught

    baseline = revenue((flagged & (label == 1)).sum(), (flagged & (label == 0)).sum())
    rows = {}
    for model in designs():
        alarm_rate, hit_rate, _ = roc_curve(label, scores[model], drop_intermediate=False)
        alarms, caught = np.rint(alarm_rate * good), np.rint(hit_rate * bad)
        within = alarms + caught <= flagged.sum()
        clipped = scores[model].clip(np.finfo(float).eps, 1 - np.finfo(float).eps)
        rows[model] = {
            "auc": roc_auc_score(label, scores[model]),
            "log_loss": log_loss(label, clipped),
            "missed": int(bad - caught[within].max()),
            "revenue": 100 * (revenue(caught, alarms).max() - baseline) / baseline,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def test_the_sample_has_the_promised_columns_and_rows(scores: pd.DataFrame) -> None:
    models = list(designs())
    assert list(scores.columns) == ABOUT + models
    assert len(scores) == UNITS[-1]
    assert scores["id"].is_unique
    assert all(
        pd.api.types.is_string_dtype(scores[name]) for name in ("id", "line", "batch", "kind")
    )
    assert set(scores["label"]) == {0, 1}
    assert scores["label"].mean() == pytest.approx(0.03, abs=0.003)
    assert (scores["value"] > 0).all()
    assert 2 <= scores["line"].nunique() <= 3
    assert scores["batch"].nunique() > 400


def test_scores_are_probabilities_with_six_decimals(scores: pd.DataFrame) -> None:
    values = scores[list(designs())].to_numpy()
    assert values.dtype == np.float64
    assert ((values >= 0) & (values <= 1)).all()
    np.testing.assert_array_equal(values, np.round(values, DECIMALS))


def test_no_two_models_have_the_same_ranking(scores: pd.DataFrame) -> None:
    ranks = scores[list(designs())].rank()
    assert all(not ranks[a].equals(ranks[b]) for a, b in combinations(ranks, 2))


def test_three_stakeholders_have_three_best_models(results: pd.DataFrame) -> None:
    champions = [
        results["log_loss"].idxmin(),
        results["missed"].idxmin(),
        results["revenue"].idxmax(),
    ]
    assert len(set(champions)) == 3
    for column, best in (("log_loss", "min"), ("missed", "min"), ("revenue", "max")):
        assert (results[column] == getattr(results[column], best)()).sum() == 1


def test_the_current_model_is_a_candidate_that_others_beat(
    results: pd.DataFrame, scenario: dict[str, Any]
) -> None:
    today = scenario["today"]["model"]
    assert results["auc"].between(0.8, 0.97).all()
    assert results["auc"][today] < results["auc"].max() - 0.05
    limit = scenario["limits"]["revenue_impact_percent"]
    assert 0 < (results["revenue"] >= limit).sum() < len(results) / 2


def test_whether_the_target_is_met_is_uncertain(
    scores: pd.DataFrame, scenario: dict[str, Any]
) -> None:
    """Change from the current revenue in resamples of whole batches, at the first selected point."""
    pay, today, bad = scenario["payoff"], scenario["today"], scores["label"] == 1

    def earned(model: str, threshold: float) -> Any:
        shipped = scores[model] < threshold
        each = np.select(
            [shipped & bad, shipped], [pay["ship_defect"], pay["ship_good"]], pay["reject_good"]
        )
        return pd.Series(each).groupby(scores["batch"].to_numpy()).sum().to_numpy()

    here, before = earned("two_stage_boosting", 0.644027), earned(**today)
    drawn = np.random.default_rng(1).multinomial(len(here), [1 / len(here)] * len(here), size=2000)
    met = (
        100 * (drawn @ here / (drawn @ before) - 1) >= scenario["limits"]["revenue_impact_percent"]
    )
    assert 0.5 < met.mean() < 0.7


@pytest.mark.parametrize("path", [SCENARIO, SCENARIO_LARGE], ids=lambda path: path.stem)
def test_the_numbers_of_the_scenario_agree(path: Path) -> None:
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    pay = scenario["payoff"]
    alarm, miss = pay["ship_good"] - pay["reject_good"], pay["reject_defect"] - pay["ship_defect"]
    assert scenario["miss_cost"] == pytest.approx(miss / alarm)
    assert pay["reject_good"] == pay["reject_defect"]
    of_a_year = scenario["serving"]["requests_per_hour"] * 24 * 365
    assert 0.9 * of_a_year < scenario["units_per_year"] <= of_a_year


def test_the_readme_has_these_results(results: pd.DataFrame) -> None:
    described = {}
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip(" `*") for cell in line.strip("|").split("|")]
        if cells[0] in results.index and len(cells) == 5:
            described[cells[0]] = cells[1:]
    expected = {
        model: [f"{row.auc:.3f}", f"{row.log_loss:.4f}", f"{row.missed:.0f}", f"{row.revenue:.1f}"]
        for model, row in results.iterrows()
    }
    assert described == expected


def test_the_images_show_every_defect_and_the_hardest_good(scores: pd.DataFrame) -> None:
    with np.load(IMAGES) as kept:
        ids, images, kinds = kept["id"], kept["image"], kept["kind"]
    of = scores.set_index("id")
    labels = of["label"]
    assert images.dtype == np.uint8
    assert images.shape == (len(ids), 40, 40)
    assert len(set(ids)) == len(ids)
    np.testing.assert_array_equal(labels[ids] == 0, kinds == "good")
    assert (kinds != "good").sum() == labels.sum()
    np.testing.assert_array_equal(of["kind"][ids], np.where(kinds == "good", "", kinds))
    assert (of["kind"][labels == 0] == "").all()
    for model in designs():
        first = of[labels == 0].sort_values(model, ascending=False, kind="stable").index[:HARDEST]
        assert set(first) <= set(ids)


def test_the_best_model_misses_more_pits_and_stains_than_the_current_system(
    scores: pd.DataFrame,
) -> None:
    """Thresholds are the first selected one, and that of the current system."""
    defects = scores[scores["label"] == 1]
    missed = pd.DataFrame(
        {
            "here": defects["two_stage_boosting"] < 0.644027,
            "today": defects["contrast_rule"] < 0.5,
        }
    )
    by_kind = missed.groupby(defects["kind"]).sum().to_dict("index")
    assert set(by_kind) == {"scratch", "pit", "crack", "stain"}
    assert missed.sum().tolist() == [302, 327]
    assert by_kind["pit"] == {"here": 77, "today": 68}
    assert [k for k, n in by_kind.items() if n["here"] > n["today"]] == ["pit", "stain"]


def test_every_model_has_a_measured_time() -> None:
    times = pd.read_csv(MODELS)
    assert list(times.columns) == ["model", "seconds_per_unit", "price_per_worker_hour"]
    assert list(times["model"]) == list(designs())
    assert times["seconds_per_unit"].between(1e-7, 0.1).all()
    assert (times["price_per_worker_hour"] > 0).all()


def test_the_folder_stays_small() -> None:
    sizes = [(FOLDER.parent / n).stat().st_size for n in files() if n.startswith("sample_data/")]
    assert sum(sizes) <= 5_000_000

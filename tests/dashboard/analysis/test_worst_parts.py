"""Tests of the recall of the worst kind and segment, as objective and as limit, against the rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dashboard import page_view
from dashboard.analysis import optimism, resampled_figures
from dashboard.analysis.decide.verdict import verdict_facts
from dashboard.analysis.limits import feasibility_of
from dashboard.analysis.picked_points import pick_like
from dashboard.analysis.points_table import point_of
from dashboard.data.dataset import Dataset
from dashboard.session.choices import Choices
from dashboard.words.decide.verdict import verdict_of
from metrics import Scenario, Scores, Today, load_tally, open_scores, tally_scores, with_description
from metrics.tally.breakdown import BreakdownColumns
from tests.metrics.frame_with_parts import MODELS, frame_with_parts
from tests.metrics.tallied import as_bytes

SCENARIO = Scenario(miss_cost=1.0, today=Today("b", 0.5))
KIND, SEGMENT = "worst_kind_recall", "worst_segment_recall"


def dataset_of(frame: pd.DataFrame, *, parts: bool = True) -> Dataset:
    scores = open_scores(
        frame,
        models=MODELS,
        segments=["site", "line"] if parts else [],
        defect_type="kind" if parts else None,
    )
    return Dataset(scores.fingerprint, "units", ("units",), scores, SCENARIO, 4096, "upload")


def worst(frame: pd.DataFrame, columns: list[str], model: str, threshold: float) -> float:
    """Lowest recall of any part by some columns."""
    defects = frame[frame["label"] == 1]
    mass = defects.get("weight", pd.Series(1.0, defects.index))
    caught = mass * (defects[model] >= threshold)
    return min(
        (caught.groupby(defects[c]).sum() / mass.groupby(defects[c]).sum()).min() for c in columns
    )


def test_every_pick_meets_a_limit_on_the_worst_kind():
    frame = frame_with_parts(1500).drop(columns="weight")
    choices = Choices(limits=((KIND, 0.8), (SEGMENT, 0.75)), objectives=("log_loss", KIND, SEGMENT))
    dataset = dataset_of(frame)
    free = page_view.build(Choices(), dataset, "light")
    assert free.selection.point.figures[KIND] < 0.8
    assert resampled_figures.resample(page_view.build(choices, dataset, "light").analysis)
    page = page_view.build(choices, dataset, "light")
    assert [bound.objective.id for bound in page.analysis.limits] == [KIND, SEGMENT]
    for stakeholder in page.analysis.stakeholders:
        assert stakeholder.pick is not None
        point = point_of(page.analysis.points, stakeholder.pick.row)
        assert worst(frame, ["kind"], str(point.model), point.threshold) >= 0.8
        assert worst(frame, ["site", "line"], str(point.model), point.threshold) >= 0.75
    cost, kept = (
        page.analysis.points["cost_of_errors"],
        (page.analysis.points[KIND] >= 0.8) & (page.analysis.points[SEGMENT] >= 0.75),
    )
    assert page.selection.point.figures["cost_of_errors"] == cost[kept].min()
    feasible = feasibility_of(page.analysis)
    assert feasible is not None
    assert verdict_of(
        verdict_facts(page.selection), page.analysis.scenario, page.names, page.point_words
    )
    # Resamples have no figures of parts, so the optimism of a choice within these limits is unknown.
    errors = page.analysis.objectives["cost_of_errors"]
    assert pick_like(page.analysis, page.selection.point) is not None
    assert optimism.optimism_of(page.analysis, errors, page.selection.point) == 0


def test_a_tally_counted_by_parts_has_the_figures_of_its_rows():
    dataset = dataset_of(frame_with_parts(300).drop(columns="weight"))
    by = BreakdownColumns.of(dataset.scores.columns)
    assert isinstance(dataset.scores, Scores)
    for kept in (by, replace(by, defect_type=None), BreakdownColumns()):
        counted = tally_scores(dataset.scores, also=[0.5], by=kept)
        file = load_tally(as_bytes(with_description(counted, dataset.scores, max_thresholds=4096)))
        travelled = replace(dataset, fingerprint=file.fingerprint, scores=file)
        page, of_rows = (
            page_view.build(Choices(), one, "light") for one in (travelled, dataset)
        )  # fmt: skip
        has = [*([KIND] if kept.defect_type else []), *([SEGMENT] if kept.segments else [])]
        assert [name for name in (KIND, SEGMENT) if name in page.analysis.objectives] == has
        columns = ["model", "threshold", *has]
        pd.testing.assert_frame_equal(
            page.analysis.points[columns], of_rows.analysis.points[columns]
        )


def test_the_worst_recalls_are_not_offered_without_parts():
    page = page_view.build(
        Choices(), dataset_of(frame_with_parts(300).drop(columns="weight"), parts=False), "light"
    )
    assert not {KIND, SEGMENT} & set(page.analysis.objectives)


def test_inspectors_are_the_reason_why_a_limit_on_parts_is_not_judged():
    frame = frame_with_parts(300).drop(columns="weight")
    choices = Choices(limits=((KIND, 0.8),), inspection=(None, 1.0, 0.9, 0.02, None, None, None))
    [said] = [
        t for t in page_view.build(choices, dataset_of(frame), "light").notices if "judged" in t
    ]
    assert said.endswith("cannot be judged: it is undefined where people inspect.")
    bare = page_view.build(choices, dataset_of(frame, parts=False), "light")
    [said] = [t for t in bare.notices if "judged" in t]
    assert said.endswith("cannot be judged: it is undefined for this data.")

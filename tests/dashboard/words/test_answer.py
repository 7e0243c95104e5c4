"""Tests of Decide's texts outside of cards and charts, against the rows and their resamples."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis import optimism
from dashboard.analysis.analysis import openings
from dashboard.analysis.decide.answer import headline_objective
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.differences import chance_of_difference, differences_within_chance
from dashboard.session.choices import Choices, Point
from dashboard.words.decide.answer import NO_REASON, expected_on_new_data
from dashboard.words.limits.limits_status import IF_HELD_OUT
from dashboard.words.names import ROLES
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import ends
from metrics import OBJECTIVES, Scenario, Today
from metrics.inference import replicated_counts
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.intervals import intervals
from tests.dashboard.built import answer_of, built_table
from tests.dashboard.priced import FOUR, HERE, PRICED, all_points, cheapest_of, unknown
from tests.dashboard.tables import NASTY, Rows


def test_the_first_line_has_the_expected_figures_of_the_pick(build_priced):
    page = build_priced(Choices())
    o = headline_objective(page.analysis)
    on_new_data = optimism.on_new_data(page.analysis, o, page.selection.point)
    assert on_new_data is not None
    assert abs(on_new_data.expected - on_new_data.value) > 0.1
    said = answer_of(page, page.selection.point, at_rest=True)
    assert said.expected == expected_on_new_data(
        figure(o, float(f"{on_new_data.expected:.3g}"), PRICED)
    )
    assert said.interval == ends(o, on_new_data.value, on_new_data.low, on_new_data.high, PRICED)
    # No expectation is shown during a drag. A threshold next to the best has the same optimism.
    assert answer_of(page, page.selection.point).expected == ""
    chosen = page.selection.point
    above = min(at for at in FOUR.thresholds(str(chosen.model)) if at > chosen.threshold)
    beside = build_priced(Choices(point=Point(str(chosen.model), above)))
    share = optimism.optimism_of(beside.analysis, o, beside.selection.point) / (
        on_new_data.value - on_new_data.expected
    )
    assert 0.3 < share <= 1
    assert answer_of(beside, beside.selection.point, at_rest=True).expected
    early = unknown(build_priced(Choices(), resampled=False))
    answer = answer_of(early, early.selection.point, at_rest=True)
    assert (answer.expected, answer.interval) == ("", "")
    for rows in ("held-out", "out-of-fold", "unknown", "training"):
        given = page.analysed(held_out=rows)
        answer = answer_of(given, given.selection.point, at_rest=True)
        assert answer.expected == ("" if rows == "training" else said.expected)
        assert (IF_HELD_OUT in answer.expected_help) == (rows == "unknown")
        assert bool(answer.expected_help) == (rows != "training")


def test_chance_depends_on_how_the_point_was_picked_not_on_who_asks_first(
    build_priced,
):
    """The compromise by one reader's weights may be a point that another reader selected."""
    scores = FOUR.thresholds(NASTY[0])
    today = replace(PRICED, today=Today(NASTY[0], scores[len(scores) // 2]))
    fair = fair_option_of(build_priced(scenario=today).analysis).point
    assert fair is not None
    point = Point.at(fair, lower=False)
    first, second = (
        build_priced(Choices(point=point, weights=weights), today)
        for weights in ((1.0, 1.0, 1.0), (1.0, 1.0, 5.0))
    )
    for page in (first, second):
        found = differences_within_chance(page.selection)
        for name in ("false_alarms", "log_loss", "revenue_impact"):
            of = page.analysis, OBJECTIVES[name], page.selection.point, page.analysis.current
            chance = chance_of_difference(*of)
            assert (name in found) == (chance is Chance.POSSIBLE)


@pytest.mark.parametrize(
    "limits", [(), (("recall", 0.9), ("share_flagged", 0.6)), (("recall", 2.0),)]
)
def test_a_model_selected_by_name_is_at_its_cheapest_threshold_within_limits(build_priced, limits):
    page = build_priced(Choices(limits=limits), resampled=False)
    able = [
        p
        for p in all_points("cost_of_errors", "recall", "share_flagged")
        if p["tp"] + p["fp"] > 0 and p["fn"] + p["tn"] > 0
    ]
    kept = {"recall": float.__ge__, "share_flagged": float.__le__}
    within = [p for p in able if all(kept[name](float(p[name]), at) for name, at in limits)]
    found, bound = openings(page.analysis), 0
    assert list(found) == list(FOUR.models)
    for model, threshold in found.items():
        allowed, free = ([p for p in among if p["model"] == model] for among in (within, able))
        bound += 0 < len(allowed) < len(free)
        best = min(allowed or free, key=lambda p: (p["cost_of_errors"], p["fn"], p["threshold"]))
        assert threshold == best["threshold"]
    assert found[str(page.selection.point.model)] == page.selection.point.threshold
    assert bound or len(limits) != 2


@pytest.mark.parametrize("limits", [(), (("recall", 0.9),)])
def test_a_model_selected_by_name_has_the_interval_of_its_point(tmp_path, monkeypatch, limits):
    """On a steep curve, interpolation between cached points would give another interval."""
    monkeypatch.setattr(replicated_counts, "AT_MOST", 20)
    rng = np.random.default_rng(5)
    labels = (rng.random(2_500) < 0.1).astype(np.int64)
    logits = {"good": 3.0 * labels - 3, "steep": 1.0 * labels + 8}
    scores = {
        name: 1 / (1 + np.exp(-(at + scale * rng.normal(size=labels.size))))
        for (name, at), scale in zip(logits.items(), (1.0, 3.0), strict=True)
    }
    page = built_table(
        tmp_path, Rows(labels, scores), Scenario(), Choices(limits=limits), resampled=True
    )
    known = page.analysis.uncertainty
    assert known is not None
    for model, threshold in openings(page.analysis).items():
        m = page.analysis.evaluation.tally.index(model)
        curve = page.analysis.evaluation.curves[m]
        for o in known.objectives:
            if o.of_model:
                continue
            ends = intervals(known.bootstrap, o, m, np.array([curve.position(threshold)]))
            shown, k = page.analysis.intervals_of(o, model), curve.row(threshold)
            assert shown is not None
            assert (shown.low[k], shown.high[k]) == pytest.approx((ends.low[0], ends.high[0]))


def test_the_answer_names_the_reason_for_the_point(build_priced):
    page = build_priced(resampled=False)
    assert answer_of(page, page.selection.point).reason == f"{cheapest_of(page)}."
    percent = "revenue_impact_percent"
    loose = build_priced(
        Choices(limits=((percent, page.selection.point.figures[percent] - 1),)), resampled=False
    )
    assert answer_of(loose, loose.selection.point).reason == f"{cheapest_of(page)}."
    limits = ((percent, float(page.analysis.points[percent].max())),)
    light = Choices(miss_weight=0.1 / PRICED.implied_miss_cost)
    lightly = "Lowest error cost with misses weighed × 0.0314"
    cheap = build_priced(light, resampled=False)
    assert limits[0][1] > cheap.selection.point.figures[percent]
    page = build_priced(replace(light, limits=limits), resampled=False)
    target = figure(OBJECTIVES[percent], limits[0][1], PRICED)
    assert answer_of(page, page.selection.point).reason == f"{lightly} reaching {target}."
    both = replace(light, limits=(*limits, ("share_flagged", 0.9)))
    page = build_priced(both, resampled=False)
    within = f"{lightly} within both limits."
    assert answer_of(page, page.selection.point).reason == within
    recall = ("recall", cheap.selection.point.figures["recall"] + 0.001)
    single = build_priced(replace(light, limits=(recall,)), resampled=False)
    within = f"{lightly} within the limit."
    assert answer_of(single, single.selection.point).reason == within
    for stakeholder in page.analysis.stakeholders[1:]:
        best = stakeholder.pick
        at = build_priced(
            Choices(point=Point(best.model, best.threshold), limits=page.choices.limits),
            resampled=False,
        )
        assert answer_of(at, at.selection.point).reason in (
            f"Best for the {ROLES[stakeholder.name]}.",
            f"{cheapest_of(at)}.",
            "Best for the product manager.",
        )
    assert (
        answer_of(build_priced(Choices(point=HERE), resampled=False), page.selection.point).reason
        != ""
    )
    between = replace(PRICED, today=Today(HERE.model, math.nextafter(HERE.threshold, -1)))
    at_current = build_priced(Choices(point=HERE), between, resampled=False)
    assert answer_of(at_current, at_current.selection.point).reason == "Today’s system."
    odd = build_priced(Choices(point=HERE), resampled=False)
    assert answer_of(odd, odd.selection.point).reason == f"{NO_REASON}."

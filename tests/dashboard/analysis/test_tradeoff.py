"""Tests of the trade-off along the thresholds of the selected model, against the rows."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.analysis.decide.front import front_of
from dashboard.analysis.decide.tradeoff import (
    intervals_within_limits,
    tradeoff_of,
    tradeoff_with_selected,
)
from dashboard.analysis.decide.tradeoff_scales import is_logarithmic, scales_of
from dashboard.session.choices import Choices
from dashboard.words.decide.tradeoff import within_limits_words
from dashboard.words.limits.limit_names import limit_noun
from metrics import Payoff, Scenario, Today
from metrics.scenario.inspection import Inspection
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT

ALL = ("log_loss", "brier", "roc_auc")


def _front(page):
    return front_of(page.analysis, page.choices.axes)


def _tradeoff(page):
    return tradeoff_of(page.selection, page.choices.x)


def _bar(page):
    return intervals_within_limits(page.selection, page.choices.x)


def _bar_name(page):
    return within_limits_words(page.selection, page.choices.x)


def test_an_objective_that_ranks_models_has_no_curve(build_four):
    view = _tradeoff(build_four())
    assert [curve.objective.id for curve in view.curves] == ["missed_defects", "revenue_impact"]
    assert not view.apart
    # If all objectives rank models, the cost of errors has the curve.
    alone = _tradeoff(build_four(objectives=ALL))
    assert [curve.objective.id for curve in alone.curves] == ["cost_of_errors"]
    assert len(alone.apart) == 3


def test_the_ring_is_at_the_best_point_within_the_limits(build_four):
    """The card has the same figure if the point belongs to the shown model."""
    free = build_four()
    own = free.selection.model_points
    flagged = own.iloc[_tradeoff(free).curves[0].best]["share_flagged"]
    page = build_four(limits=(("share_flagged", flagged * 0.7),))
    [missed] = [c for c in _tradeoff(page).curves if c.objective.id == "missed_defects"]
    kept = own[(own["share_flagged"] <= flagged * 0.7) & (own["share_flagged"] > 0)]
    assert missed.best is not None
    assert missed.values[missed.best] == kept["missed_defects"].min()
    assert own.iloc[missed.best]["share_flagged"] <= flagged * 0.7
    nowhere = build_four(limits=(("recall", 2.0),))
    assert [curve.best for curve in _tradeoff(nowhere).curves] == [None, None]


def test_a_limit_is_a_line_in_the_curve_of_its_figure_and_on_the_front(build_four, tmp_path):
    def limits(page):
        return {
            c.stakeholder: [(limit_noun([one.bound]), one.above) for one in c.limits]
            for c in curves(page)
        }

    def curves(page):
        return _tradeoff(page).curves

    priced = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(POINT.model, 0.5))
    target = Choices(point=POINT, limits=(("revenue_impact_percent", 1.0),))
    page = built_table(tmp_path, FOUR, priced, target)
    assert limits(page) == {"product": [], "executive": [("target", True)]}
    [line] = curves(page)[-1].limits
    acceptable = _front(page).acceptable
    assert acceptable is not None
    assert acceptable.lines == [line]
    keeps = page.analysis.limits[0].holds(page.selection.model_points)
    apart = ~np.isclose(curves(page)[-1].values, line.value)
    assert keeps[apart].any()
    assert ((curves(page)[-1].values > line.value) == keeps)[apart].all()
    # A limit is only drawn if a curve shows its objective or a linear function of it.
    page = build_four(limits=(("missed_defects", 9.0), ("log_loss", 0.5), ("share_flagged", 0.3)))
    assert limits(page) == {"product": [("limit", False)], "executive": []}
    assert not any(curve.limits for curve in curves(build_four()))


@pytest.mark.parametrize("axis", ["threshold", "flagged"])
def test_the_bar_covers_the_thresholds_at_which_the_counts_meet_every_limit(build_four, axis):
    limits = {"precision": 0.75, "share_flagged": 0.6}
    page = build_four(limits=tuple(limits.items()), x=axis)
    scores, defects = FOUR.scores[POINT.model], FOUR.labels == 1
    known = np.unique(scores)
    between = (known[:-1] + known[1:]) / 2 if axis == "threshold" else known[:0]
    spans, met = _bar(page), []
    for threshold in (*known, *between, np.inf):
        flagged = scores >= threshold
        right = np.sum(flagged & defects) / np.sum(flagged) if flagged.any() else np.nan
        keeps = right >= limits["precision"] and flagged.mean() <= limits["share_flagged"]
        at = threshold if axis == "threshold" else flagged.mean()
        begins = np.less if axis == "threshold" else np.less_equal
        assert any(begins(low, at) and at <= high for low, high in spans) == keeps
        met.append(keeps)
    assert len(spans) == 2
    assert 0 < sum(met) < len(met)
    assert _bar_name(page) == "limits met in this file"
    assert tradeoff_with_selected(page.selection, page.choices.x).within_limits == spans
    assert _tradeoff(page).within_limits == ()  # the page draws these elements itself


def test_the_bar_is_absent_without_limits_and_explained_if_no_threshold_meets_them(build_four):
    assert (_bar(build_four()), _bar_name(build_four())) == ((), "")
    nowhere = build_four(limits=(("recall", 2.0),))
    assert (_bar(nowhere), _bar_name(nowhere)) == (
        (),
        "limit met nowhere in this file",
    )
    everywhere = build_four(limits=(("recall", 0.0),))
    assert _bar(everywhere) == ((-np.inf, np.inf),)


def test_inspection_of_one_reader_changes_no_axis_of_another(tmp_path):
    """Decisions of inspectors change the counts of the same data, and so the axis that shows more."""
    people = Scenario(inspection=Inspection(false_alarms=0.3, catches=0.9, rejects=0.05))
    scenarios = people, Scenario()
    pages = [built_table(tmp_path, FOUR, one, Choices(point=POINT)) for one in scenarios]
    turned = [is_logarithmic(page.analysis.points) for page in pages]
    assert turned == [False, True]
    assert [scales_of(page.analysis).log for page in pages] == turned

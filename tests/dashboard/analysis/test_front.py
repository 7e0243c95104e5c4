"""What the two charts are asked to show: a front of two wishes, or a ranking by one that has no threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis.analysis import openings
from dashboard.analysis.front import (
    axes_shown,
    axes_to_choose,
    discussed,
    front_of,
    front_with_selected,
    linear_function,
    ranking_of,
    ranking_stakeholder,
)
from dashboard.analysis.tradeoff import (
    intervals_within_limits,
    is_logarithmic,
    scales_of,
    tradeoff_of,
    tradeoff_with_selected,
)
from dashboard.figures.model_styles import styles_with_current
from dashboard.figures.palette import DARK, LIGHT
from dashboard.session.choices import Choices, Point
from dashboard.words.cards import compared_title
from dashboard.words.front import front_sentence, shortlist_note, within_limits_words
from dashboard.words.limit_names import limit_word
from dashboard.words.numbers import unit_words
from metrics import Payoff, Scenario, Today
from metrics.scenario.inspection import Inspection
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.tables import NASTY

EXECUTIVE_TOO = ("log_loss", "missed_defects", "brier")
NOBODY = ("false_alarms", "missed_defects", "revenue_impact")
ALL = ("log_loss", "brier", "roc_auc")


def _front(page):
    return front_of(page.analysis, page.choices.axes)


def _tradeoff(page):
    return tradeoff_of(page.selection, page.choices.x)


def _bar(page):
    return intervals_within_limits(page.selection, page.choices.x)


def _bar_name(page):
    return within_limits_words(page.selection, page.choices.x)


@pytest.fixture
def built(tmp_path):
    def build(**choices):
        return built_table(tmp_path, FOUR, Scenario(), Choices(**{"point": POINT, **choices}))

    return build


@pytest.mark.parametrize(
    ("objectives", "choosable"),
    [
        (NOBODY, {("product", "executive"): None, ("data", "product"): None, ("data", "executive"): None}),
        (EXECUTIVE_TOO, {("product", "executive"): "executive", ("data", "product"): "data"}),
        (ALL, {("product", "executive"): "product", ("data", "product"): "data"}),
    ],
)  # fmt: skip
def test_a_front_needs_two_wishes_with_a_threshold_and_each_ranking_is_offered_once(
    built, objectives, choosable
):
    page = built(objectives=objectives)
    able = axes_to_choose(page.analysis)
    assert {axes: by and by.name for axes, by in able.items()} == choosable
    for axes in (("executive", "product"), ("data", "executive"), ("data", "product")):
        page = built(objectives=objectives, axes=axes)
        shown = axes_shown(page.analysis, page.choices.axes)
        assert shown in able
        assert able[shown] == ranking_stakeholder(page.analysis, axes)


def test_a_ranking_has_every_model_with_a_figure_the_best_first(built):
    page = built(axes=("data", "product"))
    by = ranking_stakeholder(page.analysis, page.choices.axes)
    assert by is not None
    ranking = ranking_of(page.analysis, _front(page), by)
    assert list(ranking.values) == sorted(ranking.values)
    for model, row, value in zip(ranking.models, ranking.rows, ranking.values, strict=True):
        assert page.points["model"].iloc[row] == model
        assert page.points["log_loss"].iloc[row] == value
    known = page.points.groupby("model")["log_loss"].first().notna().sum()
    assert (len(ranking.models), ranking.undefined) == (known, len(FOUR.models) - known)


def test_whose_wish_has_no_threshold_has_no_mark_on_the_front_but_its_model_has_colour(built):
    page = built()
    data, *choosing = page.stakeholders
    assert data.objective.of_model
    assert page.choosing == tuple(choosing)
    for shown in (_front(page), front_with_selected(page.selection, page.choices.axes)):
        marks = [mark for mark in shown.marks if mark.kind == "pick"]
        assert {title for mark in marks for title in mark.titles} == {s.title for s in choosing}
        assert data.pick.model in shown.wished
        assert shown.wished <= discussed(shown)
    assert not [mark for mark in _front(built(objectives=ALL)).marks if mark.kind == "pick"]


def test_the_best_of_a_ranking_stands_beside_the_chosen_point_where_its_errors_cost_least(built):
    page = built(compare="data")
    model = page.stakeholder("data").pick.model
    assert page.beside.place == (model, openings(page.analysis)[model], None)
    assert compared_title(page.selection) == "best model for log loss"
    assert compared_title(built(compare="product").selection) == "best for the product manager"


def test_todays_model_has_no_colour_unless_it_is_chosen(tmp_path):
    today = NASTY[0]
    assert POINT.model != today
    scenario = Scenario(today=Today(today, 0.4))
    page = built_table(tmp_path, FOUR, scenario, Choices(point=POINT))
    found = styles_with_current(page.selection, page.styles)
    assert {model for model, style in found.items() if style != page.styles[model]} == {today}
    assert [found[today].color(palette) for palette in (LIGHT, DARK)] == [LIGHT.muted, DARK.muted]
    assert found[today].symbol == page.styles[today].symbol
    chosen = built_table(tmp_path, FOUR, scenario, Choices(point=Point(today, POINT.threshold)))
    assert styles_with_current(chosen.selection, chosen.styles) == chosen.styles


def test_whose_wish_has_no_threshold_has_no_curve(built):
    view = _tradeoff(built())
    assert [curve.objective.id for curve in view.curves] == ["missed_defects", "revenue_impact"]
    assert not view.apart
    # Where nobody chooses one there is still something to choose it by.
    alone = _tradeoff(built(objectives=ALL))
    assert [curve.objective.id for curve in alone.curves] == ["cost_of_errors"]
    assert len(alone.apart) == 3


def test_the_scales_are_the_same_whichever_model_is_shown(built):
    found = []
    for model in FOUR.models:
        page = built(point=Point(model, 0.4))
        found.append(scales_of(page.analysis))
        for curve in _tradeoff(page).curves:
            low, high = found[-1].ends[curve.objective.id]
            assert low < curve.today < high
            assert curve.best is None or low < curve.values[curve.best] < high
    assert all(one == found[0] for one in found)


def test_the_finding_counts_the_models_worth_discussing(built):
    page = built()
    view = _front(page)
    count = view.points.loc[view.points["front"], "model"].nunique()
    assert front_sentence(page.analysis, page.names, view).startswith(
        f"{count} of {len(FOUR.models)} models"
    ) or count in (
        1,
        len(FOUR.models),
    )
    assert not np.isnan(view.points["x"]).any()


def test_a_model_that_is_best_only_outside_a_condition_is_not_worth_discussing(built):
    found = {}
    for most in (1.0, 0.11, 0.0):
        page = built(
            objectives=("log_loss", "missed_defects", "false_alarms"),
            bounds=(None, None, ("share_flagged", most)),
        )
        view = _front(page)
        marked = view.points[view.points["front"]]
        everywhere = set(marked["model"])
        kept = set(marked["model"][page.points["share_flagged"].array[marked["row"]] <= most])
        found[most] = (len(view.worth), len(everywhere))
        assert view.worth == (kept or everywhere)
        assert view.worth <= discussed(view)
        assert bool(shortlist_note(page.analysis, view)) == (view.worth < everywhere)
        if len(view.worth) > 1:
            said = f"{len(view.worth)} of {len(FOUR.models)} models worth discussing"
            assert front_sentence(page.analysis, page.names, view) == said
    # Where no point keeps it, all that are best somewhere.
    assert found == {1.0: (2, 2), 0.11: (1, 2), 0.0: (2, 2)}


def test_a_model_that_ties_wherever_a_threshold_is_chosen_is_not_passed_over(tmp_path):
    """The square of a score flags the same units, and is another probability."""
    one = FOUR.scores[NASTY[0]]
    both = replace(FOUR, scores={NASTY[0]: one, "squared": one**2})
    page = built_table(tmp_path, both, Scenario(), Choices())
    losses = page.points.groupby("model")["log_loss"].first()
    better, other = losses.sort_values().index
    said = front_sentence(page.analysis, page.names, _front(page))
    assert said == f"{better} and {other} tie but for log loss"
    poor = np.where(FOUR.labels == 1, 0.4, 0.5)
    poorer = built_table(
        tmp_path, replace(FOUR, scores={NASTY[0]: one, "poor": poor}), Scenario(), Choices()
    )
    assert (
        front_sentence(poorer.analysis, poorer.names, _front(poorer))
        == f"Only {NASTY[0]} is worth discussing"
    )


def test_the_ring_is_at_the_best_that_keeps_the_limits(built):
    """The same for which the card has its figure, where that is of the model that is shown."""
    free = built()
    own = free.model_points
    flagged = own.iloc[_tradeoff(free).curves[0].best]["share_flagged"]
    page = built(limits=(("share_flagged", flagged * 0.7),))
    [missed] = [c for c in _tradeoff(page).curves if c.objective.id == "missed_defects"]
    kept = own[(own["share_flagged"] <= flagged * 0.7) & (own["share_flagged"] > 0)]
    assert missed.best is not None
    assert missed.values[missed.best] == kept["missed_defects"].min()
    assert own.iloc[missed.best]["share_flagged"] <= flagged * 0.7
    nowhere = built(limits=(("recall", 2.0),))
    assert [curve.best for curve in _tradeoff(nowhere).curves] == [None, None]


def test_only_the_model_of_a_stakeholders_pick_has_the_best_for_it(built):
    picks = {s.title: s.pick.model for s in built().choosing}
    for model in FOUR.models:
        page = built(point=Point(model, 0.4))
        found = {curve.stakeholder: curve.is_pick for curve in _tradeoff(page).curves}
        assert found == {title: own == model for title, own in picks.items()}
    [errors] = _tradeoff(built(objectives=ALL)).curves
    assert errors.best is not None
    assert not errors.is_pick


def test_a_limit_is_a_line_where_its_figure_follows_an_axis_and_parts_what_keeps_it(
    built, tmp_path
):
    def lines(page):
        found = _front(page).acceptable
        assert found is not None
        return found, {line.axis: line for line in found.lines}

    def parts(page, line):
        values = _front(page).points
        keeps = lines(page)[0].keeps[values["row"]]
        side = values[line.axis] > line.value if line.above else values[line.axis] < line.value
        apart = ~np.isclose(values[line.axis], line.value)
        assert apart.any()
        assert (side == keeps)[apart].all()

    priced = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(POINT.model, 0.5))
    target = Choices(point=POINT, limits=(("revenue_impact_percent", 1.0),))
    page = built_table(tmp_path, FOUR, priced, target)
    found, by_axis = lines(page)
    assert found.is_all
    assert by_axis.keys() == {"y"}
    assert by_axis["y"].bound == page.limits[0]
    assert by_axis["y"].above
    parts(page, by_axis["y"])
    page = built(limits=(("recall", 0.5),))
    found, by_axis = lines(page)
    assert found.is_all
    assert not by_axis["x"].above  # many caught are few missed
    parts(page, by_axis["x"])
    found, by_axis = lines(built(limits=(("recall", 0.5), ("share_flagged", 0.3))))
    assert (found.is_all, by_axis.keys()) == (False, {"x"})


def test_a_limit_is_a_line_in_the_curve_whose_figure_it_bounds_and_where_the_front_has_it(
    built, tmp_path
):
    def limits(page):
        return {
            c.stakeholder: [(limit_word(one.bound), one.above) for one in c.limits]
            for c in curves(page)
        }

    def curves(page):
        return _tradeoff(page).curves

    priced = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(POINT.model, 0.5))
    target = Choices(point=POINT, limits=(("revenue_impact_percent", 1.0),))
    page = built_table(tmp_path, FOUR, priced, target)
    assert limits(page) == {"Product manager": [], "Executive": [("target", True)]}
    [line] = curves(page)[-1].limits
    acceptable = _front(page).acceptable
    assert acceptable is not None
    assert acceptable.lines == [line]
    keeps = page.limits[0].holds(page.model_points)
    apart = ~np.isclose(curves(page)[-1].values, line.value)
    assert keeps[apart].any()
    assert ((curves(page)[-1].values > line.value) == keeps)[apart].all()
    # One on what no curve shows, or what follows none in a line, is drawn nowhere.
    page = built(limits=(("missed_defects", 9.0), ("log_loss", 0.5), ("share_flagged", 0.3)))
    assert limits(page) == {"Product manager": [("limit", False)], "Executive": []}
    assert not any(curve.limits for curve in curves(built()))


@pytest.mark.parametrize("axis", ["threshold", "flagged"])
def test_the_bar_lies_where_the_counts_of_the_file_keep_every_limit(built, axis):
    limits = {"precision": 0.75, "share_flagged": 0.6}
    page = built(limits=tuple(limits.items()), x=axis)
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
    assert _bar_name(page) == "limits met"
    assert tradeoff_with_selected(page.selection, page.choices.x).kept == spans
    assert _tradeoff(page).kept == ()  # the page draws them itself


def test_without_limits_there_is_no_bar_and_where_none_keeps_them_that_is_said(built):
    assert (_bar(built()), _bar_name(built())) == ((), "")
    nowhere = built(limits=(("recall", 2.0),))
    assert (_bar(nowhere), _bar_name(nowhere)) == (
        (),
        "limit met nowhere",
    )
    everywhere = built(limits=(("recall", 0.0),))
    assert _bar(everywhere) == ((-np.inf, np.inf),)


def test_a_line_goes_through_all_points_or_there_is_none():
    known = np.array([3.0, 1.0, np.nan, 2.0, np.inf])
    assert linear_function(known, 5 - 2 * known) == (5.0, -2.0)
    assert linear_function(known, known**2) is None
    assert linear_function(known, np.ones(5)) is None
    assert linear_function(known[:2], known[:2]) is None


def test_without_prices_a_chart_counts_a_gain_in_false_alarms(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices(point=POINT))
    executive = _tradeoff(page).curves[-1]
    assert executive.objective.label == "savings against no checks"
    today = FOUR.value("cost_of_errors", None, np.inf, Scenario())
    saved = today - page.model_points["cost_of_errors"].to_numpy()
    assert executive.values == pytest.approx(saved)
    assert _front(page).up.label == executive.objective.label
    assert unit_words(executive.objective, page.scenario) == "false alarms’ worth in this file"
    priced = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(POINT.model, 0.5))
    page = built_table(tmp_path, FOUR, priced, Choices(point=POINT))
    assert _front(page).up.label == "revenue against today"


def test_whoever_lets_units_be_inspected_turns_no_axis_of_another_reader(tmp_path):
    """Of the same data: what people decide changes the counts, and with them which axis shows more."""
    people = Scenario(inspection=Inspection(false_alarms=0.3, catches=0.9, rejects=0.05))
    scenarios = people, Scenario()
    pages = [built_table(tmp_path, FOUR, one, Choices(point=POINT)) for one in scenarios]
    turned = [is_logarithmic(page.points) for page in pages]
    assert turned == [False, True]
    assert [scales_of(page.analysis).log for page in pages] == turned

"""Tests of figures, intervals and differences of picked points on new data."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from dashboard import page_view
from dashboard.analysis.decide.answer import Reason, ReasonKind, reasons
from dashboard.analysis.differences import difference
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.models.table import rows_of
from dashboard.analysis.optimism import on_new_data, optimism_of, range_of, ranges_of_curve
from dashboard.analysis.picked_points import (
    cheapest_of_model,
    choices_by_point,
    is_cheapest_of_its_model,
    pick_like,
    points_like_picks,
)
from dashboard.analysis.points_table import point_of, points_of_model
from dashboard.analysis.resampled_figures import interval, resample
from dashboard.data.dataset import Dataset
from dashboard.session.choices import Choices, Point
from metrics import OBJECTIVES, Bound, Direction, OperatingPoint, Scenario, Today, open_scores
from metrics.inference.choice.optimism import mean_optimism, shifted
from metrics.inference.comparison.paired_difference import Chance, paired_difference
from metrics.inference.interval_formulas import wilson_interval
from metrics.selection.choice import Choice
from tests.dashboard.built import built_table
from tests.dashboard.close_models import ROWS
from tests.dashboard.tables import NASTY, Rows

COST, MISSED = OBJECTIVES["cost_of_errors"], OBJECTIVES["missed_defects"]


def test_the_ranges_of_picked_points_allow_for_the_choice(tmp_path):
    unkept = Choices(limits=(("recall", 1.0), ("share_flagged", 0.0)))
    page = built_table(tmp_path, ROWS, Scenario(today=Today(NASTY[1], 0.2)), unkept)
    points = [
        OperatingPoint.from_points(page.analysis.points, k)
        for k in range(len(page.analysis.points))
    ]
    at_choice = [p for p in points if pick_like(page.analysis, p) is not None]
    assert page.selection.point in at_choice
    assert page.analysis.current not in at_choice
    assert {*points_like_picks(page.analysis)} == {
        Point(str(p.model), p.threshold) for p in at_choice
    }
    today = Point.at(page.analysis.current, lower=False)
    assert Reason(ReasonKind.CURRENT) in reasons(page.analysis).values()  # which involves no choice
    assert today not in points_like_picks(page.analysis)


def test_the_current_system_has_no_optimism_though_a_pick_has_its_model(tmp_path):
    before = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    model = str(before.selection.point.model)
    thresholds = before.analysis.points_of(model)["threshold"].to_numpy()
    beside = float(
        thresholds[np.flatnonzero(thresholds == before.selection.point.threshold)[0] + 3]
    )
    (tmp_path / "today").mkdir()
    scenario = Scenario(today=Today(model, beside))
    analysis = built_table(tmp_path / "today", ROWS, scenario, Choices(), resampled=True).analysis
    current, plain = analysis.current, analysis.intervals_of(MISSED, model)
    there = ranges_of_curve(analysis, MISSED, model)
    assert plain is not None
    assert there is not None
    changed = (plain.low != there.low) | (plain.high != there.high)
    row = analysis.evaluation.curve_of(model).row(current.threshold)
    assert changed[[row - 1, row + 1]].all()
    assert not changed[row]
    assert on_new_data(analysis, MISSED, current) is None
    assert range_of(analysis, MISSED, current) == interval(analysis, MISSED, current)


@pytest.mark.parametrize("threshold", [0.0301, 0.4201])  # below all defects, and between them
def test_a_current_threshold_between_two_points_has_the_interval_of_its_counts(tmp_path, threshold):
    """Wilson's interval of the recall, or its limit if no defect is missed; the tally has 40 thresholds."""
    rng = np.random.default_rng(7)
    labels = np.repeat([0, 1], [900, 60])
    scores = np.where(labels == 1, rng.uniform(0.1, 1.0, 960), rng.uniform(0.0, 0.6, 960))
    path = tmp_path / "scores.csv"
    pd.DataFrame({"id": range(960), "label": labels, "m": scores}).to_csv(path, index=False)
    opened = open_scores(path)
    dataset = Dataset(opened.fingerprint, "", ("scores.csv",), opened, Scenario(), 40, "")
    choices = Choices(today=Point("m", threshold))
    page = page_view.build(choices, dataset, "light")
    resample(page.analysis)
    analysis = page_view.build(choices, dataset, "light").analysis
    caught = int((scores[labels == 1] >= threshold).sum())
    wilson = binomtest(caught, 60).proportion_ci(method="wilson")
    expected = (0.05 ** (1 / 60), 1.0) if caught == 60 else (wilson.low, wilson.high)
    assert analysis.current.threshold == threshold
    assert analysis.evaluation.current_tally is not analysis.evaluation.tally
    found = interval(analysis, OBJECTIVES["recall"], analysis.current)
    assert found == pytest.approx(expected)


def test_the_difference_to_a_pick_allows_for_its_selection(tmp_path):
    """Paired interval of the current system's gap to a stakeholder's best, less the optimism of the best."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    assert page.analysis.uncertainty is not None
    bootstrap = page.analysis.uncertainty.bootstrap
    compared = 0
    for stakeholder in page.analysis.stakeholders:
        o, best = stakeholder.objective, stakeholder.pick
        if best is None or o.of_model:
            continue
        model, at = (
            NASTY[2],
            page.analysis.points[page.analysis.points["model"] == NASTY[2]].index[-40],
        )
        point = point_of(page.analysis.points, int(at))
        here, there = (
            bootstrap.values_at(o, *of)
            for of in ((model, point.threshold), (best.model, best.threshold))
        )
        there_point = point_of(page.analysis.points, best.row)
        picked = pick_like(page.analysis, there_point)
        assert picked is not None
        m = page.analysis.evaluation.tally.index(best.model)
        at = m, page.analysis.evaluation.curves[m].position(best.threshold)
        flatters = mean_optimism(bootstrap, picked.choice, [o], at=at)
        off = flatters[o.id]
        size = point.figures[o.id] - best.value
        plain = paired_difference(o, here, there, size, blocks=bootstrap.blocks)
        found = difference(page.analysis, o, point, there_point)
        assert found is not None
        assert abs(off) > 0.01 * (plain.high - plain.low)
        sign = 1 if o.direction is Direction.MINIMISE else -1
        assert sign * size > -sign * off > 0
        low, high = shifted(plain.low, plain.high, -off)
        assert (found.size, found.low, found.high) == pytest.approx((size + off, low, high))
        assert 0 <= found.better <= 1
        compared += 1
    assert compared == 2


@pytest.mark.parametrize("is_cheapest", [True, False])
def test_the_difference_of_two_picks_has_no_correction(tmp_path, is_cheapest):
    """The cheapest threshold of the other model was chosen on the same rows as the selected point."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    assert page.analysis.uncertainty is not None
    model = next(model for model in NASTY if model != page.selection.point.model)
    alone = replace(ROWS, scores={model: ROWS.scores[model]}).pick("cost_of_errors", Scenario())
    assert alone is not None
    thresholds = ROWS.thresholds(model)
    at = alone[1] if is_cheapest else thresholds[thresholds.index(alone[1]) - 9]
    table = page.analysis.points[
        (page.analysis.points["model"] == model) & (page.analysis.points["threshold"] == at)
    ]
    other = point_of(page.analysis.points, int(table.index[0]))
    here, there = (
        page.analysis.uncertainty.bootstrap.values_at(COST, str(p.model), p.threshold)
        for p in (page.selection.point, other)
    )
    size = page.selection.point.figures[COST.id] - other.figures[COST.id]
    plain = paired_difference(
        COST, here, there, size, blocks=page.analysis.uncertainty.bootstrap.blocks
    )
    off = optimism_of(page.analysis, COST, page.selection.point)
    assert off < 0
    gap = difference(page.analysis, COST, page.selection.point, other)
    assert gap is not None
    if is_cheapest:
        assert gap == plain
    else:
        assert gap.size == pytest.approx(size - off)


def test_hiding_the_current_model_does_not_change_whether_its_threshold_is_cheapest(tmp_path):
    alone = replace(ROWS, scores={NASTY[1]: ROWS.scores[NASTY[1]]}).pick(
        "cost_of_errors", Scenario()
    )
    assert alone is not None
    thresholds = ROWS.thresholds(NASTY[1])
    for hidden in ((), (NASTY[1],)):
        for at in (alone[1], thresholds[thresholds.index(alone[1]) - 9]):
            scenario = Scenario(today=Today(NASTY[1], at))
            analysis = built_table(tmp_path, ROWS, scenario, Choices(hidden=hidden)).analysis
            assert is_cheapest_of_its_model(analysis, analysis.current) == (at == alone[1])
    analysis = built_table(tmp_path, ROWS, Scenario(), Choices()).analysis
    assert not is_cheapest_of_its_model(analysis, analysis.current)


def test_a_difference_to_a_constant_is_as_uncertain_as_the_figure(tmp_path):
    """In every resample the pick catches all defects, and the current system none."""
    scores = np.linspace(0.331, 1.0, 50), np.linspace(0.0, 0.34, 150)
    labels = np.repeat([1, 0], [50, 150])
    page = built_table(
        tmp_path, Rows(labels, {"a": np.concatenate(scores)}), Scenario(), Choices(), resampled=True
    )
    o = OBJECTIVES["missed_defects_per_1000_defects"]
    assert page.selection.point.figures[o.id] == 0
    assert optimism_of(page.analysis, o, page.selection.point) < 0
    found = difference(page.analysis, o, page.selection.point, page.analysis.current)
    assert found is not None
    low, high = range_of(page.analysis, o, page.selection.point)
    assert low == 0 < high < 200
    assert (found.low, found.high) == (low - 1000, high - 1000)
    assert found.chance is Chance.CLEAR


@pytest.mark.parametrize("name", ["missed_defects", "recall", "share_flagged"])
def test_between_two_thresholds_of_a_model_a_difference_is_clear(tmp_path, name):
    """A single unit between them already shows which threshold flags more, whatever the optimism."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    o, chosen = OBJECTIVES[name], page.selection.point
    table = points_of_model(page.analysis.points, str(chosen.model))
    near = np.flatnonzero(table["threshold"] == chosen.threshold)[0] + np.array([-9, -1, 1, 9])
    gaps = [
        difference(page.analysis, o, chosen, OperatingPoint.from_points(table, k)) for k in near
    ]
    found = [gap for gap in gaps if gap is not None and gap.size]
    assert len(found) > 1
    for gap in found:
        assert gap.low > 0 if gap.size > 0 else gap.high < 0
        assert gap.low < gap.size < gap.high
        assert gap.chance is Chance.CLEAR
        assert gap.better == (gap.size < 0) if o.direction is Direction.MINIMISE else gap.size > 0


@pytest.mark.parametrize("rate", [None, 0.1])
@pytest.mark.parametrize("name", ["missed_defects", "recall", "false_alarms"])
def test_between_two_thresholds_of_a_model_lies_a_number_of_units(tmp_path, name, rate):
    """Their difference has the interval of this number; no stakeholder picks a point of the model."""
    page = built_table(tmp_path, ROWS, Scenario(defect_rate=rate), Choices(), resampled=True)
    analysis, o = page.analysis, OBJECTIVES[name]
    model = next(m for m in NASTY if m not in {p.model for p in choices_by_point(analysis)})
    table = points_of_model(analysis.points, model)
    low, high = (
        OperatingPoint.from_points(table, k) for k in (len(table) // 2, len(table) // 2 + 40)
    )
    found = difference(analysis, o, low, high)
    assert found is not None
    units = abs(low.fp - high.fp) if name == "false_alarms" else abs(low.fn - high.fn)
    goods, defects = analysis.evaluation.tally.rows
    rows = goods if name == "false_alarms" else defects
    rows = rows if rate or name == "recall" else goods + defects
    ends = wilson_interval(np.array([units]), rows)
    assert units > 0
    assert (abs(found.low), abs(found.high)) == pytest.approx(
        tuple(
            abs(found.size) * end.item() * rows / units
            for end in ((ends.low, ends.high) if found.size > 0 else (ends.high, ends.low))
        )
    )


def test_thresholds_that_miss_as_many_as_a_pick_have_its_intervals(tmp_path):
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    chosen, analysis = page.selection.point, page.analysis
    assert page.analysis.uncertainty is not None
    assert pick_like(page.analysis, chosen) is not None
    table = points_of_model(analysis.points, str(chosen.model))
    points = [OperatingPoint.from_points(table, k) for k in range(len(table))]
    alike = [p for p in points if p.fn == chosen.fn and not analysis.is_current(p)]
    assert len(alike) > 1
    for name in ("missed_defects", "recall"):
        ranges = {range_of(page.analysis, OBJECTIVES[name], p) for p in alike}
        assert len(ranges) == 1
        assert ranges != {interval(page.analysis, OBJECTIVES[name], chosen)}
    bounds = [Bound(OBJECTIVES["recall"], chosen.figures["recall"])]
    assert len({limits_missed(page.analysis, bounds, p) for p in alike}) == 1


def test_the_correction_of_a_pick_fades_along_its_model(tmp_path):
    """No threshold looks better than the best beside it, and the chart has the intervals of the cards."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    chosen, analysis = page.selection.point, page.analysis
    table = points_of_model(analysis.points, str(chosen.model))
    points = [OperatingPoint.from_points(table, k) for k in range(1, len(table) - 1)]
    at = [p.place for p in points].index(chosen.place)
    picks = {
        k
        for k, p in enumerate(points)
        if Point(str(p.model), p.threshold) in points_like_picks(analysis)
    }
    cost = [on_new_data(analysis, COST, p) for p in points]
    off = np.array([found.expected - found.value for found in cost if found is not None])
    assert len(off) == len(points)
    assert off[at] == off.max() > 30
    # The correction fades on both sides. At each step it changes by no more than the cost.
    values = np.array([p.figures[COST.id] for p in points])
    near = np.arange(at - 8, at + 15)
    assert (values + off)[near].min() == pytest.approx(values[at] + off[at])
    assert (values[near] > values[at]).sum() > 10
    away = max(abs(k - j) for k in (0, len(off) - 1) for j in picks)
    assert away > 100
    assert off[-1] < 0.3 * off[at]
    # A threshold above the pick does not miss fewer at either end of the interval.
    missed = [on_new_data(analysis, MISSED, p) for p in points]
    for name in ("expected", "low", "high"):
        ends = np.array([getattr(found, name) for found in missed])
        assert (ends[at:] >= ends[at] - 1e-9).all()
        assert (ends[:at] <= ends[at] + 1e-9).all()
    for stakeholder in analysis.choosing:
        band = ranges_of_curve(analysis, stakeholder.objective, str(chosen.model))
        assert band is not None
        for k in (0, 40, at - 1, at, at + 1, len(points) - 1):
            found = range_of(analysis, stakeholder.objective, points[k])
            assert (band.low[k + 1], band.high[k + 1]) == pytest.approx(found, nan_ok=True)


def test_a_difference_of_two_models_in_so_few_units_is_never_clear(tmp_path):
    """Fewer than six defects that only one of two models misses are no clear difference."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    analysis = page.analysis
    chances: set[tuple[bool, Chance]] = set()
    points = [
        OperatingPoint.from_points(analysis.points, k) for k in range(1, len(analysis.points), 9)
    ]
    defect = ROWS.labels == 1
    for one, other in itertools.combinations(points, 2):
        apart = ROWS.flagged(one.model, one.threshold) != ROWS.flagged(other.model, other.threshold)
        if one.model == other.model or one.fn == other.fn or one.extreme or other.extreme:
            continue
        is_few = (apart & defect).sum() < 6
        if is_few or not chances:
            gap = difference(analysis, MISSED, one, other)
            assert gap is not None
            chances.add((bool(is_few), gap.chance))
    assert (True, Chance.POSSIBLE) in chances
    assert (True, Chance.CLEAR) not in chances


def test_the_best_of_a_model_that_nobody_picks_pays_for_its_choice(tmp_path):
    """Its figure is expected to be worse by the optimism of the best of its own thresholds."""
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    analysis, picked = page.analysis, {p.model for p in choices_by_point(page.analysis)}
    assert analysis.uncertainty is not None
    unpicked = [model for model in analysis.models if model not in picked]
    for model in unpicked:
        rows = analysis.points_of(model)
        points = [OperatingPoint.from_points(rows, k) for k in range(len(rows))]
        point = min(points, key=lambda p: (p.figures[COST.id], p.fn))
        best = cheapest_of_model(analysis, model)
        assert best is not None
        assert best.point.place == point.place
        m = analysis.evaluation.tally.index(model)
        at = m, analysis.evaluation.curves[m].position(point.threshold)
        table = Choice(COST, models=(model,))
        optimism = mean_optimism(analysis.uncertainty.bootstrap, table, [COST], at=at)[COST.id]
        found = on_new_data(analysis, COST, point)
        assert found is not None
        assert optimism < 0
        assert found.expected == pytest.approx(found.value - optimism)
        # A limit equal to the figure in the file is missed in more than half of the samples.
        assert limits_missed(analysis, [Bound(COST, found.value)], point).share > 0.5
    assert unpicked


def test_two_points_have_one_difference_on_every_page(tmp_path):
    """The difference does not depend on the selected point, and is the same by cost and by revenue."""
    today = Scenario(today=Today(NASTY[3], 0.2))
    pages = [built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)]
    (tmp_path / "today").mkdir()
    pages.append(built_table(tmp_path / "today", ROWS, today, Choices(), resampled=True))
    for page in pages:
        analysis, chosen = page.analysis, page.selection.point
        picks = [s.pick for s in analysis.choosing if s.pick is not None]
        named = [point_of(analysis.points, pick.row) for pick in picks] + [analysis.current]
        other = OperatingPoint.from_points(analysis.points, 20)
        extreme = OperatingPoint.from_points(analysis.points, len(analysis.points) - 1)
        assert extreme.extreme
        pairs = [*((chosen, point) for point in (*named, other)), (analysis.current, extreme)]
        for o in (
            *(OBJECTIVES[name] for name in ("missed_defects", "revenue_impact", "false_alarms")),
            COST,
        ):
            for one, second in pairs:
                there, back = (
                    difference(analysis, o, *of) for of in ((one, second), (second, one))
                )
                assert there is not None
                assert back is not None
                assert (there.size, there.low, there.high) == pytest.approx(
                    (-back.size, -back.high, -back.low)
                )
        costs, gains = (
            difference(analysis, o, chosen, analysis.current)
            for o in (COST, OBJECTIVES["revenue_impact"])
        )
        assert costs is not None
        assert gains is not None
        assert (costs.size, costs.low, costs.high) == (-gains.size, -gains.high, -gains.low)
        assert costs.better == gains.better
        assert (gains.low, gains.high) == range_of(analysis, OBJECTIVES["revenue_impact"], chosen)
        # The table of models has the interval of the cards.
        executive = analysis.stakeholder("executive")
        [best] = [row.best[2] for row in rows_of(analysis) if row.model == chosen.model]
        assert executive.pick is not None
        assert best.ends == range_of(analysis, executive.objective, named[-2])
        missed, recall = (
            difference(analysis, OBJECTIVES[name], chosen, other)
            for name in ("missed_defects", "recall")
        )
        assert missed is not None
        assert recall is not None
        assert missed.better == recall.better

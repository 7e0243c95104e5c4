"""What Decide says besides cards and charts, held to a reckoning from the rows and from the resamples."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis import certified, optimism, resampled_figures
from dashboard.analysis.alternatives import (
    CheapestModel,
    cheapest_model,
    fair_exchange,
    fair_option,
    halving,
)
from dashboard.analysis.analysis import current_revenue, defect_rate_of, openings, point_of
from dashboard.analysis.answer import headline_objective
from dashboard.analysis.cards import best_shown
from dashboard.analysis.compromises import compromise_of
from dashboard.analysis.limits import target_risk
from dashboard.page import state
from dashboard.page.decision_to_record import decision_of
from dashboard.page.models import better_threshold_row, better_threshold_words
from dashboard.page.verdict_facts import verdict_of
from dashboard.session.choices import Choices, Point
from dashboard.words.alternatives import (
    cheapest_elsewhere_words,
    cheapest_model_words,
    cheapest_words,
    current_halved_words,
    exchange_limits_words,
    exchange_rows,
    fair_option_words,
    half_of_current_words,
    halved_figure,
    selected_is_cheapest_words,
)
from dashboard.words.answer import NO_REASON
from dashboard.words.cards import compared_title, details, false_alarms_chance, rank_words
from dashboard.words.certified import met_words, missed_words, short
from dashboard.words.limits import (
    IF_HELD_OUT,
    break_even_words,
    longest_status,
    obstacle_words,
    risk_expected_words,
    risk_rows,
    shortfall_words,
    target_words,
    uncertified_words,
)
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers import ends, figure, money, written_gap
from dashboard.words.phrases import in_100, of_100
from metrics import (
    OBJECTIVES,
    Bound,
    Direction,
    OperatingPoint,
    Payoff,
    Pick,
    Scenario,
    Today,
    guaranteed,
)
from metrics.inference import replicated_counts
from metrics.inference.comparison import Chance, compare_cheapest, paired_difference
from metrics.inference.guarantee import Standing
from metrics.inference.intervals import intervals
from metrics.selection.picks import Rule
from tests.dashboard.built import answer_of, built_table, card_of
from tests.dashboard.tables import NASTY, Rows, made

FOUR = made(rows=240)
PRICED = Scenario(miss_cost=5, payoff=Payoff(4.0, -1.5, -20.0, -2.5))
HERE = Point(NASTY[1], FOUR.thresholds(NASTY[1])[len(FOUR.thresholds(NASTY[1])) // 2])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    def build(choices=Choices(), scenario=PRICED, *, resampled=True):  # noqa: B008
        folder = tmp_path_factory.mktemp("decide")
        return built_table(folder, FOUR, scenario, choices, resampled=resampled)

    return build


def cheapest_of(page):
    """Why the page opens on a point, where limits change nothing."""
    return cheapest_words(page.points["model"].nunique())


def unknown(page):
    """The page before it is known how sure its figures are."""
    return page.analysed(shows_intervals=True, has_intervals=False)


def all_points(*objectives):
    return FOUR.points({*objectives}, PRICED)


@pytest.fixture(scope="module")
def page(built):
    return built(Choices(point=HERE))


def halved(page):
    """What halving the missed defects gives everybody."""
    exchange = halving(page.selection, page.stakeholder("product").objective).exchange
    assert exchange is not None
    return exchange


def test_the_first_line_says_what_to_expect_of_what_was_picked(built):
    page = built(Choices())
    o = headline_objective(page.analysis)
    on_new_data = optimism.on_new_data(page.selection, o, page.chosen)
    assert on_new_data is not None
    assert abs(on_new_data.expected - on_new_data.value) > 0.1
    said = answer_of(page, page.chosen, at_rest=True)
    assert said.expected == f"expect {figure(o, float(f'{on_new_data.expected:.3g}'), PRICED)}"
    assert said.interval == ends(o, on_new_data.value, on_new_data.low, on_new_data.high, PRICED)
    # Of what a hand passes by nothing is known, and nobody picked a point in between for its luck.
    assert answer_of(page, page.chosen).expected == ""
    beside = built(Choices(point=HERE))
    assert optimism.on_new_data(beside.selection, o, beside.chosen) is None
    assert answer_of(beside, beside.chosen, at_rest=True).expected == ""
    early = unknown(built(Choices(), resampled=False))
    answer = answer_of(early, early.chosen, at_rest=True)
    assert (answer.expected, answer.is_pending) == ("", True)
    for rows in ("held-out", "out-of-fold", "unknown", "training"):
        given = page.analysed(held_out=rows)
        answer = answer_of(given, given.chosen, at_rest=True)
        assert answer.expected == ("" if rows == "training" else said.expected)
        assert (IF_HELD_OUT in answer.expected_help) == (rows == "unknown")
        assert bool(answer.expected_help) == (rows != "training")


def test_false_alarms_are_clear_of_todays_where_their_paired_interval_leaves_out_none(built):
    scenario = replace(PRICED, today=Today(NASTY[2], 0.5))
    o, told = OBJECTIVES["false_alarms"], set()
    thresholds = FOUR.thresholds(NASTY[1])
    for at in (thresholds[3], thresholds[len(thresholds) // 2], thresholds[-3]):
        page = built(Choices(point=Point(NASTY[1], at)), scenario)
        drawn = page.uncertainty.bootstrap
        here, there = (
            drawn.values_at(o, str(p.model), p.threshold) for p in (page.chosen, page.today)
        )
        size = page.chosen.figures[o.id] - page.today.figures[o.id]
        # Nobody picked these: no luck is taken off.
        assert optimism.on_new_data(page.selection, o, page.chosen) is None
        gap = paired_difference(o, here, there, size, blocks=drawn.blocks)
        assert false_alarms_chance(page.selection) == gap.chance.value
        told.add(gap.chance)
        seen = page.analysed(held_out="training")
        assert false_alarms_chance(seen.selection) == ""
        assert false_alarms_chance(unknown(page).selection) == "checking"
        assert optimism.chance_against(seen.selection, o, seen.today) is Chance.UNKNOWN
    assert Chance.CLEAR in told


def test_halving_is_the_cheapest_point_with_at_most_half_the_misses(page):
    found = halved(page)
    missed = FOUR.counts(HERE.model, HERE.threshold)["fn"]
    assert found.point.fn <= missed / 2
    able = [
        p
        for p in FOUR.points({"missed_defects", "cost_of_errors", "share_flagged"}, PRICED)
        if p["missed_defects"] <= missed / 2 and p["share_flagged"] < 1
    ]
    least = min(p["cost_of_errors"] for p in able)
    assert found.point.figures["cost_of_errors"] == pytest.approx(least)
    assert found.limits == ()


def test_halving_says_how_many_alarms_a_miss_less_is_worth(built):
    page = built(Choices())
    found = halved(page)
    more, less = (
        size * (found.point.figures[name] - page.chosen.figures[name])
        for size, name in ((1, "false_alarms"), (-1, "missed_defects"))
    )
    assert more > 0
    each = f"{more / less:.3g} more for each miss avoided"
    cost = OBJECTIVES["cost_of_errors"]
    gap = resampled_figures.gap(page.selection, page.uncertainty, cost, found.point)
    assert gap is not None
    hedge = ", could be chance" if gap.chance is Chance.POSSIBLE else ""
    label = exchange_rows(page.selection, found)[-1].label
    assert label == f"{each}: not worth it at {PRICED.miss_cost:g}{hedge}"
    assert more / less > PRICED.miss_cost  # else the cheapest point would be another


def test_halving_says_what_each_of_the_others_gets_in_its_own_units(page):
    found, there = halving(page.selection, page.stakeholder("product").objective), halved(page)
    point, rows = there.point, exchange_rows(page.selection, there)
    titles = [row.title for row in rows]
    assert titles == [*(s.title for s in page.stakeholders), "False alarms"]
    assert rows[-1].label == "their cost is in the executive’s figure"  # fewer of them
    o = page.stakeholder("product").objective
    assert (
        halved_figure(found, PRICED) == f"the chosen {figure(o, page.chosen.figures[o.id], PRICED)}"
    )
    today = page.today.figures[o.id]
    drawn = optimism.samples_of(page.selection, o, page.chosen)
    stood = resampled_figures.replicates(page.analysis, page.uncertainty, o, page.today)
    assert drawn is not None
    sure = "clear" if np.mean(drawn > stood / 2) <= 0.025 else "could be chance"
    half = f"At most half of {figure(o, today, PRICED)} with no checks already, {sure}"
    already = current_halved_words(page.analysis, found)
    assert already == (half if page.chosen.figures[o.id] <= today / 2 else "")
    wanted = [*(s.objective for s in page.stakeholders), OBJECTIVES["false_alarms"]]
    for row, change, o in zip(rows, there.changes, wanted, strict=True):
        assert row.selected == figure(o, page.chosen.figures[o.id], PRICED)
        assert row.other == figure(o, point.figures[o.id], PRICED)
        size = written_gap(o, point.figures[o.id], page.chosen.figures[o.id], PRICED)
        assert row.size.split(",")[0] == size.words(noun=False)
        today = page.today.figures[o.id]
        then = f"{figure(o, today, PRICED)} with no checks"
        assert row.current == ("" if o.is_against_today or math.isnan(today) else then)
        known = page.uncertainty
        first, second = (
            resampled_figures.replicates(page.analysis, known, o, p) for p in (page.chosen, point)
        )
        same = page.chosen.figures[o.id] == point.figures[o.id]
        blocks = known.bootstrap.blocks
        gap = paired_difference(o, first, second, 0.0, blocks=blocks)
        assert change.chance is (Chance.UNKNOWN if same else gap.chance)


def limits_there(page):
    return exchange_limits_words(page.analysis, halved(page))


def test_halving_keeps_the_limits_where_that_can_be(built):
    """A limit that leaves room binds; one that leaves none is said to break."""
    free = halved(built(Choices(point=HERE)))
    flagged = free.point.figures["share_flagged"]
    page = built(Choices(point=HERE, limits=(("share_flagged", flagged * 0.999),)))
    found = halved(page)
    [limit] = found.limits
    assert limit.is_met == (found.point.figures["share_flagged"] <= flagged * 0.999)
    wide = built(Choices(point=HERE, limits=(("share_flagged", 1.0),)))
    asked = figure(OBJECTIVES["share_flagged"], 1.0, PRICED)
    assert limits_there(wide) == f"Share flagged at most {asked}: met, clear."
    page = built(Choices(point=HERE, limits=(("share_flagged", 0.001),)))
    share = figure(OBJECTIVES["share_flagged"], flagged, PRICED)
    asked = figure(OBJECTIVES["share_flagged"], 0.001, PRICED)
    assert limits_there(page) == (
        f"Share flagged: then {share}, not at most {asked}, missed in 100 of 100 resamples."
    )
    page = built(Choices(point=HERE, limits=(("revenue_impact_percent", 1e6),)))
    percent = OBJECTIVES["revenue_impact_percent"]
    earned = resampled_figures.replicates(
        page.analysis, page.uncertainty, OBJECTIVES["revenue"], page.today
    )
    gained = optimism.samples_of(page.selection, OBJECTIVES["revenue_impact"], free.point)
    assert gained is not None
    # A target that is beyond all is missed wherever today earns something; of a loss no less will do.
    often = of_100(float(np.mean((earned > 0) | (gained < 0))))
    left = figure(percent, free.point.figures[percent.id], PRICED)
    assert limits_there(page) == (
        f"Revenue is then {left}, below your {figure(percent, 1e6, PRICED, 0)} target, "
        f"missed in {often}."
    )


def test_half_of_what_is_missed_today_is_told_where_that_is_another_point(built):
    """Who asks for half of the misses may mean those of today."""
    wanted = {"missed_defects", "cost_of_errors", "share_flagged", "revenue_impact"}
    told = set()
    thresholds = FOUR.thresholds(NASTY[0])
    for k in (6, 12, 24, 40):
        at = FOUR.thresholds(NASTY[3])[k]
        scenario = replace(PRICED, miss_cost=0.2, today=Today(NASTY[3], at))
        point = Point(NASTY[0], thresholds[-4])
        page = built(Choices(point=point), scenario)
        missed = FOUR.counts(NASTY[3], at)["fn"]
        here = FOUR.counts(point.model, point.threshold)["fn"]
        found = halving(page.selection, page.stakeholder("product").objective)
        able = [
            p
            for p in FOUR.points(wanted, scenario)
            if p["missed_defects"] <= missed / 2 and p["share_flagged"] < 1
        ]
        best = min(able, key=lambda p: (p["cost_of_errors"], p["missed_defects"]))
        is_other = (
            found.exchange is None
            or best["missed_defects"] != found.exchange.point.figures["missed_defects"]
        )
        told.add(is_told := here > missed / 2 and is_other)
        of_current = half_of_current_words(page.analysis, page.names, found)
        assert bool(of_current) == is_told
        if is_told:
            o = OBJECTIVES["revenue_impact"]
            earned = figure(o, best["revenue_impact"], scenario)
            missed_today = figure(OBJECTIVES["missed_defects"], missed, scenario)
            assert of_current.startswith(f"Half of today’s {missed_today} in this file: ")
            assert of_current.endswith(f", {o.label} {earned}")
    assert told == {True, False}


def test_where_nothing_halves_it_there_is_no_point(built):
    lowest = FOUR.thresholds(NASTY[1])[0]
    page = built(Choices(point=Point(NASTY[1], lowest)))  # misses nothing
    assert page.chosen.fn == 0
    found = halving(page.selection, page.stakeholder("product").objective)
    assert found.exchange is None


def test_the_risk_is_the_share_of_resamples_that_miss_the_target(built):
    page = built(Choices(point=HERE))
    o = page.stakeholder("executive").objective
    now = page.chosen.figures["revenue_impact_percent"]
    page = built(Choices(point=HERE, limits=(("revenue_impact_percent", now),)))
    assert page.limits[0].objective.id == o.in_proportion
    found = target_risk(page.selection, page.stakeholder("executive"))
    assert found is not None
    gained, earned = (
        resampled_figures.replicates(page.analysis, page.uncertainty, OBJECTIVES[name], point)
        for name, point in (("revenue_impact", page.chosen), ("revenue", page.today))
    )
    # In some samples today earns nothing: in money the target is missed there all the same, or met.
    assert (earned <= 0).any()
    short = now / 100 * np.maximum(earned, 0) - gained
    assert found.share_missed == pytest.approx(np.mean(short > 0))
    assert 0.3 < found.share_missed < 0.7
    assert found.is_met
    # By how much, in the same samples.
    below = written_gap(OBJECTIVES["revenue_impact"], -short[short > 0].mean(), 0, PRICED)
    assert found.shortfall is not None
    assert shortfall_words(found.shortfall, PRICED) == below.measure
    expected = optimism.on_new_data(
        page.selection, percent := page.limits[0].objective, page.chosen
    )
    assert (risk_expected_words(found, PRICED) == "") == (expected is None)
    drawn = 100 * gained[earned > 0] / earned[earned > 0]
    ranged = optimism.range_of(page.selection, percent, page.chosen)
    assert (found.objective, found.figure) == (percent, now)
    assert (found.low, found.high) == ranged
    assert target_words(page.analysis, found).startswith("the target +")
    assert uncertified_words(found) == ""  # often missed is no news beside not certified
    rarely = float(np.quantile(drawn, 0.01))
    page = built(Choices(point=HERE, limits=(("revenue_impact_percent", rarely),)))
    found = target_risk(page.selection, page.stakeholder("executive"))
    assert found is not None
    assert 0 < found.share_missed < 0.05
    assert uncertified_words(found).startswith("Certified would be a stricter promise")


def test_the_risk_of_a_pick_allows_for_its_having_been_picked(built):
    o = OBJECTIVES["revenue_impact"]
    target = built(Choices()).chosen.figures[o.id] - 0.01
    page = built(Choices(limits=((o.id, target),)))
    at_pick = optimism.on_new_data(page.selection, o, page.chosen)
    assert at_pick is not None
    assert at_pick.expected < at_pick.value
    drawn = resampled_figures.replicates(page.analysis, page.uncertainty, o, page.chosen)
    optimistic_by = at_pick.value - at_pick.expected
    found = target_risk(page.selection, page.stakeholder("executive"))
    assert found is not None
    samples = at_pick.value + 2**0.5 * (drawn - at_pick.value) - optimistic_by / 2**0.5
    assert found.share_missed == pytest.approx(np.mean(samples < target))
    assert found.share_missed > np.mean(drawn < target)
    often = f"{in_100(1 - found.share_missed)} of 100"
    said = answer_of(page, page.chosen, at_rest=True)
    only = "only " if found.share_missed > 0.5 else ""
    assert said.limits.endswith(f": met in {only}{often}")
    assert said.is_doubtful == (found.share_missed > 0.5)


def test_a_higher_target_is_missed_no_less_often(built):
    """Also in per cent of what today earns, which a sample may turn into a loss."""
    page = built(Choices(point=HERE))
    percent, gain = (OBJECTIVES[name] for name in ("revenue_impact_percent", "revenue_impact"))
    earned = resampled_figures.replicates(
        page.analysis, page.uncertainty, OBJECTIVES["revenue"], page.today
    )
    assert 0 < np.mean(earned <= 0) < 0.5
    aims = (-1e6, -50.0, 0.0, 30.0, 100.0, 1e3, 1e6)
    for point in (page.chosen, page.today, built(Choices()).chosen):
        shares = [
            optimism.share_missed(page.selection, [Bound(percent, aim)], point) for aim in aims
        ]
        assert shares == sorted(shares)
        # No less than today is the same in money and in per cent.
        assert shares[2] == optimism.share_missed(page.selection, [Bound(gain, 0.0)], point)


def test_no_less_than_today_is_as_risky_on_the_card_as_in_the_line_of_limits(built):
    today = replace(PRICED, payoff=Payoff(3.0, -1.5, -20.0, -2.5), today=Today(NASTY[2], 0.9))
    point = Point(NASTY[3], FOUR.thresholds(NASTY[3])[30])
    for limits in ((), (("revenue_impact", 0.0),), (("revenue_impact_percent", 0.0),)):
        for wish in ("revenue_impact", "revenue_impact_percent"):
            objectives = ("log_loss", "missed_defects", wish)
            page = built(Choices(point=point, limits=limits, objectives=objectives), today)
            found = target_risk(page.selection, page.stakeholder("executive"))
            assert found is not None
            no_less = [Bound(OBJECTIVES["revenue_impact"], 0.0)]
            assert found.share_missed == optimism.share_missed(page.selection, no_less, page.chosen)
            assert 0 < found.share_missed < 1
            said = answer_of(page, page.chosen, at_rest=True).limits
            assert not limits or f"met in {in_100(1 - found.share_missed)} of 100" in said


def test_a_share_of_what_today_earns_allows_for_the_luck_of_the_pick(built):
    name = "revenue_impact_percent"
    free = built(Choices()).chosen
    target = free.figures[name] - 1
    page = built(Choices(limits=((name, target),)))
    assert page.chosen.place == free.place
    gain = OBJECTIVES["revenue_impact"]
    at_pick = optimism.on_new_data(page.selection, gain, page.chosen)
    assert at_pick is not None
    optimistic_by = at_pick.value - at_pick.expected
    assert optimistic_by > 0
    gained, earned = (
        resampled_figures.replicates(page.analysis, page.uncertainty, OBJECTIVES[of], point)
        for of, point in (("revenue_impact", page.chosen), ("revenue", page.today))
    )
    aim = target / 100 * np.maximum(earned, 0)
    found = optimism.share_missed(page.selection, page.limits, page.chosen)
    samples = at_pick.value + 2**0.5 * (gained - at_pick.value) - optimistic_by / 2**0.5
    assert found == pytest.approx(np.mean(samples < aim))
    assert np.mean(gained + optimistic_by < aim) < np.mean(gained < aim) < found < 1


@pytest.mark.parametrize("is_met", [True, False])
def test_the_risk_says_at_which_defect_rates_the_target_is_missed(built, is_met):
    """As the same threshold does where the scenario has such a rate."""
    gain = OBJECTIVES["revenue_impact_percent"]
    of = ("log_loss", "missed_defects", gain.id)
    target = built(Choices(point=HERE, objectives=of)).chosen.figures[gain.id] + (
        -2 if is_met else 2
    )

    def at(rate):
        there = replace(PRICED, defect_rate=rate)
        return built(Choices(point=HERE, objectives=of, limits=((gain.id, target),)), there)

    page = at(PRICED.defect_rate)
    found = target_risk(page.selection, page.stakeholder("executive"))
    assert found is not None
    assert found.break_even is not None
    said = re.fullmatch(r"(below|above) ([\d.]+)\s%", break_even_words(found.break_even))
    assert said is not None
    assert found.break_even.assumed == defect_rate_of(page.analysis)
    rate = float(said[2]) / 100
    assert (said[1] == "below") == ((rate < defect_rate_of(page.analysis)) == is_met)
    inside, outside = (1.002, 0.99) if said[1] == "below" else (0.998, 1.01)
    for there, keeps in ((rate * inside, True), (rate * outside, False)):
        assert (at(there).chosen.figures[gain.id] >= target) == keeps


def test_the_risk_is_told_a_row_each(built):
    gain = OBJECTIVES["revenue_impact_percent"]
    scenario = replace(PRICED, today=Today(NASTY[2], 0.9))
    now = built(Choices(point=HERE), scenario).chosen.figures[gain.id]
    page = built(Choices(point=HERE, limits=((gain.id, now - 1e-6),)), scenario)
    executive = page.stakeholder("executive")
    found = target_risk(page.selection, executive)
    assert found is not None
    assert 0.025 < found.share_missed < 0.975
    met, short, on_new_data, rate = risk_rows(page.analysis, found)
    assert met.name == f"Meets {target_words(page.analysis, found)}"
    assert met.about == "these units drawn again"
    assert met.value == of_100(1 - found.share_missed)
    assert found.shortfall is not None
    missed_by = shortfall_words(found.shortfall, scenario)
    assert (short.name, short.value) == ("Where it is missed, short by", missed_by)
    between = ends(gain, found.figure, found.low, found.high, scenario)
    assert between in f"{on_new_data.value}, {on_new_data.note}"
    assert found.break_even is not None
    assert rate.value == break_even_words(found.break_even)
    words, better = better_threshold_words(page), better_threshold_row(page)
    assert words is not None
    assert better is not None
    assert better.about == f"{words.place} {words.now}"
    assert (better.value, better.note) == (words.gain, f"{words.missed}, {words.share}")
    # What is hardly ever missed is not said to be missed by anything.
    safe = built(Choices(point=HERE, limits=((gain.id, now - 1e4),)), scenario)
    found = target_risk(safe.selection, executive)
    assert found is not None
    assert found.share_missed < 0.025
    assert not any("short" in row.name for row in risk_rows(safe.analysis, found))


def test_without_a_target_the_risk_is_to_do_worse_than_today(built):
    page = built(Choices(point=HERE, objectives=("recall", "missed_defects", "false_alarms")))
    for name in ("data", "executive"):
        stakeholder = page.stakeholder(name)
        o = stakeholder.objective
        here, today = (
            resampled_figures.replicates(page.analysis, page.uncertainty, o, p)
            for p in (page.chosen, page.today)
        )
        found = target_risk(page.selection, stakeholder)
        assert found is not None
        worse = here > today if o.direction is Direction.MINIMISE else here < today
        assert found.share_missed == pytest.approx(np.mean(worse))
    assert target_risk(built(resampled=False).selection, page.stakeholder("executive")) is None


@pytest.mark.parametrize("limits", [(), (("revenue_impact", 0.0),)])
def test_what_is_chosen_is_never_worse_than_today_where_it_is_today(built, limits):
    """Also where it was picked for being the best, and where today's threshold lies between two scores."""
    cheapest = built(resampled=False).chosen
    values = np.array(FOUR.thresholds(str(cheapest.model)))
    before = values[np.searchsorted(values, cheapest.threshold) - 1]
    for at in (cheapest.threshold, (before + cheapest.threshold) / 2):
        today = replace(PRICED, today=Today(str(cheapest.model), at))
        page = built(Choices(limits=limits), today)
        assert page.chosen.place == cheapest.place
        assert page.is_todays(page.chosen)
        assert optimism.choice_of_chosen(page.selection) is not None
        o = OBJECTIVES["revenue_impact"]
        assert optimism.optimism_of(page.selection, o, page.chosen) == 0
        assert resampled_figures.replicates(
            page.analysis, page.uncertainty, o, page.chosen
        ) == pytest.approx(0)
        assert np.isnan(
            resampled_figures.interval(page.selection, page.uncertainty, o, page.chosen)
        ).all()
        for stakeholder in page.stakeholders:
            found = target_risk(page.selection, stakeholder)
            assert found is None or found.share_missed == 0
        said = answer_of(page, page.chosen, at_rest=True).limits
        assert said == (
            "No less revenue than today: met, clear if no model saw these rows" if limits else ""
        )
    away = built(Choices(point=HERE), replace(PRICED, today=Today(NASTY[0], 0.5)))
    assert not away.is_todays(away.chosen)


def test_what_may_be_chance_follows_from_how_the_point_was_picked_not_from_who_asks_first(built):
    """A compromise by weights is the pick of one reader, and the same point another's own."""
    scores = FOUR.thresholds(NASTY[0])
    today = replace(PRICED, today=Today(NASTY[0], scores[len(scores) // 2]))
    fair = compromise_of(built(scenario=today).analysis).point
    assert fair is not None
    point = Point(str(fair.model), fair.threshold)
    first, second = (
        built(Choices(point=point, weights=weights), today)
        for weights in ((1.0, 1.0, 1.0), (1.0, 1.0, 5.0))
    )
    for page in (first, second):
        found = optimism.within_chance(page.selection)
        for name in ("false_alarms", "log_loss", "revenue_impact"):
            chance = optimism.chance_against(page.selection, OBJECTIVES[name], page.today)
            assert (name in found) == (chance is Chance.POSSIBLE)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 of 100 resamples"),
        (0.004, "fewer than 1 of 100 resamples"),
        (0.24, "24 of 100 resamples"),
        (0.999, "more than 99 of 100 resamples"),
    ],
)
def test_a_share_of_samples_is_never_written_as_none_or_all(share, said):
    assert of_100(share) == said


def test_limits_bind_every_pick_and_the_compromise(built):
    limit = ("share_flagged", 0.2)
    page = built(Choices(limits=(limit,)))
    free = built()
    assert any(
        s.pick.row != f.pick.row for s, f in zip(page.stakeholders, free.stakeholders, strict=True)
    )
    for stakeholder in page.stakeholders:
        flagged = page.points.loc[stakeholder.pick.row, "share_flagged"]
        assert flagged <= 0.2
    compromise = compromise_of(page.analysis).point
    assert compromise is not None
    assert compromise.figures["share_flagged"] <= 0.2
    assert page.chosen.figures["share_flagged"] <= 0.2


@pytest.mark.parametrize(
    "limits", [(), (("recall", 0.9), ("share_flagged", 0.6)), (("recall", 2.0),)]
)
def test_a_model_chosen_by_its_name_is_shown_at_its_cheapest_threshold_within_the_limits(
    built, limits
):
    page = built(Choices(limits=limits), resampled=False)
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
        own, free = ([p for p in among if p["model"] == model] for among in (within, able))
        bound += 0 < len(own) < len(free)
        best = min(own or free, key=lambda p: (p["cost_of_errors"], p["fn"], p["threshold"]))
        assert threshold == best["threshold"]
    assert found[str(page.chosen.model)] == page.chosen.threshold
    assert bound or len(limits) != 2


@pytest.mark.parametrize("limits", [(), (("recall", 0.9),)])
def test_a_model_chosen_by_its_name_has_the_interval_of_its_own_point(
    tmp_path, monkeypatch, limits
):
    """Between the points that are resampled, where a curve is steep, it would be of another."""
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
    known = page.uncertainty
    assert known is not None
    for model, threshold in openings(page.analysis).items():
        m = page.evaluation.tally.index(model)
        curve = page.evaluation.curves[m]
        for o in known.objectives:
            if o.of_model:
                continue
            own = intervals(known.bootstrap, o, m, np.array([curve.position(threshold)]))
            shown = page.range_of(o.id, model, threshold)
            assert shown == pytest.approx((own.low.item(), own.high.item()))


def test_the_best_of_a_ranking_says_that_it_is_the_best_that_keeps_the_limits(built):
    """Who reads a log loss must not take the best within the limits for the lowest."""
    losses = {m: FOUR.value("log_loss", m, 0.5, PRICED) for m in FOUR.models}
    lowest = min(losses, key=lambda m: losses[m])
    least = max(
        p["recall"]
        for p in FOUR.points({"recall", "share_flagged"}, PRICED)
        if p["model"] != lowest and p["share_flagged"] < 0.5
    )
    page = built(Choices(limits=(("share_flagged", 0.5), ("recall", least))))
    said = figure(page.stakeholder("data").objective, losses[lowest], PRICED)
    own = page.stakeholder("data").pick
    assert own is not None
    assert own.model != lowest
    kept = figure(page.stakeholder("data").objective, losses[own.model], PRICED)
    first_rows = page.points.reset_index().groupby("model")["index"].first()
    # Of a ranking the first of all models stands on the card, though it misses the limits.
    words_of = [
        card_of(page, page.stakeholder("data"), point_of(page.points, first_rows[model])).best
        for model in (own.model, lowest)
    ]
    opening = page.points[page.points["model"] == lowest]
    opened = point_of(
        page.points,
        int(opening.index[(opening["threshold"] == openings(page.analysis)[lowest]).to_numpy()][0]),
    )
    share = optimism.share_missed(page.selection, page.limits, opened)
    often = f"limits met in {in_100(1 - share)} of 100"
    how = often if share < 0.975 else "misses the limits"
    assert words_of == [f"best {said}, {how}", f"is best, {how}"]
    in_full = details(page.selection, page.names, page.stakeholder("data"), page.chosen)[-1]
    assert in_full.startswith(
        f"Best of all models: {said} by {lowest}, which misses the limits in this file; "
        "of those that meet them: "
    )
    # No threshold is the data scientist's wish, in no record nor report.
    assert in_full.endswith(f"{kept} by {own.model}.")
    decision = decision_of(page, {})
    record = decision.stakeholders[0]
    assert record.pick is not None
    assert record.pick.threshold == own.threshold
    assert record.pick.words == (
        f"{own.model}; best of all: {said} by {lowest}, which misses the limits in this file"
    )
    place = rank_words(page.analysis, page.stakeholder("data").objective)[str(page.chosen.model)]
    assert record.cost.endswith(f", {place} models")
    [shown] = [choice.words for choice in decision.choices if "data scientist" in choice.name]
    assert shown == own.model


def test_the_best_on_target_is_called_so_beside_every_figure(built):
    percent = "revenue_impact_percent"
    page = built(Choices(limits=((percent, float(built().points[percent].max())),)))
    product = page.stakeholder("product")
    free = built().stakeholder("product").pick
    assert free is not None
    assert product.pick is not None
    assert free.value < product.pick.value
    best = figure(product.objective, product.pick.value, PRICED)
    off = point_of(page.points, free.row)
    # At the edge of what keeps it: in every second sample it is missed.
    share = optimism.share_missed(
        page.selection, page.limits, point_of(page.points, product.pick.row)
    )
    assert 0.025 < share < 0.975
    often = f"met in {in_100(1 - share)} of 100"
    assert card_of(page, product, off).best == f"best on target {best}, {often}"
    unasked = page.analysed(shows_intervals=False, has_intervals=False)
    assert card_of(unasked, product, off).best == f"best on target {best}"
    seen = page.analysed(held_out="training")
    assert card_of(seen, product, off).best == f"best on target {best}"
    assert card_of(unknown(page), product, off).best == f"best on target {best}"
    beside = built(Choices(limits=page.choices.limits, compare="product"))
    assert compared_title(beside.selection) == "best for the product manager on target"
    assert (
        compared_title(built(Choices(compare="product")).selection)
        == "best for the product manager"
    )
    assert card_of(page, product, point_of(page.points, product.pick.row)).best == (
        f"is best on target, {often}"
    )
    worse = page.points["missed_defects"].to_numpy().argmax()
    assert (
        card_of(page, product, point_of(page.points, int(worse))).best
        == f"best on target {best}, {often}"
    )
    target = figure(OBJECTIVES[percent], page.limits[0].value, PRICED)
    assert details(page.selection, page.names, product, page.chosen)[-1] == (
        f"Best for this role on target {target} in this file: {best} by "
        f"{page.words(product.pick.model, product.pick.threshold)}."
    )
    record = decision_of(page, {}).stakeholders[1]
    assert record.wish == f"fewest missed defects on target {target} in this file"
    assert record.cost.endswith("the best on target")
    assert card_of(built(), built().stakeholder("product"), off).best == "is best"


def test_what_no_choice_can_keep_is_said_outright(built):
    page = built(Choices(limits=(("recall", 2.0),)))
    most = max(
        p["recall"]
        for p in FOUR.points({"recall", "share_flagged"}, PRICED)
        if p["share_flagged"] < 1
    )
    said = answer_of(page, page.chosen)
    assert said.obstacle == (
        f"No choice keeps the limit: the most is {figure(OBJECTIVES['recall'], most, PRICED)}."
    )
    assert said.reason == f"{cheapest_of(page)}."  # why the page opens there
    assert all(s.pick is None for s in page.stakeholders)
    for s in page.stakeholders:  # what could be had stays in sight
        free = built().stakeholder(s.name).pick
        best = best_shown(page.analysis, s)
        assert best is not None
        assert free is not None
        assert (best.model, best.value) == (free.model, free.value)
        assert card_of(page, s, page.chosen).best.endswith(", misses the limit")
    percent = "revenue_impact_percent"
    beyond = float(page.points[percent].max()) + 5
    target = built(Choices(limits=((percent, beyond),)))
    reached = figure(OBJECTIVES[percent], float(page.points[percent].max()), PRICED)
    assert answer_of(target, target.chosen).obstacle.endswith(f": the most is {reached}.")
    # Today's own point is the best that so few alarms allow.
    cheapest = FOUR.pick("cost_of_errors", PRICED)
    assert cheapest is not None
    today = replace(PRICED, today=None)
    least = min(p["cost_of_errors"] for p in all_points("cost_of_errors"))
    assert least < FOUR.value("cost_of_errors", None, math.inf, today)
    assert obstacle_words(built(Choices(limits=(("recall", 0.1),))).analysis) == ""
    dear = built(Choices(limits=(("recall", 0.95),)), replace(PRICED, miss_cost=1e-6))
    assert (
        obstacle_words(dear.analysis)
        == "Nothing that keeps the limit has cheaper errors than today."
    )


def test_a_limit_is_certified_met_here_or_missed(built):
    share = FOUR.value("share_flagged", HERE.model, HERE.threshold, PRICED)
    for value, said, broken in (
        (1.0, "certified at 95\u00a0% if no model saw these rows", False),
        (share + 1e-6, "met in {}{} of 100", False),
        (share - 1e-6, "missed in {}{} of 100", True),
        (0.0001, "missed, clear", True),
    ):
        page = built(Choices(point=HERE, limits=(("share_flagged", value),)))
        answer = answer_of(page, page.chosen, at_rest=True)
        drawn = optimism.samples_of(page.selection, OBJECTIVES["share_flagged"], page.chosen)
        assert drawn is not None
        often = np.mean(drawn > value)
        as_here = often if broken else 1 - often
        words = said.format("only " if as_here < 0.5 else "", round(100 * as_here))
        assert answer.limits.endswith(f": {words}"), value
        assert answer.is_doubtful == (not broken and often > 0.5)
        assert answer.is_broken == broken
        is_counted = " of 100" in words
        assert answer.limits_help.startswith("In so many of 100 resamples, these") == is_counted
        assert bool(answer.limits_help) == (is_counted or not broken)
    early = unknown(built(Choices(point=HERE, limits=(("share_flagged", 1.0),)), resampled=False))
    answer = answer_of(early, early.chosen, at_rest=True)
    assert (answer.limits, answer.interval, answer.is_pending) == ("", "", True)
    both = built(Choices(point=HERE, limits=(("share_flagged", 1.0), ("recall", 0.01))))
    said = answer_of(both, both.chosen, at_rest=True).limits
    assert said == "Both limits certified at 95\u00a0% if no model saw these rows"
    moving = answer_of(both, both.chosen)
    assert (moving.limits, moving.limits_help) == ("Both limits met", "")
    # On rows that the models saw nothing is met for certain.
    seen = both.analysed(held_out="training")
    flattered = answer_of(seen, seen.chosen, at_rest=True)
    assert flattered.limits == "Both limits met, but models saw these rows"
    assert flattered.is_doubtful
    assert answer_of(seen, seen.chosen).limits == "Both limits met"
    # What cannot be certified is said to be met as other figures are.
    of_model = built(Choices(point=HERE, limits=(("roc_auc", 0.1),)))
    assert answer_of(of_model, of_model.chosen, at_rest=True).limits.endswith(
        ": met, clear if no model saw these rows"
    )
    told = built(Choices(point=HERE, limits=(("roc_auc", 0.1),), rows="held-out"))
    assert answer_of(told, told.chosen, at_rest=True).limits.endswith(": met, clear")


def test_the_verdict_says_of_a_pick_how_often_it_misses_as_where_it_is_chosen(built):
    """Not certified: by little the executive's pick keeps the limit in the file."""
    name = "share_flagged"
    picked = built(Choices()).stakeholder("executive").pick
    assert picked is not None
    limits = ((name, FOUR.value(name, picked.model, picked.threshold, PRICED) + 0.005),)
    page = built(Choices(limits=limits, point=Point(picked.model, picked.threshold)))
    again = page.stakeholder("executive").pick
    assert again is not None
    assert (again.model, again.threshold) == page.chosen.place[:2]
    share = optimism.share_missed(page.selection, page.limits, page.chosen)
    assert 0.01 < share < 0.45
    elsewhere = built(Choices(limits=limits))
    [said] = [s.text for s in verdict_of(elsewhere).details if s.about == "limits"]
    assert f" in {round(100 * share)} of 100 resamples" in said
    # Nor does it matter from which page it is asked.
    asked = page.select(page.today)
    assert optimism.share_missed(asked.selection, page.limits, page.chosen) == share


def test_what_is_certified_is_so_after_choosing_among_the_hidden_models_too(built):
    """The points that are shown are those of all models that are certified, without the hidden ones."""
    limits = (("recall", 0.2),)
    every, some = (
        built(Choices(limits=limits, hidden=hidden)) for hidden in ((), (FOUR.models[0],))
    )
    kept, fewer = (
        certified.certified_points(every.analysis),
        certified.certified_points(some.analysis),
    )
    names = every.points["model"].to_numpy()
    assert kept is not None
    assert fewer is not None
    shown = names != FOUR.models[0]
    assert fewer.tolist() == kept[shown].tolist()
    assert 0 < kept[shown].sum() < shown.sum()
    twin = guaranteed(every.evaluation, ["recall >= 0.2"])
    wanted = set(zip(twin["model"], twin["threshold"], strict=True))
    points = zip(names[kept], every.points["threshold"][kept], strict=True)
    assert {(str(model), at) for model, at in points} == wanted
    for page in (every, some):
        own = page.points.iloc[-1]
        at = point_of(page.points, int(own.name))
        assert certified.position(page.analysis, at) == len(names) - 1


def test_no_standing_is_longer_than_the_room_that_is_kept_for_it():
    found = longest_status()
    shares = np.linspace(0, 1, 1001)
    every = {words(s, is_brief=True) for words in (met_words, missed_words) for s in shares}
    every |= {met_words(0.0, IF_HELD_OUT), f"{short(Standing.CERTIFIED, 0.95)}{IF_HELD_OUT}"}
    assert max(map(len, every)) == len(found)


def test_where_too_few_defects_were_inspected_it_says_how_many_would_do(built):
    """Four models: no recall of 99 % is certified with fewer defects than log(0.05 / 4) / log(0.99)."""
    page = built(Choices(limits=(("recall", 0.99),), point=Point(FOUR.models[0], -math.inf)))
    needed = math.ceil(math.log(0.05 / len(FOUR.models)) / math.log(0.99))
    said = answer_of(page, page.chosen, at_rest=True)
    assert said.limits.endswith(": met, clear if no model saw these rows")
    assert said.limits_help.startswith("Drawn again, these units hardly ever miss it. Certified")
    assert said.limits_help.endswith(
        f" It takes {needed} defects without a miss with {len(FOUR.models)} models to choose from; "
        f"the file has {int(FOUR.labels.sum())}."
    )


def test_the_fair_option_says_what_it_changes_and_how_sure_that_is(built, page):
    point = compromise_of(page.analysis).point
    assert point is not None
    fair = fair_option(page.selection)
    assert fair is not None
    assert fair.point == point
    assert not fair.is_selected
    elsewhere = Point(NASTY[0], FOUR.thresholds(NASTY[0])[3])
    other = built(Choices(point=elsewhere))
    assert elsewhere.model != point.model
    there = fair_option(other.selection)
    assert there is not None
    data, product, executive = (s.objective for s in page.stakeholders)

    def changed(o, at):
        gap = written_gap(o, point.figures[o.id], at.chosen.figures[o.id], PRICED)
        if o is data:
            return f"log loss {gap.measure} {'higher' if gap.is_more else 'lower'}"
        if o is product:
            return gap.words(one=True)
        earned = point.figures[o.id] - at.chosen.figures[o.id]
        more = "more" if earned > 0 else "less"
        return f"{money(abs(earned), PRICED.currency)} {more} revenue"

    # Another model has another log loss, and who wants that low pays or gains by it.
    for at, found, model, of in (
        (other, there, other.label(str(point.model)), (data, product, executive)),
        (page, fair, "", (product, executive)),
    ):
        told = fair_option_words(at.selection, at.names, found)
        assert told.model == model
        assert told.threshold == threshold_of(page.figures, str(point.model), point.threshold)
        exchange = fair_exchange(at.selection, found)
        gains: list[str] = []
        losses: list[str] = []
        for o in of:
            # As the card says once the fair option is chosen.
            tried = built(Choices(point=Point(str(point.model), point.threshold)))
            apart = optimism.gap_against(tried.selection, o, at.chosen)
            assert apart is not None
            is_better = o.direction.loss(np.array(apart.size)) < 0
            (gains if is_better else losses).append(f"{changed(o, at)} ({apart.chance.value})")
            [change] = [one for one in exchange.changes if one.objective is o]
            assert change.chance is apart.chance
            assert change.other == point.figures[o.id]
        assert list(told.gains) == gains
        assert gains
        alarms = point.figures["false_alarms"] - at.chosen.figures["false_alarms"]
        assert list(told.losses) == losses
        assert ("more false alarm" in told.alarms) == (alarms > 0)


def test_the_cheapest_model_is_compared_with_the_next(built, page):
    found = compare_cheapest(page.points, page.uncertainty.bootstrap)
    cheapest = cheapest_model(page.analysis)
    assert found is not None
    assert cheapest is not None
    assert (cheapest.pick, cheapest.next) == (found.best, found.rival.model)
    assert (cheapest.chance is Chance.CLEAR) == found.is_clear
    assert cheapest.tied == found.tied
    assert cheapest_model(unknown(page).analysis) is None
    assert cheapest_model(page.analysed(held_out="training").analysis) is None


def test_without_prices_the_headline_is_not_money(built):
    page = built(scenario=Scenario(), resampled=False)
    assert headline_objective(page.analysis).id == "missed_defects"
    assert headline_objective(built(resampled=False).analysis).id == "revenue_impact_percent"


def test_a_point_that_flags_nothing_says_so(built):
    page = built(Choices(point=Point(NASTY[0], math.inf)), resampled=False)
    assert isinstance(page, state.PageState)
    said = answer_of(page, page.chosen)
    assert said.effect == "Stops no unit and catches no defect."
    assert said.point == f"{NASTY[0]}, flag nothing"


@pytest.mark.parametrize(
    ("tied", "chance", "said"),
    [
        ((), Chance.CLEAR, ("Lowest error cost of 3 models: a,", "clear")),
        (
            (),
            Chance.POSSIBLE,
            ("Lowest error cost of 3 models: a,", "could be chance"),
        ),
        (("b", "c"), Chance.POSSIBLE, ("Lowest error cost of 3 models: a, b and c", "tie")),
    ],
)
def test_the_strip_says_what_costs_least_and_how_sure_that_is(tied, chance, said):
    here = Pick(0, "a", 0.5, 3.0, Rule.LEAST_COST)
    gap, own = CheapestModel(here, "b", tied, chance), Names()
    about = "Cheapest model: a, b and c" if tied else "a is cheaper than the next, b:"
    assert cheapest_model_words(own, gap) == (about, said[1])
    for model, at in (("a", 0.4), ("b", 0.5)):  # also of a model that does better elsewhere
        assert not gap.is_at(OperatingPoint(model, at, 0, 0, 0, 0, {}))
    assert cheapest_elsewhere_words(own, gap, "Lowest error cost of 3 models") == said
    aside = cheapest_elsewhere_words(own, gap, "Lowest error cost of 3 models", "target aside")
    assert aside == (said[0].replace("Lowest", "Target aside, lowest"), said[1])
    assert not gap.is_at(OperatingPoint("a", 0.5, 0, 0, 0, 0, {}, lower=0.2))
    assert gap.is_at(OperatingPoint("a", 0.5, 0, 0, 0, 0, {}))
    assert selected_is_cheapest_words(own, gap) == (("with b and c:" if tied else ""), said[1])
    assert "Vendor a" in cheapest_model_words(Names({"a": "Vendor a"}), gap)[0]


def test_the_cheapest_says_of_how_many_models_it_is():
    assert cheapest_words(11) == "Lowest error cost of 11 models"
    assert cheapest_words(1) == "Lowest error cost"


def test_the_answer_says_before_which_model_the_cheapest_is_and_how_sure_that_is(built):
    page = built()
    found = compare_cheapest(page.points, page.uncertainty.bootstrap)
    assert found is not None
    assert page.chosen.place[:2] == (found.best.model, found.best.threshold)
    said = answer_of(page, page.chosen, at_rest=True)
    chance = Chance.CLEAR if found.is_clear else Chance.POSSIBLE
    assert (said.reason, said.lead, said.lead_chance, said.rival) == (
        f"{cheapest_of(page)}:", "", chance.value, page.label(found.rival.model),
    )  # fmt: skip
    moving = answer_of(page, page.chosen)
    assert (moving.reason, moving.lead, moving.lead_chance) == (
        f"{cheapest_of(page)}.",
        "",
        "",
    )
    before = page.analysed(shows_intervals=True, has_intervals=False)
    open_yet = answer_of(before, before.chosen, at_rest=True)
    assert (open_yet.reason, open_yet.lead, open_yet.lead_chance) == (
        f"{cheapest_of(page)}:", "", "checking",
    )  # fmt: skip
    unasked = page.analysed(shows_intervals=False, has_intervals=False)
    seen = page.analysed(held_out="training")
    assert answer_of(seen, seen.chosen, at_rest=True).lead_chance == ""
    alone = answer_of(unasked, unasked.chosen, at_rest=True)
    assert (alone.reason, alone.lead_chance) == (f"{cheapest_of(page)}.", "")


def test_the_answer_says_for_what_reason_one_would_choose_the_point(built):
    page = built(resampled=False)
    assert answer_of(page, page.chosen).reason == f"{cheapest_of(page)}."
    percent = "revenue_impact_percent"
    loose = built(Choices(limits=((percent, page.chosen.figures[percent] - 1),)), resampled=False)
    assert answer_of(loose, loose.chosen).reason == f"{cheapest_of(page)}."
    limits = ((percent, float(page.points[percent].max())),)
    cheap = built(Choices(miss_cost=0.1), resampled=False)
    assert limits[0][1] > cheap.chosen.figures[percent]
    page = built(Choices(miss_cost=0.1, limits=limits), resampled=False)
    target = figure(OBJECTIVES[percent], limits[0][1], PRICED)
    assert answer_of(page, page.chosen).reason == f"{cheapest_words()} reaching {target}."
    both = Choices(miss_cost=0.1, limits=(*limits, ("share_flagged", 0.9)))
    page = built(both, resampled=False)
    kept = f"{cheapest_words()} that keeps both limits."
    assert answer_of(page, page.chosen).reason == kept
    for stakeholder in page.stakeholders[1:]:
        own = stakeholder.pick
        at = built(
            Choices(point=Point(own.model, own.threshold), limits=page.choices.limits),
            resampled=False,
        )
        assert answer_of(at, at.chosen).reason in (
            f"Best for the {stakeholder.title.lower()}.",
            f"{cheapest_of(at)}.",
            "Best for the product manager.",
        )
    assert answer_of(built(Choices(point=HERE), resampled=False), page.chosen).reason != ""
    between = replace(PRICED, today=Today(HERE.model, math.nextafter(HERE.threshold, -1)))
    at_today = built(Choices(point=HERE), between, resampled=False)
    assert answer_of(at_today, at_today.chosen).reason == "Today’s system."
    odd = built(Choices(point=HERE), resampled=False)
    assert answer_of(odd, odd.chosen).reason == f"{NO_REASON}."


def test_where_today_loses_money_the_answer_says_what_is_earned_and_the_card_why_no_target(built):
    losing = replace(PRICED, payoff=Payoff(1.0, -0.1, -1e4, -1.0))
    page = built(scenario=losing, resampled=False)
    assert "revenue_impact_percent" not in page.objectives
    here, change = (page.chosen.figures[name] for name in ("revenue", "revenue_impact"))
    earned = current_revenue(page.analysis)
    assert earned < 0
    assert here == pytest.approx(earned + change)
    said = answer_of(page, page.chosen)
    now = money(earned, "EUR")
    told = figure(OBJECTIVES["revenue"], here, losing)
    assert said.headline == f"Revenue from {now} with no checks to {told}"
    executive = page.stakeholder("executive")
    card = card_of(page, executive, page.chosen)
    assert card.note.replace("\N{NO-BREAK SPACE}", " ") == "+30 % of what?"  # nobody has said it
    none = built(Choices(today="none"), scenario=losing, resampled=False)
    card = card_of(none, none.stakeholder("executive"), none.chosen)
    assert card.note.replace("\N{NO-BREAK SPACE}", " ") == "+30 % of a loss means nothing"
    assert card_of(built(resampled=False), executive, page.chosen).note == ""
    assert card_of(page, page.stakeholder("product"), page.chosen).note == ""


def test_without_todays_system_the_page_says_what_it_is_set_against(built):
    page = built(resampled=False)
    assert page.scenario.today is None
    assert answer_of(page, page.chosen).headline.startswith("Revenue against no checks ")
    entered = built(scenario=replace(PRICED, today=Today(HERE.model, HERE.threshold)))
    assert answer_of(entered, entered.chosen).headline.startswith("Revenue ")
    assert "against no checks" not in answer_of(entered, entered.chosen).headline


def worse(page):
    fair = fair_option(page.selection)
    assert fair is not None
    return fair_option_words(page.selection, page.names, fair).worse


def test_the_fair_option_says_what_it_does_worse_than_today(built):
    """Today catches nearly all: whoever stops fewer units misses more."""
    lowest = FOUR.thresholds(HERE.model)[2]
    scenario = replace(PRICED, today=Today(HERE.model, lowest))
    page = built(Choices(limits=(("share_flagged", 0.15),)), scenario)
    fair = fair_option(page.selection)
    assert fair is not None
    o = OBJECTIVES["missed_defects"]
    more = fair.point.figures[o.id] - page.today.figures[o.id]
    assert more > 0
    assert f"{more:.0f} more missed defects than today" in worse(page)
    assert worse(built()) == ()

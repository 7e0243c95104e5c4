"""Tests of alternatives to the selected point against all points of the rows and their resamples."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dashboard.analysis import optimism, resampled_figures
from dashboard.analysis.decide.alternatives import (
    CheapestModel,
    cheapest_model,
    fair_option,
    halving,
)
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.models.gaps import gaps_of, judged_by
from dashboard.session.choices import Choices, Point
from dashboard.words.certified import certainty_words
from dashboard.words.decide.alternatives import (
    change_words,
    cheapest_elsewhere_words,
    cheapest_model_words,
    cheapest_words,
    exchange_limits_words,
    exchange_rows,
    fair_option_words,
    half_of_current_words,
    halving_words,
    selected_is_cheapest_words,
)
from dashboard.words.names import STAKEHOLDER_TITLES, Names, threshold_of
from dashboard.words.numbers import CHANCE, figure, money, written_gap
from metrics import OBJECTIVES, OperatingPoint, Scenario, Today
from metrics.inference.comparison import Chance, compare_cheapest
from metrics.inference.optimism import LimitsMissed
from tests.dashboard.priced import FOUR, HERE, PRICED, built_priced, unknown
from tests.dashboard.tables import NASTY


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return partial(built_priced, tmp_path_factory)


@pytest.fixture(scope="module")
def page(built):
    return built(Choices(point=HERE))


def halved(page):
    """Effect of halving the missed defects on every stakeholder."""
    exchange = halving(page.selection, page.analysis.stakeholder("product").objective).exchange
    assert exchange is not None
    return exchange


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


def test_halving_says_how_many_alarms_a_miss_less_is_worth(built):
    page = built(Choices())
    found = halved(page)
    more, less = (
        size * (found.point.figures[name] - page.selection.point.figures[name])
        for size, name in ((1, "false_alarms"), (-1, "missed_defects"))
    )
    assert more > 0
    each = f"Each avoided miss costs {more / less:.3g} false alarms"
    cost = OBJECTIVES["cost_of_errors"]
    gap = resampled_figures.gap(page.analysis, cost, page.selection.point, found.point)
    assert gap is not None
    hedge = "; the balance may be chance" if gap.chance is Chance.POSSIBLE else ""
    label = exchange_rows(page.selection, found)[-1].label
    assert label == f"{each}; you accept up to {PRICED.miss_cost:g}{hedge}"
    assert more / less > PRICED.miss_cost  # else the cheapest point would be another
    # Without prices the executive's row has the figure of the card, which is in false alarms.
    unpriced = built(Choices(), Scenario())
    there = halved(unpriced)
    executive, alarms = exchange_rows(unpriced.selection, there, is_default=True)[-2:]
    savings = "revenue_impact"
    assert [executive.title, executive.label] == ["Executive", "savings against no checks"]
    for shown, point in (
        (executive.selected, unpriced.selection.point),
        (executive.other, there.point),
    ):
        expected = FOUR.value(savings, point.model, point.threshold, Scenario())
        assert shown == figure(unpriced.analysis.objectives[savings], expected, Scenario())
    apart = unpriced.analysis.objectives[savings], 3.0, 7.0, Scenario()
    assert change_words(*apart) == "4 false alarms’ worth less savings"
    assert alarms.title == "False alarms"
    assert re.fullmatch(
        r"Each avoided miss costs [\d.,]+ false alarms; you accept up to 5 \(default\).*",
        alarms.label,
    )


def test_halving_says_what_each_of_the_others_gets_in_its_own_units(page):
    found, there = (
        halving(page.selection, page.analysis.stakeholder("product").objective),
        halved(page),
    )
    point, rows = there.point, exchange_rows(page.selection, there)
    titles = [row.title for row in rows]
    assert titles == [
        *(STAKEHOLDER_TITLES[s.name] for s in page.analysis.stakeholders),
        "False alarms",
    ]
    assert rows[-1].label == "their cost is in the executive’s figure"  # fewer of them
    o = page.analysis.stakeholder("product").objective
    here = figure(o, page.selection.point.figures[o.id], PRICED)
    words = f"The cheapest way to halve the chosen {here} in this file: "
    assert halving_words(page.analysis, found) == words
    wanted = [*(s.objective for s in page.analysis.stakeholders), OBJECTIVES["false_alarms"]]
    for row, change, o in zip(rows, there.changes, wanted, strict=True):
        assert row.selected == figure(o, page.selection.point.figures[o.id], PRICED)
        assert row.other == figure(o, point.figures[o.id], PRICED)
        size = written_gap(o, point.figures[o.id], page.selection.point.figures[o.id], PRICED)
        assert row.size.split(",")[0] == size.words(noun=False)
        today = page.analysis.current.figures[o.id]
        then = f"{figure(o, today, PRICED)} with no checks"
        assert row.current == ("" if o.is_against_today or math.isnan(today) else then)
        same = page.selection.point.figures[o.id] == point.figures[o.id]
        assert change.gap == (
            None if same else optimism.difference(page.analysis, o, point, page.selection.point)
        )


def limits_there(page):
    return exchange_limits_words(page.selection, halved(page))


def test_halving_keeps_the_limits_where_that_can_be(built):
    """A limit that leaves room binds; one that leaves none is said to break."""
    free = halved(built(Choices(point=HERE)))
    flagged = free.point.figures["share_flagged"]
    page = built(Choices(point=HERE, limits=(("share_flagged", flagged * 0.999),)))
    is_met = halved(page).point.figures["share_flagged"] <= flagged * 0.999
    assert ("not at most" in limits_there(page)) != is_met
    wide = built(Choices(point=HERE, limits=(("share_flagged", 1.0),)))
    asked = figure(OBJECTIVES["share_flagged"], 1.0, PRICED)
    assert limits_there(wide) == (
        f"Share flagged at most {asked}: very likely, met in 100% of simulations."
    )
    page = built(Choices(point=HERE, limits=(("share_flagged", 0.001),)))
    share = figure(OBJECTIVES["share_flagged"], flagged, PRICED)
    asked = figure(OBJECTIVES["share_flagged"], 0.001, PRICED)
    assert limits_there(page) == (
        f"Share flagged: then {share}, not at most {asked} (unlikely, met in 0% of simulations)."
    )
    page = built(Choices(point=HERE, limits=(("revenue_impact_percent", 1e6),)))
    percent = OBJECTIVES["revenue_impact_percent"]
    earned = resampled_figures.replicates(
        page.analysis, OBJECTIVES["revenue"], page.analysis.current
    )
    gained = optimism.samples_of(page.analysis, OBJECTIVES["revenue_impact"], free.point)
    assert gained is not None
    # A target that is beyond all is missed wherever today earns something; of a loss no less will do.
    often = certainty_words(LimitsMissed(float(np.mean((earned > 0) | (gained < 0)))))
    left = figure(percent, free.point.figures[percent.id], PRICED)
    assert limits_there(page) == (
        f"Revenue is then {left}, below your {figure(percent, 1e6, PRICED, 0)} target ({often})."
    )


def test_half_of_what_is_missed_today_is_told_where_that_is_another_point(built):
    """Who asks for half of the misses may mean those of today."""
    wanted = {"missed_defects", "false_alarms", "cost_of_errors", "share_flagged", "revenue_impact"}
    told, rates = set(), []
    thresholds = FOUR.thresholds(NASTY[0])
    for k in (6, 12, 24, 40):
        at = FOUR.thresholds(NASTY[3])[k]
        scenario = replace(PRICED, miss_cost=0.2, today=Today(NASTY[3], at))
        point = Point(NASTY[0], thresholds[-4])
        page = built(Choices(point=point), scenario)
        missed = FOUR.counts(NASTY[3], at)["fn"]
        here = FOUR.counts(point.model, point.threshold)["fn"]
        found = halving(page.selection, page.analysis.stakeholder("product").objective)
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
            now = page.selection.point.figures
            more = best["false_alarms"] - now["false_alarms"]
            rate = more / (now["missed_defects"] - best["missed_defects"])
            said = f", each avoided miss costs {rate:.3g} false alarms" if more > 0 else ""
            assert of_current.endswith(f", {o.label} {earned}{said}")
            rates.append(said)
    assert told == {True, False}
    assert any(rates)


def test_where_nothing_halves_it_there_is_no_point(built):
    lowest = FOUR.thresholds(NASTY[1])[0]
    page = built(Choices(point=Point(NASTY[1], lowest)))  # misses nothing
    assert page.selection.point.fn == 0
    found = halving(page.selection, page.analysis.stakeholder("product").objective)
    assert found.exchange is None


def test_the_fair_option_says_what_it_changes_and_how_sure_that_is(built, page):
    point = compromise_of(page.analysis).point
    assert point is not None
    fair = fair_option(page.selection)
    assert fair is not None
    assert fair.point == point
    elsewhere = Point(NASTY[0], FOUR.thresholds(NASTY[0])[3])
    other = built(Choices(point=elsewhere))
    assert elsewhere.model != point.model
    there = fair_option(other.selection)
    assert there is not None
    data, product, executive = (s.objective for s in page.analysis.stakeholders)

    def changed(o, at):
        gap = written_gap(o, point.figures[o.id], at.selection.point.figures[o.id], PRICED)
        if o is data:
            return f"log loss {gap.measure} {'higher' if gap.is_more else 'lower'}"
        if o is product:
            return gap.words(one=True)
        earned = point.figures[o.id] - at.selection.point.figures[o.id]
        more = "more" if earned > 0 else "less"
        return f"{money(abs(earned), PRICED.currency)} {more} revenue"

    # Another model has another log loss, and who wants that low pays or gains by it.
    for at, found, model, of in (
        (other, there, other.label(str(point.model)), (data, product, executive)),
        (page, fair, "", (product, executive)),
    ):
        told = fair_option_words(at.selection, at.names, found)
        assert told.model == model
        assert told.threshold == threshold_of(
            page.analysis.figures, str(point.model), point.threshold
        )
        gains: list[str] = []
        losses: list[str] = []
        for o in of:
            # As the card says once the fair option is chosen.
            tried = built(Choices(point=Point(str(point.model), point.threshold)))
            apart = optimism.gap_against(tried.selection, o, at.selection.point)
            assert apart is not None
            is_better = o.direction.loss(np.array(apart.size)) < 0
            (gains if is_better else losses).append(f"{changed(o, at)} ({CHANCE[apart.chance]})")
            [change] = [one for one in found.changes if one.objective is o]
            assert change.chance is apart.chance
            assert change.other == point.figures[o.id]
        assert list(told.gains) == gains
        assert gains
        alarms = point.figures["false_alarms"] - at.selection.point.figures["false_alarms"]
        assert list(told.losses) == losses
        assert ("more false alarm" in told.alarms) == (alarms > 0)


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
    more = fair.point.figures[o.id] - page.analysis.current.figures[o.id]
    assert more > 0
    assert f"{more:.0f} more missed defects than today" in worse(page)
    assert worse(built()) == ()


def test_the_cheapest_model_is_compared_with_the_next(built, page):
    found = compare_cheapest(page.analysis.points, page.analysis.uncertainty.bootstrap)
    cheapest = cheapest_model(page.analysis)
    assert found is not None
    assert cheapest is not None
    assert (cheapest.point.row, cheapest.rivals[0]) == (found.best.row, found.rival.model)
    could_be_first = gaps_of(page.analysis, judged_by(page.analysis, "cost"))
    both = zip(could_be_first.picks[1:], could_be_first.together[1:], strict=True)
    assert {*found.open} == {p.model for p, is_open in both if is_open}
    assert (cheapest.chance is Chance.CLEAR) == found.is_clear
    assert cheapest.tied == found.tied
    assert cheapest_model(unknown(page).analysis) is None
    assert cheapest_model(page.analysed(held_out="training").analysis) is None


@pytest.mark.parametrize(
    ("tied", "chance", "said"),
    [
        ((), Chance.CLEAR, ("Lowest error cost of 3 models: a,", "clear")),
        (
            (),
            Chance.POSSIBLE,
            ("Lowest error cost of 3 models: a,", "may be chance"),
        ),
        (("b", "c"), Chance.POSSIBLE, ("Lowest error cost of 3 models: a, b and c", "tie")),
    ],
)
def test_the_strip_says_what_costs_least_and_how_sure_that_is(tied, chance, said):
    here = OperatingPoint("a", 0.5, 0, 0, 0, 0, {})
    gap, own = CheapestModel(here, ("b", "c"), tied, chance), Names()
    about = "Cheapest model: a, b and c" if tied else "a is cheaper than b and c:"
    assert cheapest_model_words(own, gap) == (about, said[1])
    assert cheapest_elsewhere_words(own, gap, "Lowest error cost of 3 models") == said
    aside = cheapest_elsewhere_words(own, gap, "Lowest error cost of 3 models", "target aside")
    assert aside == (said[0].replace("Lowest", "Target aside, lowest"), said[1])
    assert selected_is_cheapest_words(own, gap) == (("with b and c:" if tied else ""), said[1])
    assert "Vendor a" in cheapest_model_words(Names((("a", "Vendor a"),)), gap)[0]


def test_the_cheapest_says_of_how_many_models_it_is():
    assert cheapest_words(11) == "Lowest error cost of 11 models"
    assert cheapest_words(1) == "Lowest error cost"

"""Tests of Decide's texts outside of cards and charts, against the rows and their resamples."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dashboard import page_view
from dashboard.analysis import optimism
from dashboard.analysis.analysis import openings, point_of
from dashboard.analysis.decide.answer import headline_objective
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.decide.verdict import verdict_facts
from dashboard.export.decision_to_record import decision_of
from dashboard.session.choices import Choices, Point
from dashboard.words.certified import certainty_in_short, certainty_words
from dashboard.words.decide.alternatives import cheapest_words
from dashboard.words.decide.answer import NO_REASON, expected_on_new_data
from dashboard.words.decide.cards import compared_title, details, false_alarms_chance
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.limit_names import NEEDS_CURRENT_REVENUE
from dashboard.words.limits import IF_HELD_OUT
from dashboard.words.names import ROLES
from dashboard.words.numbers import CHANCE, ends, figure, money
from metrics import OBJECTIVES, Payoff, Scenario, Today
from metrics.inference import replicated_counts
from metrics.inference.comparison import Chance, compare_cheapest, paired_difference
from metrics.inference.intervals import intervals
from metrics.inference.optimism import Certainty, LimitsMissed
from tests.dashboard.built import answer_of, built_table, card_of, ranks
from tests.dashboard.priced import (
    FOUR,
    HERE,
    PRICED,
    all_points,
    built_priced,
    cheapest_of,
    unknown,
)
from tests.dashboard.tables import NASTY, Rows


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return partial(built_priced, tmp_path_factory)


def test_the_first_line_says_what_to_expect_of_what_was_picked(built):
    page = built(Choices())
    o = headline_objective(page.analysis)
    on_new_data = optimism.on_new_data(page.analysis, o, page.selection.point)
    assert on_new_data is not None
    assert abs(on_new_data.expected - on_new_data.value) > 0.1
    said = answer_of(page, page.selection.point, at_rest=True)
    assert said.expected == expected_on_new_data(
        figure(o, float(f"{on_new_data.expected:.3g}"), PRICED)
    )
    assert said.interval == ends(o, on_new_data.value, on_new_data.low, on_new_data.high, PRICED)
    # No expectation is shown during a drag. A threshold beside the best shares its optimism.
    assert answer_of(page, page.selection.point).expected == ""
    chosen = page.selection.point
    above = min(at for at in FOUR.thresholds(str(chosen.model)) if at > chosen.threshold)
    beside = built(Choices(point=Point(str(chosen.model), above)))
    share = optimism.optimism_of(beside.analysis, o, beside.selection.point) / (
        on_new_data.value - on_new_data.expected
    )
    assert 0.3 < share <= 1
    assert answer_of(beside, beside.selection.point, at_rest=True).expected
    early = unknown(built(Choices(), resampled=False))
    answer = answer_of(early, early.selection.point, at_rest=True)
    assert (answer.expected, answer.interval) == ("", "")
    for rows in ("held-out", "out-of-fold", "unknown", "training"):
        given = page.analysed(held_out=rows)
        answer = answer_of(given, given.selection.point, at_rest=True)
        assert answer.expected == ("" if rows == "training" else said.expected)
        assert (IF_HELD_OUT in answer.expected_help) == (rows == "unknown")
        assert bool(answer.expected_help) == (rows != "training")


def test_false_alarms_are_clear_of_todays_where_their_paired_interval_leaves_out_none(built):
    scenario = replace(PRICED, today=Today(NASTY[2], 0.5))
    o, told = OBJECTIVES["false_alarms"], set()
    thresholds = FOUR.thresholds(NASTY[1])
    for at in (thresholds[3], thresholds[len(thresholds) // 2], thresholds[-3]):
        page = built(Choices(point=Point(NASTY[1], at)), scenario)
        drawn = page.analysis.uncertainty.bootstrap
        here, there = (
            drawn.values_at(o, str(p.model), p.threshold)
            for p in (page.selection.point, page.analysis.current)
        )
        size = page.selection.point.figures[o.id] - page.analysis.current.figures[o.id]
        # These are far from the picks, and little luck is taken off.
        off = optimism.optimism_of(page.analysis, o, page.selection.point)
        assert abs(off) < 5
        gap = paired_difference(o, here - off, there, size - off, blocks=drawn.blocks)
        assert false_alarms_chance(page.selection) == CHANCE[gap.chance]
        told.add(gap.chance)
        seen = page.analysed(held_out="training")
        assert false_alarms_chance(seen.selection) == ""
        assert false_alarms_chance(unknown(page).selection) == "checking"
        assert optimism.chance_against(seen.selection, o, seen.analysis.current) is Chance.UNKNOWN
    assert Chance.CLEAR in told


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
            chance = optimism.chance_against(
                page.selection, OBJECTIVES[name], page.analysis.current
            )
            assert (name in found) == (chance is Chance.POSSIBLE)


def test_limits_bind_every_pick_and_the_compromise(built):
    limit = ("share_flagged", 0.2)
    page = built(Choices(limits=(limit,)))
    free = built()
    assert any(
        s.pick.row != f.pick.row
        for s, f in zip(page.analysis.stakeholders, free.analysis.stakeholders, strict=True)
    )
    for stakeholder in page.analysis.stakeholders:
        flagged = page.analysis.points.loc[stakeholder.pick.row, "share_flagged"]
        assert flagged <= 0.2
    compromise = compromise_of(page.analysis).point
    assert compromise is not None
    assert compromise.figures["share_flagged"] <= 0.2
    assert page.selection.point.figures["share_flagged"] <= 0.2


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
    assert found[str(page.selection.point.model)] == page.selection.point.threshold
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
    known = page.analysis.uncertainty
    assert known is not None
    for model, threshold in openings(page.analysis).items():
        m = page.analysis.evaluation.tally.index(model)
        curve = page.analysis.evaluation.curves[m]
        for o in known.objectives:
            if o.of_model:
                continue
            own = intervals(known.bootstrap, o, m, np.array([curve.position(threshold)]))
            shown = page.analysis.interval_of(o, model, threshold)
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
    said = figure(page.analysis.stakeholder("data").objective, losses[lowest], PRICED)
    own = page.analysis.stakeholder("data").pick
    assert own is not None
    assert own.model != lowest
    kept = figure(page.analysis.stakeholder("data").objective, losses[own.model], PRICED)
    first_rows = page.analysis.points.reset_index().groupby("model")["index"].first()
    # Of a ranking the first of all models stands on the card, though it misses the limits.
    words_of = [
        card_of(
            page,
            page.analysis.stakeholder("data"),
            point_of(page.analysis.points, first_rows[model]),
        ).best
        for model in (own.model, lowest)
    ]
    how = "limits missed here"
    # The verdict and the list of points to change to name it, too.
    verdict = verdict_of(page.analysis, verdict_facts(page.selection), page.names)
    assert page.selection.point.model != lowest
    assert f"he data scientist would do better with {lowest} (" in verdict[1]
    assert how in verdict[1]
    assert words_of == [f"best {said}, {how}", f"is best, {how}"]
    in_full = details(
        page.selection, page.names, page.analysis.stakeholder("data"), page.selection.point
    )[-1]
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
    place = ranks(page.analysis, page.analysis.stakeholder("data").objective)[
        str(page.selection.point.model)
    ]
    assert record.cost.endswith(f", {place} models")
    [shown] = [choice.words for choice in decision.choices if "data scientist" in choice.name]
    assert shown == own.model


def test_the_best_on_target_is_called_so_beside_every_figure(built):
    percent = "revenue_impact_percent"
    page = built(Choices(limits=((percent, float(built().analysis.points[percent].max())),)))
    product = page.analysis.stakeholder("product")
    free = built().analysis.stakeholder("product").pick
    assert free is not None
    assert product.pick is not None
    assert free.value < product.pick.value
    best = figure(product.objective, product.pick.value, PRICED)
    off = point_of(page.analysis.points, free.row)
    # At the edge of what keeps it: in every second sample it is missed.
    share = optimism.limits_missed(
        page.analysis, page.analysis.limits, point_of(page.analysis.points, product.pick.row)
    ).share
    assert 0.025 < share < 0.975
    often = certainty_in_short(LimitsMissed(share))
    assert card_of(page, product, off).best == f"best on target {best}, {often}"
    assert verdict_facts(page.selection).stakeholders[1].missed.share == share
    unasked = page.analysed(shows_intervals=False, has_intervals=False)
    assert card_of(unasked, product, off).best == f"best on target {best}"
    seen = page.analysed(held_out="training")
    assert verdict_facts(seen.selection).stakeholders[1].missed.is_unknown
    assert card_of(seen, product, off).best == f"best on target {best}"
    assert card_of(unknown(page), product, off).best == f"best on target {best}"
    beside = built(Choices(limits=page.choices.limits, compare="product"))
    assert compared_title(beside.selection) == "best for the product manager on target"
    assert (
        compared_title(built(Choices(compare="product")).selection)
        == "best for the product manager"
    )
    assert card_of(page, product, point_of(page.analysis.points, product.pick.row)).best == (
        f"is best on target, {often}"
    )
    worse = page.analysis.points["missed_defects"].to_numpy().argmax()
    assert (
        card_of(page, product, point_of(page.analysis.points, int(worse))).best
        == f"best on target {best}, {often}"
    )
    target = figure(OBJECTIVES[percent], page.analysis.limits[0].value, PRICED)
    assert details(page.selection, page.names, product, page.selection.point)[-1] == (
        f"Best for this role on target {target} in this file: {best} by "
        f"{page.words(product.pick.model, product.pick.threshold)}."
    )
    record = decision_of(page, {}).stakeholders[1]
    assert record.wish == f"fewest missed defects on target {target} in this file"
    assert record.cost.endswith("the best on target")
    assert card_of(built(), built().analysis.stakeholder("product"), off).best == "is best"


def test_the_verdict_says_how_often_a_limit_is_missed_as_the_page_does(built):
    """The executive's pick meets the limit by little, and is not certified."""
    name = "share_flagged"
    picked = built(Choices()).analysis.stakeholder("executive").pick
    assert picked is not None
    limits = ((name, FOUR.value(name, picked.model, picked.threshold, PRICED) + 0.005),)
    page = built(Choices(limits=limits, point=Point(picked.model, picked.threshold)))
    missed = optimism.limits_missed(page.analysis, page.analysis.limits, page.selection.point)
    assert 0.05 < missed.share < 0.45
    assert missed.certainty is (Certainty.LIKELY if missed.share <= 0.25 else Certainty.UNCERTAIN)
    share = certainty_words(missed).partition(", ")[2]
    said = verdict_of(page.analysis, verdict_facts(page.selection), page.names)[0]
    assert f" is {missed.certainty} ({share})" in said
    # Another selected point changes nothing.
    asked = page.select(page.analysis.current)
    assert (
        optimism.limits_missed(asked.analysis, page.analysis.limits, page.selection.point) == missed
    )


def test_without_prices_the_headline_is_not_money(built):
    page = built(scenario=Scenario(), resampled=False)
    assert headline_objective(page.analysis).id == "missed_defects"
    assert headline_objective(built(resampled=False).analysis).id == "revenue_impact_percent"
    # The figure that a target is about is beside the target.
    for name in ("revenue_impact", "revenue_impact_percent"):
        aimed = built(Choices(limits=((name, 5.0),)), Scenario(), resampled=False)
        assert headline_objective(aimed.analysis).id == name
        said = answer_of(aimed, aimed.selection.point)
        assert said.headline.startswith("Savings against no checks ")


def test_a_point_that_flags_nothing_says_so(built):
    page = built(Choices(point=Point(NASTY[0], math.inf)), resampled=False)
    assert isinstance(page, page_view.PageView)
    said = answer_of(page, page.selection.point)
    assert said.effect == "Stops no unit and catches no defect."
    assert said.point == f"{NASTY[0]}, flag nothing"


def test_the_answer_says_before_which_model_the_cheapest_is_and_how_sure_that_is(built):
    page = built()
    found = compare_cheapest(page.analysis.points, page.analysis.uncertainty.bootstrap)
    assert found is not None
    assert page.selection.point.place[:2] == (found.best.model, found.best.threshold)
    said = answer_of(page, page.selection.point, at_rest=True)
    chance = Chance.CLEAR if found.is_clear else Chance.POSSIBLE
    assert (said.reason, said.lead, said.lead_chance) == (
        f"{cheapest_of(page)}:",
        "",
        CHANCE[chance],
    )
    assert said.lead_help.startswith(f"Ahead of {page.label(found.rival.model)}")
    moving = answer_of(page, page.selection.point)
    assert (moving.reason, moving.lead, moving.lead_chance) == (
        f"{cheapest_of(page)}.",
        "",
        "",
    )
    before = page.analysed(shows_intervals=True, has_intervals=False)
    open_yet = answer_of(before, before.selection.point, at_rest=True)
    assert (open_yet.reason, open_yet.lead, open_yet.lead_chance) == (
        f"{cheapest_of(page)}:", "", "checking",
    )  # fmt: skip
    unasked = page.analysed(shows_intervals=False, has_intervals=False)
    seen = page.analysed(held_out="training")
    assert answer_of(seen, seen.selection.point, at_rest=True).lead_chance == ""
    alone = answer_of(unasked, unasked.selection.point, at_rest=True)
    assert (alone.reason, alone.lead_chance) == (f"{cheapest_of(page)}.", "")


def test_the_answer_says_for_what_reason_one_would_choose_the_point(built):
    page = built(resampled=False)
    assert answer_of(page, page.selection.point).reason == f"{cheapest_of(page)}."
    percent = "revenue_impact_percent"
    loose = built(
        Choices(limits=((percent, page.selection.point.figures[percent] - 1),)), resampled=False
    )
    assert answer_of(loose, loose.selection.point).reason == f"{cheapest_of(page)}."
    limits = ((percent, float(page.analysis.points[percent].max())),)
    light = Choices(miss_weight=0.1 / PRICED.implied_miss_cost)
    lightly = cheapest_words(weight=" with misses weighed × 0.0314")
    cheap = built(light, resampled=False)
    assert limits[0][1] > cheap.selection.point.figures[percent]
    page = built(replace(light, limits=limits), resampled=False)
    target = figure(OBJECTIVES[percent], limits[0][1], PRICED)
    assert answer_of(page, page.selection.point).reason == f"{lightly} reaching {target}."
    both = replace(light, limits=(*limits, ("share_flagged", 0.9)))
    page = built(both, resampled=False)
    kept = f"{lightly} that meets both limits."
    assert answer_of(page, page.selection.point).reason == kept
    for stakeholder in page.analysis.stakeholders[1:]:
        own = stakeholder.pick
        at = built(
            Choices(point=Point(own.model, own.threshold), limits=page.choices.limits),
            resampled=False,
        )
        assert answer_of(at, at.selection.point).reason in (
            f"Best for the {ROLES[stakeholder.name]}.",
            f"{cheapest_of(at)}.",
            "Best for the product manager.",
        )
    assert answer_of(built(Choices(point=HERE), resampled=False), page.selection.point).reason != ""
    between = replace(PRICED, today=Today(HERE.model, math.nextafter(HERE.threshold, -1)))
    at_today = built(Choices(point=HERE), between, resampled=False)
    assert answer_of(at_today, at_today.selection.point).reason == "Today’s system."
    odd = built(Choices(point=HERE), resampled=False)
    assert answer_of(odd, odd.selection.point).reason == f"{NO_REASON}."


def test_where_today_loses_money_the_answer_says_what_is_earned_and_the_card_why_no_target(built):
    losing = replace(PRICED, payoff=Payoff(1.0, -0.1, -1e4, -1.0))
    page = built(scenario=losing, resampled=False)
    assert "revenue_impact_percent" not in page.analysis.objectives
    here, change = (page.selection.point.figures[name] for name in ("revenue", "revenue_impact"))
    earned = page.analysis.current_revenue
    assert earned < 0
    assert here == pytest.approx(earned + change)
    said = answer_of(page, page.selection.point)
    now = money(earned, "EUR")
    told = figure(OBJECTIVES["revenue"], here, losing)
    assert said.headline == f"Revenue from {now} with no checks to {told}"
    executive = page.analysis.stakeholder("executive")
    card = card_of(page, executive, page.selection.point)
    assert card.note == NEEDS_CURRENT_REVENUE  # nobody has said it
    none = built(Choices(today="none"), scenario=losing, resampled=False)
    card = card_of(none, none.analysis.stakeholder("executive"), none.selection.point)
    assert card.note == "+30% of a loss means nothing"
    assert card_of(built(resampled=False), executive, page.selection.point).note == ""
    assert card_of(page, page.analysis.stakeholder("product"), page.selection.point).note == ""


def test_without_todays_system_the_page_says_what_it_is_set_against(built):
    page = built(resampled=False)
    assert page.analysis.scenario.today is None
    assert answer_of(page, page.selection.point).headline.startswith("Revenue against no checks ")
    entered = built(scenario=replace(PRICED, today=Today(HERE.model, HERE.threshold)))
    assert answer_of(entered, entered.selection.point).headline.startswith("Revenue ")
    assert "against no checks" not in answer_of(entered, entered.selection.point).headline

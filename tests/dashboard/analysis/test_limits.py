"""Tests of limits and of the risk of missing a target, against the rows and their resamples."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from dashboard.analysis import certified, optimism, resampled_figures
from dashboard.analysis.analysis import defect_rate_of
from dashboard.analysis.decide.target_risk import target_risk
from dashboard.analysis.decide.verdict import Advice, verdict_facts
from dashboard.analysis.differences import difference
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.picked_points import pick_like
from dashboard.analysis.points_table import point_of
from dashboard.session.choices import Choices, Point
from dashboard.words.assumptions import limit_help, moved_by_limits_words
from dashboard.words.limits.certainty import certainty_words
from dashboard.words.limits.certified import needed_rows_sentences, standing_words
from dashboard.words.limits.limits_status import IF_HELD_OUT, MISSED_HERE, longest_status
from dashboard.words.numbers.gaps import written_gap
from dashboard.words.resampling import expected_words
from dashboard.words.target_risk import (
    break_even_words,
    percent_of_words,
    risk_rows,
    shortfall_words,
    target_words,
    uncertified_words,
)
from metrics import OBJECTIVES, Bound, Direction, Payoff, Scenario, Today, guaranteed
from metrics.evaluation.shares_of_counts import DEFECTS
from metrics.inference.certainty import RARELY, LimitsMissed
from metrics.inference.certificates.certification import Certification, Needed, Standing
from metrics.inference.comparison.paired_difference import Chance
from metrics.tally.tally_scores import tally_scores
from tests.dashboard.built import answer_of, card_of
from tests.dashboard.priced import FOUR, HERE, PRICED, unknown
from tests.dashboard.tables import NASTY
from tests.metrics.samples import units


def test_the_risk_is_the_share_of_resamples_that_miss_the_target(build_priced):
    page = build_priced(Choices(point=HERE))
    o = page.analysis.stakeholder("executive").objective
    now = page.selection.point.figures["revenue_impact_percent"]
    page = build_priced(Choices(point=HERE, limits=(("revenue_impact_percent", now),)))
    assert page.analysis.limits[0].objective.id == o.in_proportion
    found = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert found is not None
    gained = optimism.samples_of(page.analysis, OBJECTIVES["revenue_impact"], page.selection.point)
    earned = resampled_figures.replicates(
        page.analysis, OBJECTIVES["revenue"], page.analysis.current
    )
    assert gained is not None
    # In some samples the current system earns nothing. There the target is judged in money.
    assert (earned <= 0).any()
    short = now / 100 * np.maximum(earned, 0) - gained
    assert found.missed.share == pytest.approx(np.mean(short > 0))
    assert 0.3 < found.missed.share < 0.7
    assert found.is_met
    # Size of the miss in the same samples.
    below = written_gap(OBJECTIVES["revenue_impact"], -short[short > 0].mean(), 0, PRICED)
    assert found.shortfall is not None
    assert shortfall_words(found.shortfall, PRICED) == below.measure
    gain = OBJECTIVES["revenue_impact"]  # in money, because the current system may earn nothing
    expected = optimism.on_new_data(page.analysis, gain, page.selection.point)
    assert (expected_words(found.shown, found.expected, PRICED) == "") == (expected is None)
    drawn = 100 * gained[earned > 0] / earned[earned > 0]
    ranged = optimism.range_of(page.analysis, gain, page.selection.point)
    assert found.objective is page.analysis.limits[0].objective
    assert (found.shown.id, found.figure) == (gain.id, page.selection.point.figures[gain.id])
    assert (found.low, found.high) == pytest.approx(ranged, nan_ok=True)
    assert target_words(page.analysis.scenario, found).startswith("the target +")
    assert uncertified_words(found) == ""  # a limit that is not certified needs no second warning
    rarely = float(np.quantile(drawn, 0.01))
    page = build_priced(Choices(point=HERE, limits=(("revenue_impact_percent", rarely),)))
    found = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert found is not None
    assert 0 < found.missed.share < 0.05
    assert uncertified_words(found).startswith("Certified would be stricter")


def test_the_risk_of_a_pick_allows_for_its_selection(build_priced):
    o = OBJECTIVES["revenue_impact"]
    target = build_priced(Choices()).selection.point.figures[o.id] - 0.01
    page = build_priced(Choices(limits=((o.id, target),)))
    at_pick = optimism.on_new_data(page.analysis, o, page.selection.point)
    assert at_pick is not None
    assert at_pick.expected < at_pick.value
    found = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert found is not None
    away = (target - at_pick.expected) / (at_pick.high - at_pick.expected)
    assert found.missed.share == pytest.approx(norm.cdf(1.96 * away), abs=1e-3)
    assert found.missed.share > 0.5
    said = answer_of(page, page.selection.point, at_rest=True)
    assert said.limits.endswith(f": {certainty_words(found.missed)}")
    assert said.is_doubtful


def test_the_least_certain_limit_is_named(build_priced):
    free = build_priced(Choices(point=HERE))
    recall = free.selection.point.figures["recall"]
    share = free.selection.point.figures["share_flagged"]
    page = build_priced(
        Choices(point=HERE, limits=(("recall", recall - 0.2), ("share_flagged", 1.05 * share)))
    )
    alone = [
        limits_missed(page.analysis, [b], page.selection.point).share for b in page.analysis.limits
    ]
    assert alone[0] < alone[1]
    assert alone[1] > RARELY
    said = answer_of(page, page.selection.point, at_rest=True).limits
    assert said.startswith("Both limits: ")
    assert said.endswith("; least sure: share flagged")
    easy = build_priced(Choices(point=HERE, limits=(("recall", 0.001), ("share_flagged", 0.999))))
    assert "least sure" not in answer_of(easy, easy.selection.point, at_rest=True).limits


def test_the_headline_is_the_figure_of_the_only_limit(build_priced):
    page = build_priced(Choices(point=HERE, limits=(("missed_defects", 30.0),)))
    missed = FOUR.counts(HERE.model, HERE.threshold)["fn"]
    assert answer_of(page, page.selection.point).headline == f"Missed defects {missed:.0f}"
    both = build_priced(Choices(point=HERE, limits=(("missed_defects", 30.0), ("recall", 0.1))))
    target = build_priced(Choices(point=HERE, limits=(("revenue_impact", -1e6),)))
    for other in (both, target):
        free = build_priced(Choices(point=HERE))
        assert answer_of(other, other.selection.point).headline == (
            answer_of(free, free.selection.point).headline
        )


def test_a_certified_target_is_called_certified_in_its_risk_as_well(build_priced):
    limits = (("missed_defects", 33.0),)
    objectives = ("log_loss", "missed_defects", "missed_defects")
    page = build_priced(Choices(point=HERE, limits=limits, objectives=objectives))
    said = answer_of(page, page.selection.point, at_rest=True)
    assert ": certified at 95%" in said.limits
    risk = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert risk is not None
    [row, *_] = risk_rows(page.analysis, risk)
    assert row.value == "certified at 95%"
    assert row.about.startswith("Certified means 95% sure of new data")


def test_a_figure_just_beyond_a_limit_is_written_differently_from_it(build_priced):
    share = build_priced(Choices(point=HERE)).selection.point.figures["share_flagged"]
    for limit, digits in ((share - 1e-9, 6), (share - 2e-5, 3), (share, 1), (share + 1e-9, 1)):
        page = build_priced(
            Choices(point=HERE, limits=(("share_flagged", limit),)), resampled=False
        )
        said = answer_of(page, page.selection.point).headline
        assert said == f"Share flagged {100 * share:.{digits}f}%", limit


def test_the_doubt_about_a_limit_follows_the_figure_on_a_card(build_priced):
    least = build_priced(Choices()).analysis.stakeholder("product").pick.value
    page = build_priced(Choices(limits=(("share_flagged", 0.15),)))
    product = page.analysis.stakeholder("product")
    assert product.pick.value > least
    said = card_of(page, product, page.selection.point).best
    sure = r"\((likely|uncertain|unlikely), met in \d+%\)"
    assert re.fullmatch(rf"(is best|best) within the limit( [^(]+)? {sure}", said)


@pytest.mark.parametrize(
    ("shipped_defect", "resampled", "is_per_cent"),
    [(-4.0, True, True), (-16.0, False, True), (-16.0, True, False), (-20.0, False, False)],
)
def test_a_gain_on_little_revenue_is_in_money(build_priced, shipped_defect, resampled, is_per_cent):
    """A percentage is meaningless if the revenue is near 0, or may be near 0 on new data."""
    payoff = replace(PRICED.payoffs, ship_defect=shipped_defect)
    limits = (("revenue_impact_percent", 1.0),)
    page = build_priced(Choices(limits=limits), replace(PRICED, payoff=payoff), resampled=resampled)
    said = answer_of(page, page.selection.point).headline
    assert (said.endswith("%"), "EUR" in said) == (is_per_cent, not is_per_cent)
    if resampled:
        risk = target_risk(page.selection, page.analysis.stakeholder("executive"))
        assert risk is not None
        [row] = [r for r in risk_rows(page.analysis, risk) if r.name == "On new data"]
        assert ("%" in row.note.removesuffix("95% interval")) == is_per_cent
        assert ("EUR" in row.note) != is_per_cent


def test_a_limit_is_not_clear_if_the_interval_of_zero_misses_contains_it(build_priced):
    points = build_priced(Choices()).analysis.points
    [model, threshold] = points.loc[
        (points["fn"] == 0) & (points["tn"] > 0), ["model", "threshold"]
    ].iloc[0]
    page = build_priced(
        Choices(point=Point(str(model), float(threshold)), limits=(("recall", 0.2),))
    )
    [bound], point = page.analysis.limits, page.selection.point
    low, _ = optimism.range_of(page.analysis, bound.objective, point)
    assert bound.value < low < 1
    assert limits_missed(page.analysis, [bound], point).share < 0.025
    beyond = replace(bound, value=(low + 1) / 2)
    missed = limits_missed(page.analysis, [beyond], point)
    # Distance to the limit relative to the 1.96 standard errors to the end.
    found = optimism.on_new_data(page.analysis, bound.objective, point)
    expected = 1.0 if found is None else found.expected
    away = (expected - beyond.value) / (expected - low)
    assert missed.share == pytest.approx(norm.sf(1.96 * away), abs=1e-3)


def test_a_limit_that_is_not_expected_to_hold_is_met_in_less_than_half_of_the_simulations(
    build_priced,
):
    """The same holds for a limit that decided the pick, which then meets the limit in the file."""
    figures, doubted = build_priced(Choices()).selection.point.figures, 0
    for name, more in (("recall", 1.02), ("missed_defects", 0.95), ("false_alarms", 0.95)):
        page = build_priced(Choices(limits=((name, more * figures[name]),)))
        [bound], point = page.analysis.limits, page.selection.point
        found = optimism.on_new_data(page.analysis, bound.objective, point)
        assert found is not None
        assert bound.is_met(found.value)
        missed = limits_missed(page.analysis, [bound], point)
        assert (missed.share > 0.5) == (not bound.is_met(found.expected))
        doubted += missed.share > 0.5
    assert doubted


def test_a_higher_target_is_missed_at_least_as_often(build_priced):
    """The same holds for targets in per cent of the current revenue, which is a loss in some samples."""
    page = build_priced(Choices(point=HERE))
    percent, gain = (OBJECTIVES[name] for name in ("revenue_impact_percent", "revenue_impact"))
    earned = resampled_figures.replicates(
        page.analysis, OBJECTIVES["revenue"], page.analysis.current
    )
    assert 0 < np.mean(earned <= 0) < 0.5
    aims = (-1e6, -50.0, 0.0, 30.0, 100.0, 1e3, 1e6)
    for point in (
        page.selection.point,
        page.analysis.current,
        build_priced(Choices()).selection.point,
    ):
        for o in map(page.analysis.objectives.get, ("recall", "precision", percent.id, gain.id)):
            low, high = optimism.range_of(page.analysis, o, point)
            near = np.linspace(2 * low - high, 2 * high - low, 0 if np.isnan(low) else 50)
            shares = [
                limits_missed(page.analysis, [Bound(o, aim)], point).share
                for aim in sorted((*aims, *near))
            ]
            assert shares == sorted(shares)
        shares = [limits_missed(page.analysis, [Bound(percent, aim)], point).share for aim in aims]
        # "No less than today" means the same in money and in per cent.
        assert shares[2] == limits_missed(page.analysis, [Bound(gain, 0.0)], point).share


def test_a_target_in_per_cent_has_the_same_risk_with_and_without_prices(build_priced):
    """Without prices a shipped good unit is worth one false alarm, and a miss costs `miss_cost` of them."""
    limits = (("revenue_impact_percent", 28.0),)
    same = Payoff(1.0, 0.0, -2.0, 0.0)
    pages = [
        build_priced(Choices(limits=limits), Scenario(miss_cost=2.0, payoff=payoff))
        for payoff in (None, same)
    ]
    found, priced = (
        limits_missed(page.analysis, page.analysis.limits, page.selection.point) for page in pages
    )
    assert found == priced
    assert 0.05 < found.share < 0.95
    [page, _] = pages
    goods, defects = FOUR.labels.size - FOUR.labels.sum(), FOUR.labels.sum()
    of = f"of what no checks are worth: {goods - 2 * defects} false alarms, 1 for each good unit"
    assert percent_of_words(page.analysis).startswith(of)
    risk = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert risk is not None
    assert risk_rows(page.analysis, risk)[-1].about == percent_of_words(page.analysis)
    assert limit_help(page.analysis, risk.objective, 28.0).startswith("Of what no checks are worth")


@pytest.mark.parametrize("is_met", [True, False])
def test_the_risk_names_the_defect_rates_at_which_the_target_is_missed(build_priced, is_met):
    """The same threshold misses the target in a scenario with such a rate."""
    gain = OBJECTIVES["revenue_impact_percent"]
    of = ("log_loss", "missed_defects", gain.id)
    target = build_priced(Choices(point=HERE, objectives=of)).selection.point.figures[gain.id] + (
        -2 if is_met else 2
    )

    def at(rate):
        there = replace(PRICED, defect_rate=rate)
        return build_priced(Choices(point=HERE, objectives=of, limits=((gain.id, target),)), there)

    page = at(PRICED.defect_rate)
    found = target_risk(page.selection, page.analysis.stakeholder("executive"))
    assert found is not None
    assert found.break_even is not None
    said = re.fullmatch(r"(below|above) ([\d.]+)%", break_even_words(found.break_even))
    assert said is not None
    assert found.break_even.assumed == defect_rate_of(page.analysis)
    rate = float(said[2]) / 100
    assert (said[1] == "below") == ((rate < defect_rate_of(page.analysis)) == is_met)
    inside, outside = (1.002, 0.99) if said[1] == "below" else (0.998, 1.01)
    for there, keeps in ((rate * inside, True), (rate * outside, False)):
        assert (at(there).selection.point.figures[gain.id] >= target) == keeps


def test_without_a_target_the_risk_is_to_do_worse_than_the_current_system(build_priced):
    page = build_priced(
        Choices(point=HERE, objectives=("recall", "missed_defects", "false_alarms"))
    )
    for name in ("data", "executive"):
        stakeholder = page.analysis.stakeholder(name)
        o = stakeholder.objective
        here, today = (
            resampled_figures.replicates(page.analysis, o, p)
            for p in (page.selection.point, page.analysis.current)
        )
        found = target_risk(page.selection, stakeholder)
        assert found is not None
        judged = difference(page.analysis, o, page.selection.point, page.analysis.current)
        assert judged is not None
        # The share and the verdict follow from one interval.
        assert (0.025 < found.missed.share < 0.975) == (judged.chance is Chance.POSSIBLE)
        worse = here > today if o.direction is Direction.MINIMISE else here < today
        assert found.missed.share == pytest.approx(np.mean(worse), abs=0.1)
    assert (
        target_risk(build_priced(resampled=False).selection, page.analysis.stakeholder("executive"))
        is None
    )


@pytest.mark.parametrize("limits", [(), (("revenue_impact", 0.0),)])
def test_the_current_system_as_selected_point_is_never_worse_than_today(build_priced, limits):
    """The same holds for a picked current system, and a current threshold between two scores."""
    cheapest = build_priced(resampled=False).selection.point
    values = np.array(FOUR.thresholds(str(cheapest.model)))
    before = values[np.searchsorted(values, cheapest.threshold) - 1]
    for at in (cheapest.threshold, (before + cheapest.threshold) / 2):
        today = replace(PRICED, today=Today(str(cheapest.model), at))
        page = build_priced(Choices(limits=limits), today)
        assert page.selection.point.place == cheapest.place
        assert page.analysis.is_current(page.selection.point)
        assert pick_like(page.analysis, page.selection.point) is not None
        o = OBJECTIVES["revenue_impact"]
        assert optimism.optimism_of(page.analysis, o, page.selection.point) == 0
        assert resampled_figures.replicates(
            page.analysis, o, page.selection.point
        ) == pytest.approx(0)
        assert np.isnan(resampled_figures.interval(page.analysis, o, page.selection.point)).all()
        for stakeholder in page.analysis.stakeholders:
            found = target_risk(page.selection, stakeholder)
            assert found is None or found.missed.share == 0
        said = answer_of(page, page.selection.point, at_rest=True).limits
        assert said == (
            "No less revenue than today: very likely, met in more than 99% of simulations if no model saw "
            "these rows"
            if limits
            else ""
        )
    away = build_priced(Choices(point=HERE), replace(PRICED, today=Today(NASTY[0], 0.5)))
    assert not away.analysis.is_current(away.selection.point)


def test_a_limit_is_certified_met_here_or_missed(build_priced):
    share = FOUR.value("share_flagged", HERE.model, HERE.threshold, PRICED)
    for value, said, broken in (
        (1.0, "certified at 95% if no model saw these rows", False),
        (share + 1e-6, "{}", False),
        (share - 1e-6, "missed here; {}", True),
        (0.0001, "missed here; {}", True),
    ):
        page = build_priced(Choices(point=HERE, limits=(("share_flagged", value),)))
        answer = answer_of(page, page.selection.point, at_rest=True)
        drawn = optimism.samples_of(
            page.analysis, OBJECTIVES["share_flagged"], page.selection.point
        )
        assert drawn is not None
        words = said.format(certainty_words(LimitsMissed(float(np.mean(drawn > value)))))
        assert answer.limits.endswith(f": {words}"), value
        assert answer.is_doubtful == (not broken and np.mean(drawn > value) > 0.5)
        assert answer.is_broken == broken
        assert answer.limits_help.startswith("Very likely: ")
        assert bool(answer.warning) == (verdict_facts(page.selection).advice is Advice.DO_NOT_SHIP)
    early = unknown(
        build_priced(Choices(point=HERE, limits=(("share_flagged", 1.0),)), resampled=False)
    )
    answer = answer_of(early, early.selection.point, at_rest=True)
    assert answer.limits.endswith(": checking")
    assert answer.interval == ""
    both = build_priced(Choices(point=HERE, limits=(("share_flagged", 1.0), ("recall", 0.01))))
    said = answer_of(both, both.selection.point, at_rest=True).limits
    assert said == "Both limits: certified at 95% if no model saw these rows"
    moving = answer_of(both, both.selection.point)
    assert (moving.limits, moving.limits_help) == ("Both limits: met", "")
    # On rows from training no limit is certified.
    seen = both.analysed(held_out="training")
    flattered = answer_of(seen, seen.selection.point, at_rest=True)
    assert flattered.limits == "Both limits: met, but models saw these rows"
    assert flattered.is_doubtful
    assert certified.certified(both.analysis) is not None
    for lacking in (seen, both.analysed(labels_from="audit")):
        assert certified.certified(lacking.analysis) is None
    assert answer_of(seen, seen.selection.point).limits == "Both limits: met"
    # A limit without a certificate is judged like other figures.
    of_model = build_priced(Choices(point=HERE, limits=(("roc_auc", 0.1),)))
    assert answer_of(of_model, of_model.selection.point, at_rest=True).limits.endswith(
        ": very likely, met in more than 99% of simulations if no model saw these rows"
    )
    page = build_priced(Choices(point=HERE, limits=(("roc_auc", 0.1),), rows="held-out"))
    assert answer_of(page, page.selection.point, at_rest=True).limits.endswith(
        ": very likely, met in more than 99% of simulations"
    )


def test_certification_allows_for_a_choice_among_hidden_models_too(build_priced):
    """The shown points are the certified points of all models except the hidden ones."""
    limits = (("recall", 0.2),)
    every, some = (
        build_priced(Choices(limits=limits, hidden=hidden)) for hidden in ((), (FOUR.models[0],))
    )
    kept, fewer = (certified.certified_points(page.analysis) for page in (every, some))
    names = every.analysis.points["model"].to_numpy()
    assert kept is not None
    assert fewer is not None
    shown = names != FOUR.models[0]
    assert fewer.tolist() == kept[shown].tolist()
    assert 0 < kept[shown].sum() < shown.sum()
    twin = guaranteed(every.analysis.evaluation, ["recall >= 0.2"])
    wanted = set(zip(twin["model"], twin["threshold"], strict=True))
    points = zip(names[kept], every.analysis.points["threshold"][kept], strict=True)
    assert {(str(model), at) for model, at in points} == wanted
    for page in (every, some):
        own = page.analysis.points.iloc[-1]
        at = point_of(page.analysis.points, int(own.name))
        assert certified.position(page.analysis, at) == len(names) - 1


def test_every_standing_fits_its_space():
    found = longest_status(IF_HELD_OUT)
    shares = np.linspace(0, 1, 1001)
    every = {f"{MISSED_HERE}{certainty_words(LimitsMissed(s))}" for s in shares}
    every |= {f"{certainty_words(LimitsMissed(s))}{IF_HELD_OUT}" for s in shares if s <= RARELY}
    every.add(f"{standing_words(Standing.CERTIFIED, 0.95)}{IF_HELD_OUT}")
    assert max(map(len, every)) == len(found)


def test_grouped_rows_do_not_count_as_independent():
    rows = units(600, 0.3, seed=8)
    of_four = tuple(np.repeat(np.arange(150), 4).astype(str).tolist())
    tally = tally_scores(replace(rows, groups=of_four))
    defects = int(rows.labels.sum())
    found = Certification(
        (), (np.zeros(1, bool),), None, (Needed(210, DEFECTS),), models=1, confidence=0.95
    )
    [said] = needed_rows_sentences(found, tally)
    counts = re.search(
        r"210 defects .* has (\d+), whose groups leave about (\d+) independent", said
    )
    assert counts is not None
    assert int(counts[1]) == defects
    assert len(set(np.repeat(np.arange(150), 4)[rows.labels == 1])) / 2 < int(counts[2]) < defects


def test_the_limits_say_what_they_move(build_priced):
    free = build_priced(Choices())
    page = build_priced(Choices(limits=(("share_flagged", 0.03),)))
    before, after = free.analysis.proposed, page.analysis.proposed
    assert before.place != after.place
    said = moved_by_limits_words(page.analysis, page.names)
    assert said.startswith("The limit moves the proposal from ")
    assert f"missed defects {before.fn:.0f} → {after.fn:.0f}, " in said
    assert "revenue" in said
    for same in (free, build_priced(Choices(limits=(("share_flagged", 1.0),)))):
        assert moved_by_limits_words(same.analysis, same.names) == ""

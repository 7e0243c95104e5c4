"""Tests of the comparison of the candidate models against the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from dashboard.analysis.decide.better_threshold import better_threshold
from dashboard.analysis.decide.cheapest_model import is_cheapest_clear
from dashboard.analysis.differences import chance_of_difference
from dashboard.analysis.models.best_points import places_of
from dashboard.analysis.models.cost_curves import cost_curves_of
from dashboard.analysis.models.table import chances_of_best, rows_of
from dashboard.analysis.picked_points import pick_like
from dashboard.analysis.points_table import point_of, points_of_model
from dashboard.analysis.rankings import places
from dashboard.analysis.resampled_figures import gap
from dashboard.session.choices import Choices
from dashboard.words.models.table import best_models_sentence
from dashboard.words.numbers.gaps import written_gap
from dashboard.words.target_risk import better_threshold_row
from metrics import OBJECTIVES, Payoff, Scenario, Today
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.intervals import intervals
from metrics.selection.choice import Choice
from tests.dashboard.built import built_table
from tests.dashboard.close_models import ROWS
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY, Rows
from tests.metrics.interval_at_choice import interval_at_choice


def test_every_model_has_its_best_for_each_stakeholder_and_its_rank(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices(), resampled=True)
    rows = rows_of(page.analysis)
    assert {row.model for row in rows} == set(FOUR.models)
    points = FOUR.points({"log_loss"}, Scenario())
    losses = {m: min(p["log_loss"] for p in points if p["model"] == m) for m in FOUR.models}
    for row in rows:
        best = row.best[0]
        assert best.value == pytest.approx(losses[row.model])
        assert best.ends[0] < best.value < best.ends[1]
        assert best.rank == 1 + sum(losses[row.model] > other for other in losses.values())
        assert row.auc == pytest.approx(sk.roc_auc_score(FOUR.labels, FOUR.scores[row.model]))
        assert math.isnan(row.serving_cost)
        assert row.slope > 0
    sums = [sum(best.rank or math.nan for best in row.best) for row in rows]
    assert sums == sorted(sums)


def test_interval_of_a_models_best_figure_allows_for_the_choice_of_its_threshold(
    tmp_path, monkeypatch
):
    """A pick has the same interval as on all pages, which also allows for the choice of its model."""
    # Points with cached replicates.
    monkeypatch.setattr("metrics.inference.replicated_counts.AT_MOST", 12)
    # A new seed, because replicates of other tests have more cached points.
    page = built_table(tmp_path, FOUR, Scenario(), Choices(seed=41), resampled=True)
    product, known = page.analysis.stakeholder("product"), page.analysis.uncertainty
    of_errors = product.objective
    assert known is not None
    kept = moved = picks = 0
    for row in rows_of(page.analysis):
        best = row.best[[s.name for s in page.analysis.stakeholders].index("product")]
        assert best.pick is not None
        m = page.analysis.evaluation.tally.index(row.model)
        k = page.analysis.evaluation.curves[m].position(best.pick.threshold)
        kept += k in known.bootstrap.drawn.positions[m]
        point = point_of(points_of_model(page.analysis.points, row.model), best.pick.row)
        picked = pick_like(page.analysis, point)
        among_its_own = (
            Choice(of_errors, product.bound, models=(row.model,))
            if picked is None
            else picked.choice
        )
        assert isinstance(among_its_own, Choice)
        picks += picked is not None
        there = interval_at_choice(
            known.bootstrap, among_its_own, row.model, best.pick.threshold, [of_errors]
        )[of_errors.id]
        assert best.ends == (there.low, there.high)
        held = intervals(known.bootstrap, of_errors, m, np.array([k]))
        moved += best.ends != (held.low.item(), held.high.item())
    assert kept < len(FOUR.models)
    assert 0 < picks < len(FOUR.models)
    assert moved


@pytest.mark.parametrize("payoff", [None, Payoff(1.1, -0.2, -12.0, -1.0)])
def test_the_current_model_at_a_better_threshold(tmp_path, payoff):
    today, scenario = FOUR.thresholds(NASTY[0])[-2], Scenario(payoff=payoff)
    scenario = replace(scenario, today=Today(NASTY[0], today))
    page = built_table(tmp_path, FOUR, scenario, Choices(), resampled=True)
    found = better_threshold(page.analysis)
    assert found is not None
    name, sign = ("revenue_impact", 1) if payoff else ("cost_of_errors", -1)
    assert found.objective.id == name
    now = page.analysis.current.figures[name]
    every = [p for p in FOUR.points({name}, scenario) if math.isfinite(p["threshold"])]
    own = max(sign * (p[name] - now) for p in every if p["model"] == NASTY[0])
    assert found.gain == pytest.approx(own)
    assert found.most == pytest.approx(max(sign * (p[name] - now) for p in every))
    assert found.point.model == NASTY[0]
    assert found.chance in (Chance.CLEAR, Chance.POSSIBLE)
    words = better_threshold_row(page.analysis, page.names, found)
    said = f"{words.name}, {words.about}: {words.value}, {words.note}."
    assert said.startswith(f"If only today’s threshold moved, {NASTY[0]} at ")
    missed = OBJECTIVES["missed_defects"]
    beside = written_gap(
        missed, found.point.figures[missed.id], page.analysis.current.figures[missed.id], scenario
    )
    part = f"{100 * found.gain / found.most:.0f}% of the best model’s gain"
    assert said.endswith(f", {part}.")
    assert beside.is_same or f", {beside.than('today')}, " in said


@pytest.mark.parametrize(("today", "chance"), [(0.18, Chance.CLEAR), (0.2, Chance.POSSIBLE)])
def test_a_better_threshold_is_clear_if_the_card_shows_a_clear_gap(tmp_path, today, chance):
    """The point was picked as the best, and both the gap and the card allow for this."""
    scenario = Scenario(today=Today(NASTY[0], today))
    page = built_table(tmp_path, FOUR, scenario, Choices(hidden=NASTY[1:]), resampled=True)
    found = better_threshold(page.analysis)
    assert found is not None
    assert found.point.place == page.selection.point.place
    of = page.analysis, found.objective, page.selection.point, page.analysis.current
    assert found.chance is chance_of_difference(*of) is chance
    assert page.analysis.uncertainty is not None
    bare = gap(*of)
    assert bare is not None
    assert bare.chance is Chance.CLEAR


def apart() -> Rows:
    """Rows with one nearly perfect model, and one that guesses."""
    rng = np.random.default_rng(3)
    right = np.round(np.clip(0.05 + 0.9 * ROWS.labels + rng.normal(0, 0.02, 900), 0.01, 0.99), 2)
    guesses = np.round(rng.uniform(0.01, 0.99, 900), 2)
    return replace(ROWS, scores={"knows": right, "guesses": guesses})


def test_nothing_is_judged_on_rows_that_trained_the_models(tmp_path):
    page = built_table(tmp_path, apart(), Scenario(), Choices(), resampled=True)
    seen = page.analysed(held_out="training")
    assert (is_cheapest_clear(page.analysis), is_cheapest_clear(seen.analysis)) == (True, False)
    assert cost_curves_of(page.analysis).stability
    assert not cost_curves_of(seen.analysis).stability
    assert set(chances_of_best(seen.analysis)) == {Chance.UNKNOWN}
    for stakeholder in seen.analysis.stakeholders:
        assert not places_of(seen.analysis, stakeholder)
        assert not places(seen.analysis, stakeholder.objective)
    sentences = [
        best_models_sentence(p.analysis, p.names, rows_of(p.analysis), chances_of_best(p.analysis))
        for p in (page, seen)
    ]
    assert sentences[1] == f"{sentences[0]}, on units that trained the models"

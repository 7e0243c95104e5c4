"""Tests of exchanges of the selected point against all points of the rows and their resamples."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis import optimism, resampled_figures
from dashboard.analysis.decide.halving import halving
from dashboard.session.choices import Choices, Point
from dashboard.words.decide.exchange import (
    exchange_limits_words,
    half_of_current_words,
)
from dashboard.words.limits.certainty import certainty_words
from dashboard.words.numbers.amounts import price_size
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Today
from metrics.inference.certainty import LimitsMissed
from tests.dashboard.priced import FOUR, HERE, PRICED
from tests.dashboard.tables import NASTY


@pytest.fixture(scope="module")
def page(build_priced):
    return build_priced(Choices(point=HERE))


def halved(page):
    """Effect of halving the missed defects on every stakeholder."""
    exchange = halving(page.selection, page.analysis.stakeholder("product").objective).exchange
    assert exchange is not None
    return exchange


def test_halving_is_the_cheapest_point_with_at_most_half_the_misses(page):
    found = halving(page.selection, page.analysis.stakeholder("product").objective)
    assert found.exchange is not None
    missed = FOUR.counts(HERE.model, HERE.threshold)["fn"]
    assert found.exchange.point.fn <= missed / 2
    able = [
        p
        for p in FOUR.points({"missed_defects", "cost_of_errors", "share_flagged"}, PRICED)
        if p["missed_defects"] <= missed / 2 and p["share_flagged"] < 1
    ]
    least = min(p["cost_of_errors"] for p in able)
    assert found.exchange.point.figures["cost_of_errors"] == pytest.approx(least)


def limits_there(page):
    return exchange_limits_words(page.selection, halved(page))


def test_halving_meets_the_limits_if_possible(build_priced):
    """A limit that some point meets binds. A limit that no point meets is shown as broken."""
    free = halved(build_priced(Choices(point=HERE)))
    flagged = free.point.figures["share_flagged"]
    page = build_priced(Choices(point=HERE, limits=(("share_flagged", flagged * 0.999),)))
    is_met = halved(page).point.figures["share_flagged"] <= flagged * 0.999
    assert ("not at most" in limits_there(page)) != is_met
    wide = build_priced(Choices(point=HERE, limits=(("share_flagged", 1.0),)))
    asked = figure(OBJECTIVES["share_flagged"], 1.0, PRICED)
    assert limits_there(wide) == (
        f"Share flagged at most {asked}: certified at 95% if no model saw these rows."
    )
    page = build_priced(Choices(point=HERE, limits=(("share_flagged", 0.001),)))
    share = figure(OBJECTIVES["share_flagged"], flagged, PRICED)
    asked = figure(OBJECTIVES["share_flagged"], 0.001, PRICED)
    assert limits_there(page) == (
        f"Share flagged: then {share}, not at most {asked} (unlikely, met in less than 1% of simulations)."
    )
    page = build_priced(Choices(point=HERE, limits=(("revenue_impact_percent", 1e6),)))
    percent = OBJECTIVES["revenue_impact_percent"]
    earned = resampled_figures.replicates(
        page.analysis, OBJECTIVES["revenue"], page.analysis.current
    )
    gained = optimism.samples_of(page.analysis, OBJECTIVES["revenue_impact"], free.point)
    assert gained is not None
    # The target is out of reach if the current system earns something. If it makes a loss, any gain meets it.
    often = certainty_words(LimitsMissed(float(np.mean((earned > 0) | (gained < 0)))))
    left = figure(percent, free.point.figures[percent.id], PRICED)
    assert limits_there(page) == (
        f"Revenue is then {left}, below your {figure(percent, 1e6, PRICED, 0)} target ({often})."
    )


@pytest.mark.parametrize(
    ("current", "is_fewer"), [(Today(NASTY[3], 0.02), True), (Today(NASTY[0], 0.46), False)]
)
def test_half_of_the_current_misses_is_compared_with_the_current_system(
    build_priced, current, is_fewer
):
    """The selected point flags nothing, so every other point has more false alarms."""
    scenario = replace(PRICED, today=current)
    page = build_priced(Choices(point=Point(NASTY[2], math.inf)), scenario)
    found = halving(page.selection, OBJECTIVES["missed_defects"])
    assert found.half_of_current is not None
    counted, point = FOUR.counts(current.model, current.threshold), found.half_of_current
    more, fewer = point.fp - counted["fp"], counted["fn"] - point.fn
    assert point.fn <= counted["fn"] / 2
    assert (more < 0) is is_fewer
    each = "" if is_fewer else f", {price_size(more / fewer)} for each avoided miss"
    compared = f"{abs(more):.0f} {'fewer' if is_fewer else 'more'} false alarms than today{each}"
    assert compared in half_of_current_words(page.analysis, page.names, found).split(": ")[1]


def test_half_of_no_misses_is_not_priced(build_priced):
    current = Today(NASTY[0], -math.inf)
    page = build_priced(Choices(point=HERE), replace(PRICED, today=current))
    assert page.analysis.current.fn == 0 < page.selection.point.fn
    found = halving(page.selection, OBJECTIVES["missed_defects"])
    assert half_of_current_words(page.analysis, page.names, found) == ""


def test_half_of_the_current_misses_is_reached_or_priced(build_priced):
    current = Today(NASTY[0], 0.46)
    page = build_priced(Choices(point=HERE), replace(PRICED, today=current))
    of_current = FOUR.counts(current.model, current.threshold)["fn"]
    reached = FOUR.counts(HERE.model, HERE.threshold)["fn"] <= of_current / 2
    found = halving(page.selection, OBJECTIVES["missed_defects"])
    words = half_of_current_words(page.analysis, page.names, found)
    assert found.is_half_of_current is reached
    assert words.endswith("is already reached") is reached

"""Tests of the model with the lowest cost of errors against the comparison of all models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.analysis.decide.cheapest_model import CheapestModel, cheapest_model
from dashboard.analysis.models.best_points import best_points_of, comparing_stakeholder
from dashboard.session.choices import Choices
from dashboard.words.decide.cheapest_model import (
    cheapest_elsewhere_words,
    cheapest_model_words,
    cheapest_words,
    selected_is_cheapest_words,
)
from dashboard.words.names import Names
from metrics import OperatingPoint, Scenario
from metrics.inference.comparison.cheapest_models import compare_cheapest
from metrics.inference.comparison.paired_difference import Chance
from tests.dashboard.priced import FOUR, HERE, PRICED, unknown


def test_the_cheapest_model_is_compared_with_the_next(build_priced):
    page = build_priced(Choices(point=HERE))
    found = compare_cheapest(page.analysis.points, page.analysis.uncertainty.bootstrap)
    cheapest = cheapest_model(page.analysis)
    assert found is not None
    assert cheapest is not None
    assert (cheapest.point.row, cheapest.rivals[0]) == (found.best.row, found.rival.model)
    could_be_first = best_points_of(page.analysis, comparing_stakeholder(page.analysis, "cost"))
    both = zip(could_be_first.picks[1:], could_be_first.may_lead[1:], strict=True)
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
def test_the_cheapest_model_is_named_with_its_certainty(tied, chance, said):
    here = OperatingPoint("a", 0.5, 0, 0, 0, 0, {})
    gap, names = CheapestModel(here, ("b", "c"), tied, chance), Names()
    about = "Cheapest model: a, b and c" if tied else "a is cheaper than b and c:"
    assert cheapest_model_words(Scenario(), names, gap) == (about, said[1])
    assert cheapest_elsewhere_words(names, gap, "Lowest error cost of 3 models") == said
    aside = cheapest_elsewhere_words(
        names, gap, "Lowest error cost of 3 models", "ignoring the target"
    )
    assert aside == (said[0].replace("Lowest", "Ignoring the target, lowest"), said[1])
    assert selected_is_cheapest_words(names, gap) == (("with b and c:" if tied else ""), said[1])
    assert "Vendor a" in cheapest_model_words(Scenario(), Names((("a", "Vendor a"),)), gap)[0]


def test_the_cheapest_point_has_the_highest_revenue_if_the_prices_imply_the_price_of_a_miss():
    implied = replace(PRICED, miss_cost=PRICED.implied_miss_cost)
    assert cheapest_words(implied, 11) == "Highest revenue of 11 models"
    assert cheapest_words(PRICED, 11) == "Lowest error cost of 11 models with misses weighed × 1.57"
    by_kind = replace(implied, miss_cost_by_type={"dent": 3.0})
    assert cheapest_words(by_kind) == "Lowest error cost"
    points = FOUR.points({"cost_of_errors", "revenue"}, implied)
    least, most = (
        min(points, key=lambda p: p["cost_of_errors"]),
        max(points, key=lambda p: p["revenue"]),
    )
    assert least["revenue"] == pytest.approx(most["revenue"])

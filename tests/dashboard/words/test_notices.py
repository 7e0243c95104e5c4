"""Tests of the notices about scarce data, and about choices that the data cannot answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.session.choices import Choices, Point
from dashboard.words.notices import carried_over
from metrics import Payoff, Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import Rows, made

ENOUGH = made(rows=900, seed=5)


@pytest.mark.parametrize(("wish", "tells"), [("missed_value", True), ("missed_defects", False)])
def test_few_valuable_defects_are_reported_for_objectives_of_value(tmp_path, wish, tells):
    value = np.ones(len(ENOUGH.labels))
    value[np.flatnonzero(ENOUGH.labels)[::30]] = 100.0
    path = ENOUGH.write(tmp_path / "valued.csv")
    pd.read_csv(path).assign(value=value).to_csv(path, index=False)
    rows = Written(ENOUGH.labels, ENOUGH.scores)
    choices = Choices(objectives=("log_loss", wish, "revenue_impact"))
    notices = " ".join(built_table(tmp_path, rows, Scenario(), choices).notices)
    assert ("A few defects hold most of the value" in notices) == tells


class Written(Rows):
    """Rows whose file exists already."""

    def write(self, path: Path) -> str:
        return str(path.with_name("valued.csv"))


def test_each_impossible_choice_has_one_sentence(tmp_path):
    hidden = FOUR.models[1]
    choices = Choices(
        point=Point(hidden, 0.5),
        pin=Point("unknown", 0.5),
        hidden=(hidden, "unknown"),
        objectives=("serving_cost", "missed_defects", "serving_cost"),
        limits=(("serving_cost", 30.0),),
    )
    page = built_table(tmp_path, FOUR, Scenario(), choices)
    label, why = "serving cost", "until all that it takes is given under “Serving”"
    assert page.notices[:4] == (
        "There is no model 'unknown' in this data.",
        f"{hidden} was chosen and is hidden.",
        f"{label.capitalize()} is undefined {why}; cost of errors is shown instead.",
        f"The limit on {label} cannot be judged: it is undefined {why}.",
    )
    assert page.selection.point.model != hidden
    every = built_table(tmp_path, FOUR, Scenario(), Choices(hidden=tuple(FOUR.models)))
    assert "Every model was hidden; all are shown." in every.notices
    assert set(every.analysis.points["model"]) == set(FOUR.models)


EARNS_NOTHING = Payoff(float(FOUR.labels.sum()), 0.0, -float((FOUR.labels == 0).sum()), 0.0)
"""Prices at which all shipped units together earn nothing."""
MAKES_A_LOSS = Payoff(1.0, -0.1, -1e4, -1.0)
NO_FLAGS = Today(FOUR.models[0], float("inf"))


@pytest.mark.parametrize(
    ("payoff", "today", "why"),
    [
        (MAKES_A_LOSS, NO_FLAGS, "today’s system makes a loss. Set a target in money."),
        (MAKES_A_LOSS, None, "no checks make a loss. Set a target in money."),
        (EARNS_NOTHING, NO_FLAGS, "today’s system earns nothing. Set a target in money."),
        (EARNS_NOTHING, None, "no checks earn nothing. Set a target in money."),
        (None, None, "no prices are entered."),
    ],
)
def test_an_undefined_target_in_per_cent_has_one_sentence(tmp_path, payoff, today, why):
    choices = Choices(limits=(("revenue_impact_percent", 30.0),))
    scenario = Scenario(miss_cost=1e4, payoff=payoff, today=today)
    page = built_table(tmp_path, FOUR, scenario, choices)
    [notice] = [sentence for sentence in page.notices if "judged" in sentence]
    assert notice == f"The target +30% cannot be judged: {why}"


def test_an_objective_in_per_cent_of_a_loss_is_undefined(tmp_path):
    choices = Choices(objectives=("log_loss", "missed_defects", "revenue_impact_percent"))
    scenario = Scenario(payoff=MAKES_A_LOSS, today=NO_FLAGS)
    [notice] = [
        sentence
        for sentence in built_table(tmp_path, FOUR, scenario, choices).notices
        if "undefined" in sentence
    ]
    assert "is undefined here, since today’s system makes a loss; cost of errors" in notice


def test_carried_choices_are_listed_in_the_words_of_the_page():
    assert carried_over(("miss_cost", "limits")) == (
        "Brought along from the data that was open before: the price of a miss and the limits. “Back to the "
        "scenario as opened”, below the scenario, takes that back."
    )

"""What the page says of a point, held to a reckoning from the rows, at the points of every model."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.page import card_text, state
from dashboard.session.choices import Choices, Point
from metrics import OBJECTIVES, Direction, Payoff, Scenario, Today
from metrics.inference.optimism import cross_fitted
from metrics.narrative.formatting import figure, span
from tests.dashboard.built import built_table
from tests.dashboard.pages import STAKEHOLDERS, names, wanted
from tests.dashboard.reckoning import (
    against,
    aside,
    bounded,
    default,
    gaps,
    in_file,
    own_pick,
    plain,
    system,
    what,
)
from tests.dashboard.tables import NASTY, Rows, made

FOUR = made(rows=120)
ONE = made(("the only one",), rows=120, seed=13)
RANK = made(rows=120, scale="rank", seed=11)
WEIGHTED = made(rows=120, weighted=True, seed=17)
PRICED = Scenario(
    miss_cost=12.5,
    defect_rate=0.02,
    units_per_year=1_200_000,
    currency="CHF",
    payoff=Payoff(4.0, -1.5, -20.0, -2.5),
    today=Today(NASTY[2], 0.2),
)
PER_CENT = ("average_precision", "missed_defects_per_1000_units", "revenue_impact_percent")
RATES = ("calibration_error", "precision", "false_alarms")


def certain() -> Rows:
    """Rows of which two models are sure, and wrong: one of one unit, one of several."""
    scores = {model: own.copy() for model, own in FOUR.scores.items()}
    goods, defects = np.flatnonzero(FOUR.labels == 0), np.flatnonzero(FOUR.labels == 1)
    scores[NASTY[0]][goods[3]] = 1.0
    scores[NASTY[2]][[*goods[:2], *defects[:2]]] = [1.0, 1.0, 0.0, 0.0]
    scores[NASTY[2]][[goods[5], defects[5]]] = [0.0, 1.0]  # sure, and right
    return replace(FOUR, scores=scores)


def limited(of: str, value: float) -> tuple[tuple[str, float], ...]:
    return ((of, value),) * 3


CASES = {
    "as opened": (FOUR, Scenario(), Choices()),
    "one model": (ONE, Scenario(), Choices()),
    "ranking": (RANK, Scenario(), Choices()),
    "weights": (WEIGHTED, Scenario(), Choices()),
    "weights and money": (WEIGHTED, PRICED, Choices(objectives=PER_CENT)),
    "rates": (FOUR, replace(PRICED, units_per_year=None), Choices(objectives=RATES)),
    "today is a model": (
        FOUR,
        Scenario(today=Today(NASTY[1], 0.14)),
        Choices(objectives=("roc_auc", *RATES[1:])),
    ),
    "no revenue to compare": (
        FOUR,
        Scenario(payoff=Payoff(0.0, 0.0, 0.0, 0.0)),
        Choices(objectives=("recall", "log_loss", "revenue_impact")),
    ),
    "at most": (FOUR, Scenario(), Choices(bounds=limited("share_flagged", 0.1))),
    "at least": (WEIGHTED, PRICED, Choices(bounds=limited("precision", 0.35))),
    "out of reach": (FOUR, Scenario(), Choices(bounds=limited("recall", 2.0))),
    "sure and wrong": (certain(), Scenario(), Choices(objectives=("log_loss", "brier", "f1"))),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The page of a file under a scenario."""

    def build(
        rows: Rows, scenario: Scenario, choices: Choices, *, resampled: bool = False
    ) -> state.PageState:
        folder = tmp_path_factory.mktemp("said")
        return built_table(folder, rows, scenario, choices, resampled=resampled)

    return build


def some(rows, model):
    """Thresholds of a model to look at: every eighth, and those that flag little and nothing."""
    steps = rows.thresholds(model)
    return sorted({*steps[::8], *steps[-3:]})


def points(page, rows):
    for model in rows.models:
        for at in some(rows, model):
            found = state.at_or_above(page.points, page.evaluation, Point(model, at))
            assert found is not None
            assert (found.model, found.threshold) == (model, at)
            yield model, at, found


@pytest.mark.parametrize("case", CASES)
def test_the_sentence_is_true_of_the_rows(built, case):
    rows, scenario, choices = CASES[case]
    page = built(rows, scenario, choices)
    name = card_text.today_words(page)
    if scenario.today is None:
        assert name == "ship everything"
    else:
        assert names(name, rows, *system(scenario))
    for model, at, point in points(page, rows):
        sentence = card_text.sentence(page, point)
        assert names(sentence.point, rows, model, at)
        assert sentence.point.startswith(model)
        odds = re.findall(r"\(1 in ([\d,]+)\)", sentence.what)
        told = re.sub(r"1 in [\d,]+", "1 in N", plain(sentence.what))
        assert told == what(rows, model, at, scenario)
        share = rows.value("share_flagged", model, at, scenario)
        assert all(abs(float(n.replace(",", "")) - 1 / share) < 0.5 + 1e-9 / share for n in odds)
        assert plain(sentence.against) == against(rows, model, at, scenario, name), (model, at)


def tone(of, now, then):
    better = now < then if OBJECTIVES[of].direction is Direction.MINIMISE else now > then
    return "good" if better else "bad"


def read(line):
    return plain(f"{line.strong} {line.before}{line.text}")


@pytest.mark.parametrize("case", CASES)
def test_the_cards_are_true_of_the_rows(built, case):
    rows, scenario, choices = CASES[case]
    page = built(rows, scenario, choices)
    for stakeholder, of in zip(STAKEHOLDERS, wanted(rows, *choices.objectives), strict=True):
        chosen = choices.bounds[STAKEHOLDERS.index(stakeholder)]
        own = own_pick(rows, of, chosen, scenario)
        bound = chosen or default(rows, of, scenario)
        best = math.nan if own is None else rows.value(of, own[0], own[1], scenario)
        for model, at, point in points(page, rows):
            card = card_text.card(page, page.stakeholder(stakeholder), point)
            assert plain(card.text) == rows.text(of, model, at, scenario)
            lines = [read(line) for line in card.lines]
            expected = in_file(rows, of, model, at, scenario)
            beside = aside(rows, of, model, at, scenario)
            expected += [] if beside is None else [beside]
            expected += gaps(rows, of, own, model, at, scenario)
            expected += bounded(rows, bound, model, at, scenario)
            assert lines[: len(expected)] == expected, (stakeholder, model, at)
            now, then = (
                rows.value(of, p[0], p[1], scenario) for p in ((model, at), system(scenario))
            )
            for line in card.lines:
                beside = best if line.cost else then
                assert line.tone in ("", tone(of, now, beside)), (stakeholder, model, at)
                assert bool(line.tone) <= (line.cost or "today" in line.text)
            fixed = [*card.lines[len(expected) :]]
            assert fixed == card_text.fixed(page, page.stakeholder(stakeholder))
            if own is None:
                [line] = fixed
                assert read(line).startswith("No own pick: no threshold qualifies with recall")
                continue
            first, *rules = fixed
            assert read(first).startswith(f"Own pick: {rows.text(of, *own, scenario)}, ")
            assert first.model == own[0]
            assert names(first.text, rows, *own)
            assert all(rule.quiet for rule in rules)
            assert bool(rules) == (bound is not None or OBJECTIVES[of].of_model)


def test_a_whole_models_pick_says_where_its_errors_cost_least(built):
    """The threshold that the probabilities imply is not the cheapest one."""
    page = built(FOUR, Scenario(), Choices())
    own = FOUR.pick("log_loss", Scenario())
    assert own is not None
    alone = replace(FOUR, scores={own[0]: FOUR.scores[own[0]]})
    cheapest = alone.pick("cost_of_errors", Scenario())
    assert cheapest is not None
    assert cheapest != own
    rule = card_text.fixed(page, page.stakeholder("data"))[-1].text
    told, at = re.split("; its errors cost least at ", rule)
    assert told == "at the threshold its probabilities imply"
    assert FOUR.counts(own[0], float(at)) == FOUR.counts(*cheapest)


def test_nothing_is_picked_where_each_threshold_flags_everything_or_nothing(built):
    rows = replace(ONE, scores={"level": np.full(len(ONE.labels), 0.5)})
    page = built(rows, Scenario(), Choices())
    assert [
        [read(line) for line in card_text.fixed(page, page.stakeholder(name))]
        for name in STAKEHOLDERS
    ] == [
        ["No own pick: no threshold flags some units and not all"],
        ["No own pick: no threshold qualifies while revenue is not below today’s"],
        ["No own pick: no threshold flags some units and not all"],
    ]  # fmt: skip
    assert not any(
        line.cost
        for stakeholder in STAKEHOLDERS
        for line in card_text.card(page, page.stakeholder(stakeholder), page.chosen).lines
    )


def test_the_point_that_is_todays_is_told_as_such(built):
    """Also between two scores; the same counts of another model are not its system."""
    twins = replace(FOUR, scores={**FOUR.scores, "twin": FOUR.scores[NASTY[1]]})
    at = FOUR.thresholds(NASTY[1])[20]
    page = built(twins, Scenario(today=Today(NASTY[1], at - 0.004)), Choices())
    for model, told in (
        (NASTY[1], "This is today’s system ("),
        ("twin", "the same missed defects"),
    ):
        point = state.at_or_above(page.points, page.evaluation, Point(model, at))
        assert point is not None
        assert told in card_text.sentence(page, point).against


def test_a_model_is_called_by_its_name_on_the_page(built):
    label = "the <i>new</i> one"
    page = built(FOUR, Scenario(), Choices(names=((NASTY[0], label),)))
    point = state.at_or_above(page.points, page.evaluation, Point(NASTY[0], math.inf))
    assert point is not None
    assert card_text.sentence(page, point).point == f"{label}, flag nothing"
    lines = card_text.card(page, page.stakeholder("data"), point).lines
    [first] = [line for line in lines if "every" in line.text]
    assert read(first) == f"of {label}, at every threshold"


@pytest.mark.parametrize("rows", [FOUR, WEIGHTED], ids=["four", "weighted"])
def test_the_own_pick_says_what_choosing_on_the_same_rows_flatters(built, rows):
    page = built(rows, Scenario(), Choices(), resampled=True)
    for stakeholder in page.stakeholders[1:]:
        found = cross_fitted(
            page.evaluation,
            stakeholder.objective,
            stakeholder.pick.model,
            stakeholder.bound,
        )
        assert found is not None
        rule = card_text.fixed(page, stakeholder)[-1].text
        there = figure(stakeholder.objective, found.value, Scenario())
        [told] = re.findall(rf"on other rows: {re.escape(there)} \((.*)\)$", rule)
        loss = stakeholder.objective.direction.loss(np.array([found.value, stakeholder.pick.value]))
        assert ("choosing on the same rows flatters" in told) == (loss[0] > loss[1])
        gap = re.findall(r"^([\d.]+) (?:more than|fewer than|above|below) here", told)
        size = abs(found.value - stakeholder.pick.value)
        assert gap if size else told == "the same as here"
        assert not gap or float(gap[0]) == pytest.approx(size, abs=0.051)
    off = built(rows, Scenario(), Choices())
    assert "on other rows" not in str(
        [card_text.fixed(off, stakeholder) for stakeholder in off.stakeholders]
    )


@pytest.mark.parametrize("scenario", [Scenario(), PRICED], ids=["observed", "priced"])
def test_an_interval_whose_ends_read_the_same_is_not_written(built, scenario):
    page = built(FOUR, scenario, Choices(objectives=("log_loss", *RATES[1:])), resampled=True)
    told = set()
    for model, at, point in points(page, FOUR):
        for stakeholder in page.stakeholders:
            text = card_text.range_words(page, stakeholder.objective, point)
            low, high = page.range_of(stakeholder.objective.id, model, at)
            assert text == span(
                stakeholder.objective, point.figures[stakeholder.objective.id], low, high, scenario
            )
            ends = re.fullmatch(r"95 %: (.*) to (.*)", text)
            assert ends is None or ends[1] != ends[2]
            told.add(text.partition(" ")[0])
    assert told <= {"", "95", "none"}
    assert "95" in told

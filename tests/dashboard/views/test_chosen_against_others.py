"""Tests of the tables of other models and of other prices of a miss, against the rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.analysis.decide.alternatives import compared_objectives, other_miss_costs
from dashboard.session.choices import Choices, Point
from dashboard.views.assumptions import price_inputs
from dashboard.views.models.chosen_against_others import other_models_table
from dashboard.words.numbers import CHANCE, figure, worse_by, written_gap
from metrics import OBJECTIVES, Scenario, Today
from metrics.inference.comparison import Chance
from tests.dashboard.analysis.test_other_models import AT, HERE, ROWS, other_models
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, Page, words

SCENARIO = Scenario(miss_cost=5.0, today=Today("worst", 0.3))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    def build(*, scenario: Scenario = SCENARIO, resampled: bool = True):
        choices = Choices(point=Point(HERE, AT))
        folder = tmp_path_factory.mktemp("others")
        return built_table(folder, ROWS, scenario, choices, resampled=resampled)

    return build


def cells(markup: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", markup, re.S)
    return [[words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def test_every_row_says_the_figures_of_the_rows_and_what_they_are_from_the_chosen(build):
    page = build()
    others = other_models(page)
    _, chosen, today, *rows = cells(other_models_table(page))
    assert chosen[0].endswith("chosen")
    assert today[0].endswith("today")
    seen = set()
    for row, other in zip(rows, others, strict=True):
        assert str(other.point.model) in row[0]
        for o, cell, gap in zip(
            compared_objectives(page.analysis), row[1:], other.gaps, strict=True
        ):
            value = ROWS.value(o.id, str(other.point.model), other.point.threshold, SCENARIO)
            here = ROWS.value(o.id, HERE, AT, SCENARIO)
            assert cell.startswith(figure(o, value, SCENARIO))
            side = "better" if worse_by(o, value, here) < 0 else "worse"
            assert f"{written_gap(o, value, here, SCENARIO).measure} {side}" in cell
            if gap is not None and gap.chance is not Chance.UNKNOWN and value != here:
                assert f"{side}, {CHANCE[gap.chance]}" in cell
                seen |= {side, gap.chance}
    assert seen == {"better", "worse", *Chance} - {Chance.UNKNOWN}


def test_what_would_clearly_be_better_stands_out_and_nothing_else(build):
    page = build()
    markup = other_models_table(page)
    assert "cg-open" not in markup
    cells_of = re.findall(r"<td.*?</td>", markup, re.S)
    is_gain = [words(cell).endswith(f"better, {CHANCE[Chance.CLEAR]}") for cell in cells_of]
    assert 0 < sum(is_gain) < len(is_gain)
    assert ["cg-gain" in cell for cell in cells_of] == is_gain


def test_no_checks_are_named_as_a_model_is_and_what_has_no_figure_is_a_dash(build):
    page = build(scenario=replace(SCENARIO, today=None))
    assert page.analysis.current.model is None
    heads, _, unchecked, *_ = cells(other_models_table(page))
    assert unchecked[0] == "No checks"
    losses = [head.startswith("log loss") for head in heads]
    assert [cell == "–" for cell in unchecked] == losses
    assert sum(losses) == 1


def test_what_is_not_known_yet_is_being_checked(build):
    assert "checking" not in other_models_table(build())
    page = build(resampled=False)
    assert "checking" not in other_models_table(page)  # nobody asked for it
    markup = other_models_table(page.analysed(shows_intervals=True))
    assert "checking" in markup
    assert not any(CHANCE[chance] in markup for chance in (Chance.CLEAR, Chance.POSSIBLE))


def test_the_prices_of_a_miss_stand_with_what_would_be_cheapest(build):
    page = build(resampled=False)
    found = other_miss_costs(page.analysis)
    assert found is not None
    _, *rows = cells(price_inputs.at_other_miss_costs(page))
    assert [row[0] for row in rows] == ["2.5", "5", "10"]
    for row, (_, point) in zip(rows, found.cheapest, strict=True):
        counts = ROWS.counts(str(point.model), point.threshold)
        assert str(point.model) in row[1]
        missed, alarms = (OBJECTIVES[name] for name in ("missed_defects", "false_alarms"))
        assert row[2:] == [
            figure(missed, counts["fn"], SCENARIO),
            figure(alarms, counts["fp"], SCENARIO),
        ]


@pytest.mark.parametrize(("key", "rows"), [("rows_no", "held-out"), ("rows_yes", "training")])
def test_whether_the_rows_were_held_out_is_answered_where_it_is_asked(
    tmp_path, monkeypatch, key, rows
):
    page = Page(monkeypatch, str(FOUR.write(tmp_path / "scores.csv")))
    assert any("Were models trained on these rows?" in markup for markup in page.markup)
    page.press(key)
    assert page.link["rows"] == rows
    assert not any("Were models trained on these rows?" in markup for markup in page.markup)

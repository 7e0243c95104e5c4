"""Tests of points side by side: intervals of figures and differences, against a bootstrap of the rows."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis import optimism, resampled_figures
from dashboard.decisions.decision import ORIGIN, Recorded
from dashboard.decisions.facts import DecisionFacts, facts_of
from dashboard.export.decision_files import decision_toml
from dashboard.export.decision_to_record import decision_of
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.views import points_side_by_side
from dashboard.words import decision as decision_words
from dashboard.words.numbers import CHANCE, figure, gap_ends, tied
from dashboard.words.numbers import ends as figure_ends
from metrics import OBJECTIVES, Payoff, Scenario, Today
from metrics.inference.interval_formulas import wilson_interval
from metrics.inference.optimism import shifted
from tests.dashboard.built import answer_of, built_table, card_of
from tests.dashboard.pages import Page, words
from tests.dashboard.resampled import ends, resamples
from tests.dashboard.tables import NASTY
from tests.dashboard.views.test_model_against_model import ROWS

HERE, THERE = Point(NASTY[0], 0.167), Point(NASTY[2], 0.25)
COUNTED = {"fn": "Missed defects", "fp": "False alarms", "tp": "Defects caught"}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    def made(*, scenario=None, resampled=True, **choices):
        chosen = replace(Choices(point=HERE, pin=THERE, compare="pin"), **choices)
        folder = tmp_path_factory.mktemp("compare")
        return built_table(folder, ROWS, scenario or Scenario(), chosen, resampled=resampled)

    return made


def rows(page):
    """Cells of each row by the row's head, each figure with its small print."""
    out = {}
    table = points_side_by_side._comparison_table(page)
    # A new file may have more defects than this one, so an interval may exceed them.
    assert ("below each, 95% interval on new data" in table) == page.analysis.shows_intervals
    for row in re.findall(r"<tr.*?</tr>", table, re.S):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        name = re.search(r'data-row="(.*?)"', row)
        parts = [tuple(words(part) for part in cell.split("<br>")) for cell in cells]
        out[name[1] if name else words(cells[0])] = parts[1:]
    return out


def often(better: float) -> str:
    """Sentence on how often one of two points is better, about the one that is better more often."""
    count = round(100 * better)
    return f"better in {count}" if count >= 50 else f"worse in {100 - count}"


def drawn_of(point, of):
    """Count at a point in every replicate, summed over the rows."""
    weights, blocks = resamples(ROWS)
    flagged, defect = ROWS.flagged(point.model, point.threshold), ROWS.labels == 1
    part = {"fn": ~flagged & defect, "fp": flagged & ~defect, "tp": flagged & defect}[of]
    return weights[:, part].sum(axis=1), blocks


@pytest.mark.parametrize("scenario", [Scenario(), Scenario(defect_rate=0.01, units_per_year=1e6)])
def test_counts_of_the_file_are_what_was_counted(build, scenario):
    told = rows(build(scenario=scenario))
    for key, name in COUNTED.items():
        here, there = (ROWS.counts(p.model, p.threshold)[key] for p in (HERE, THERE))
        more = "more" if here > there else "fewer"
        gap = "the same" if here == there else f"{abs(here - there):.0f} {more}"
        assert told[f"{name} in the file"] == [(f"{here:.0f}",), (f"{there:.0f}",), (gap,), ("",)]


def test_every_figure_has_its_interval_and_every_gap(build):
    page = build()
    told = rows(page)
    for o in map(
        page.analysis.objectives.__getitem__,
        ("log_loss", "missed_defects", "recall", "revenue_impact"),
    ):
        for cell, point in zip(
            told[o.id], (page.selection.point, page.selection.compared), strict=False
        ):
            low, high = optimism.range_of(page.analysis, o, point)
            assert cell[0] == words(figure(o, point.figures[o.id], Scenario()))
            assert cell[1] == words(figure_ends(o, point.figures[o.id], low, high, Scenario()))
        # HERE is somebody's pick, which flatters itself.
        optimistic_by = optimism.optimism_of(page.analysis, o, page.selection.point)
        found = resampled_figures.gap(
            page.analysis, o, page.selection.point, page.selection.compared, optimism=optimistic_by
        )
        assert found is not None
        size = page.selection.point.figures[o.id] - page.selection.compared.figures[o.id]
        assert found.size == pytest.approx(size - optimistic_by)
        low, high = shifted(found.low + optimistic_by, found.high + optimistic_by, optimistic_by)
        found = replace(found, low=low, high=high)
        both = (point.figures[o.id] for point in (page.selection.point, page.selection.compared))
        assert told[o.id][2][1] == words(gap_ends(found, Scenario(), *both))
        assert told[o.id][3][0] == f"{CHANCE[found.chance]}: {often(found.better)}"


def test_what_is_set_against_today_has_one_interval(build):
    """A change from today is its own gap to today, and so is the gap of what is earned in all."""
    page = build(
        scenario=replace(TODAY, payoff=Payoff(4.0, -1.5, -20.0, -2.5)), compare="today", point=None
    )
    o = page.analysis.objectives["revenue_impact"]
    assert optimism.optimism_of(page.analysis, o, page.selection.point) > 0
    ends = optimism.range_of(page.analysis, o, page.selection.point)
    for of in (o, page.analysis.objectives["revenue"]):
        found = optimism.gap_against(page.selection, of, page.analysis.current)
        assert found is not None
        assert (found.low, found.high) == ends


def test_a_ranking_has_one_interval_at_every_threshold(build):
    picked = build(point=None)
    o = picked.analysis.objectives["log_loss"]
    assert optimism.choice_of_chosen(picked.selection) is not None
    other = Point(
        str(picked.selection.point.model), ROWS.thresholds(str(picked.selection.point.model))[1]
    )
    moved = build(point=other)
    assert optimism.choice_of_chosen(moved.selection) is None
    one, same = (
        optimism.range_of(page.analysis, o, page.selection.point) for page in (picked, moved)
    )
    assert one == same


def test_a_ranking_is_told_as_sure_as_any_other_figure(build):
    page = build(objectives=("roc_auc", "average_precision", "revenue_impact"))
    told = rows(page)
    for of in ("roc_auc", "average_precision"):
        first, second, gap, how = told[of]
        assert all(" to " in cell[1] for cell in (first, second, gap))
        assert how[0].startswith(("clear: ", "may be chance: "))


def test_what_takes_long_is_not_waited_for(build, monkeypatch):
    monkeypatch.setattr(resampled_figures, "QUICK", 3)
    page = build(objectives=("roc_auc", "average_precision", "revenue_impact"))
    told = rows(page)
    assert told["average_precision"][3] == ("see “Model against model” above",)
    assert " to " in told["average_precision"][0][1]
    assert told["roc_auc"][3][0].startswith(("clear: ", "may be chance: "))


def test_a_gap_of_nothing_is_none(build):
    page = build(pin=HERE)
    told = rows(page)
    assert {gap for _, _, gap, *_ in list(told.values())[1:]} == {("the same",)}
    assert {how for *_, how in list(told.values())[1:]} == {("",)}
    # Of equal counts at other points the gap may still be one in other samples.
    same = [
        t for t in ROWS.thresholds(NASTY[0])
        if t != HERE.threshold
        and ROWS.counts(NASTY[0], t)["fn"] == ROWS.counts(HERE.model, HERE.threshold)["fn"]
    ]  # fmt: skip
    told = rows(build(pin=Point(NASTY[0], same[0])))
    assert told["missed_defects"][2][0] == "the same"
    assert told["Missed defects in the file"][2][0] == "the same"


def test_nothing_is_said_of_what_is_certain(build):
    """Who ships everything raises no false alarm in any sample."""
    told = rows(build(compare="today"))
    for of in ("false_alarms", "recall", "share_flagged", "False alarms in the file"):
        assert len(told[of][1]) == 1
    assert len(told["missed_defects"][1]) == 2
    assert not any("0 to 0" in part for cells in told.values() for c in cells for part in c)


def test_without_it_nothing_is_said_of_it(build):
    told = rows(build(resampled=False))
    assert all(len(cells) == 3 for cells in told.values())
    assert "95%" not in str(told)


TODAY = Scenario(today=Today(THERE.model, THERE.threshold))


@pytest.mark.parametrize("units", [None, 1e6])
def test_a_change_from_today_that_may_be_chance_is_told_as_such(build, units):
    page = build(scenario=replace(TODAY, units_per_year=units), compare="today")
    found = optimism.within_chance(page.selection)
    for key, name in (("fn", "missed_defects"), ("fp", "false_alarms")):
        (a, blocks), (b, _) = drawn_of(HERE, key), drawn_of(THERE, key)
        low, high = ends(a - b, blocks)
        assert (name in found) == (low <= 0 <= high), name
    assert (
        0
        < len(found & {o.id for o in resampled_figures.COMPARED})
        < len(resampled_figures.COMPARED)
    )

    told, bare = (
        decision_words.change_sentence(
            page.selection.point.figures,
            page.analysis.current.figures,
            page.analysis.scenario,
            page.words(page.analysis.current.model, page.analysis.current.threshold),
            same_model=page.analysis.current.model == page.selection.point.model,
            unsettled=of,
        )
        for of in (found, ())
    )
    assert told.replace(" (may be chance)", "") == bare
    for part, o in zip(
        told.partition(": ")[2].split(", "), resampled_figures.COMPARED, strict=True
    ):
        assert part.rstrip(".").endswith(" (may be chance)") == (o.id in found)
    card = card_of(page, page.analysis.stakeholder("product"), page.selection.point, at_rest=True)
    assert card.chance == ("may be chance" if "missed_defects" in found else "clear")
    beside = re.findall(r"<tr data-row.*?</tr>", points_side_by_side._comparison_table(page), re.S)
    assert {"may be chance" in row for row in beside} == {True, False}
    for row in beside:
        assert not ("may be chance" in row and ("cg-better" in row or "cg-worse" in row))
    assert decision_words.summary(DecisionFacts(decision_of(page, {}))).count(
        "(may be chance)"
    ) == told.count("(may be chance)")


def test_without_prices_nothing_is_called_revenue(build):
    page = build(compare="today")
    told = decision_words.change_sentence(
        page.selection.point.figures,
        page.analysis.current.figures,
        page.analysis.scenario,
        "no checks",
        same_model=False,
        unsettled=(),
    )
    assert told.startswith("Against no checks: ")
    assert told.endswith(" savings.")
    against = [o for o in page.analysis.objectives.values() if o.is_against_today]
    assert against
    assert {o.change_of for o in against} == {"savings"}
    assert not any("revenue" in o.label for o in against)


@pytest.mark.parametrize("at", [None, 0.18, 0.23, 0.3])
def test_a_pick_is_told_from_today_as_on_its_card(build, at):
    """The gap of what was picked for being the best allows for that in the table, too."""
    today = None if at is None else Today(THERE.model, at)
    page = build(scenario=Scenario(today=today), compare="today", point=None)
    cost = OBJECTIVES["cost_of_errors"]
    assert optimism.optimism_of(page.analysis, cost, page.selection.point) < 0
    told = rows(page)
    for of in ("missed_defects", "false_alarms", "cost_of_errors", "revenue_impact", "recall"):
        if of in told and not tied(
            page.selection.point.figures[of], page.analysis.current.figures[of]
        ):
            chance = optimism.chance_against(page.selection, OBJECTIVES[of], page.analysis.current)
            assert told[of][3][0].partition(":")[0] == CHANCE[chance], of
    found = optimism.gap_against(page.selection, cost, page.analysis.current)
    bare = resampled_figures.gap(page.analysis, cost, page.selection.point, page.analysis.current)
    assert found is not None
    assert bare is not None
    both = (point.figures[cost.id] for point in (page.selection.point, page.analysis.current))
    assert told[cost.id][2][1] == words(gap_ends(found, page.analysis.scenario, *both))
    assert found.high > bare.high
    assert found.better <= bare.better


def test_where_nothing_changes_nothing_is_told_as_chance(build):
    at_today = build(scenario=TODAY, compare="today", point=THERE)
    assert optimism.within_chance(at_today.selection) == frozenset()
    same_model = build(scenario=TODAY, compare="today", point=Point(THERE.model, 0.3))
    assert "log_loss" in {
        stakeholder.objective.id for stakeholder in same_model.analysis.stakeholders
    }
    assert "log_loss" not in optimism.within_chance(same_model.selection)


def test_nothing_is_told_as_chance_where_that_is_not_known(build):
    assert (
        optimism.within_chance(build(scenario=TODAY, compare="today", resampled=False).selection)
        == frozenset()
    )


@pytest.mark.parametrize("least", [0.2, 0.6])
def test_a_limit_that_other_rows_may_break_is_not_said_to_be_kept_for_sure(build, least):
    """Recall 0.94 with an interval from 0.85 or so: 0.2 is far below, what lies just below it is not."""
    recall = ROWS.value("recall", HERE.model, HERE.threshold, Scenario())
    close = least > 0.5
    page = build(scenario=Scenario(limits={"recall": recall - 1e-6 if close else least}))
    recalled = OBJECTIVES["recall"]
    found = {"recall": resampled_figures.interval(page.analysis, recalled, page.selection.point)}
    low, high = found["recall"]
    counts = ROWS.counts(HERE.model, HERE.threshold)
    share = wilson_interval(np.array([counts["tp"]]), counts["tp"] + counts["fn"])
    assert (low, high) == pytest.approx((share.low.item(), share.high.item()))
    assert (low < page.analysis.limits[0].value < high) == close
    taken = decision_of(page, {})
    assert taken.certificate is not None
    [one] = taken.certificate.limits
    assert one.standing == taken.certificate.together == ("met here" if close else "certified")
    among = f", after choosing among all {len(ROWS.models)} models"
    assert DecisionFacts(taken).missed == optimism.limits_missed(
        page.analysis, page.analysis.limits, page.selection.point
    )
    # A limit just below the figure decides that this is a pick.
    met = "uncertain, met in about 50% of simulations"
    sure = f"{met}, not certified" if close else f"certified at 95%{among}"
    assert decision_words.summary(DecisionFacts(taken)).endswith(
        f"{one.words[0].upper()}{one.words[1:]}: {sure}."
    )
    in_force = "met, not certified" if close else "certified at 95%"
    assert decision_words.limits_in_force(DecisionFacts(taken)) == f"{one.words} ({in_force})"
    with_limit = tomllib.loads(decision_toml(facts_of(Recorded(1, "k", ORIGIN, ORIGIN, taken))))[
        "limits"
    ]
    assert with_limit["limit"] == [
        {"objective": "recall", "asks": one.words, "standing": one.standing}
    ]
    said = answer_of(page, page.selection.point, at_rest=True).limits.partition(": ")[2]
    assert said == (met if close else "certified at 95% if no model saw these rows")
    moving = decision_words.limits_sentence(
        page.selection.point.figures, page.analysis.limits, page.analysis.scenario
    )
    assert moving == "Meets the limit."


def test_todays_system_or_any_point_with_a_name_is_chosen_to_stand_beside(tmp_path, monkeypatch):
    path, link = ROWS.write(tmp_path / "rows.csv"), to_query(Choices(pin=THERE, compare="pin"))
    shown = Page(monkeypatch, str(path), link=link, at="models")

    def beside(words: str) -> tuple[str, Point | None]:
        [option] = [
            o for o in shown.app.selectbox(key="right_point").options if o.startswith(words)
        ]
        shown.app.selectbox(key="right_point").select(option).run()
        choices = from_query(shown.sound().link)[0]
        return choices.compare, choices.pin

    assert shown.app.selectbox(key="right_point").index == 0
    assert beside("No checks") == ("today", THERE)
    compare, pin = beside("Best for the executive")
    assert compare == "pin"
    assert pin not in (None, THERE)

"""Tests that every stop of the strip has the same words and positions as the server gives its point."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis.decide.stops import MOST, NEAR
from dashboard.analysis.decide.tradeoff import along
from dashboard.analysis.picked_points import points_like_picks
from dashboard.analysis.points_table import at_or_above
from dashboard.live.marks import Marks
from dashboard.live.point_words import PointWords
from dashboard.live.records import Record, as_columns, with_dicts
from dashboard.live.strip import stops_of, strips
from dashboard.page_view import PageView
from dashboard.session.choices import Choices, Point
from metrics import Payoff, Scenario, Today
from metrics.scenario.inspection import Inspection
from tests.dashboard.built import built_table
from tests.dashboard.live.node import needs_node, run
from tests.dashboard.messages import unpack
from tests.dashboard.tables import NASTY, made

ROWS = {
    "four": made(rows=700),
    "weighted": made(weighted=True, rows=300, seed=17),
    "ranks": made(weighted=True, rows=300, scale="rank", seed=11),
}
PRICED = Scenario(
    miss_cost=2.5,
    units_per_year=2.4e6,
    defect_rate=0.031,
    payoff=Payoff(4.0, -1.5, -20.0, -1.5),
    currency="<b>kr.",
    today=Today(NASTY[2], 0.4),
)
PEOPLE = replace(PRICED, inspection=Inspection(price=0.3, catches=0.9, rejects=0.02))
CASES = {
    "as opened": ("four", Scenario(), Choices()),
    "shares": (
        "weighted",
        Scenario(),
        Choices(objectives=("average_precision", "precision", "share_flagged"), x="recall"),
    ),
    "money": (
        "four",
        PRICED,
        Choices(
            objectives=("brier", "shipped_defects_per_million", "revenue_impact_percent"),
            compare="pin",
            pin=Point(NASTY[2], 0.3),
        ),
    ),
    "limits": (
        "ranks",
        Scenario(miss_cost=0.3),
        Choices(
            objectives=("mcc", "missed_defects_per_1000_units", "f1"),
            limits=(("recall", 0.8), ("false_alarms", 60.0)),
            x="flagged",
        ),
    ),
    "two thresholds": ("four", PEOPLE, Choices(limits=(("missed_defects", 30_000.0),))),
    "two thresholds set": (
        "four",
        PEOPLE,
        Choices(
            objectives=("log_loss", "precision", "revenue_impact"),
            point=Point(NASTY[1], 0.6, 0.1),
            limits=(("recall", 0.8),),
        ),
    ),
}


@pytest.fixture(scope="module", params=CASES)
def page(request, tmp_path_factory):
    rows, scenario, choices = CASES[request.param]
    folder = tmp_path_factory.mktemp("strip")
    return built_table(folder, ROWS[rows], scenario, choices, resampled=True)


def plain(value):
    """Value after a round trip through JSON."""
    return json.loads(json.dumps(value))


def alone(page: PageView, stop: Record) -> PageView:
    """Page that the link of a stop opens."""
    below = None if stop["below"] is None else float(stop["below"])
    asked = Point(stop["model"], float(stop["at"]), below)
    point = at_or_above(page.analysis.points, page.analysis.evaluation, asked)
    assert point is not None
    return page.select(point)


def without_chance(words: Record) -> Record:
    """Words without intervals of picks, and without words that only the selected point has."""
    answer = {k: v for k, v in words["answer"].items() if k in ("point", "exact_point", "effect")}
    answer["broken"] = words["answer"]["is_broken"]
    answer["headline"] = words["answer"]["headline"]
    known = ("interval", "chance")
    cards = {
        name: {slot: text for slot, text in card.items() if slot not in known}
        for name, card in words["cards"].items()
    }
    beside = {k: v for k, v in words["threshold"].items() if k != "current"}
    return {"answer": answer, "cards": cards, "threshold": beside, "labels": words["labels"]}


def test_each_stop_has_the_words_of_the_page_at_its_point(page):
    found = strips(page, stops_of(page), words=True)
    picks = points_like_picks(page.analysis)
    for stops in (unpack(plain(strip)) for strip in found.values()):
        for stop in stops[:: max(1, len(stops) // 12)]:
            there = alone(page, stop)
            said = PointWords(there)
            own = said.cards_with_words([there.selection.point], at_rest=True)
            [at_rest] = map(plain, map(with_dicts, said.at(own, at_rest=True)))
            assert without_chance(stop) == without_chance(at_rest), stop["at"]
            for name, card in stop["cards"].items():
                rest = at_rest["cards"][name]
                # Off the curve the interval is computed once the point is selected.
                is_off = stop["below"] is not None or stop["model"] != page.selection.point.model
                if not is_off and Point(stop["model"], float(stop["at"])) not in picks:
                    assert card["interval"] == rest["interval"]
                # No comparison is judged until the server has received the point.
                is_awaited = card["interval"] == "checking"
                assert is_awaited <= is_off
                assert card["chance"] == ("checking" if is_awaited else "")


def test_the_marks_of_a_stop_are_at_its_figures(page):
    view = Marks(page)
    for stop in unpack(plain(strips(page, stops_of(page))["upper"]))[::7]:
        point = alone(page, stop).selection.point
        figures = [point.figures[o.id] for o in view.objectives]
        assert [math.nan if y is None else y for y in stop["y"]] == pytest.approx(
            figures, rel=1e-6, nan_ok=True
        )
        where = {"threshold": point.threshold, "flagged": point.figures["share_flagged"]}
        x = where.get(page.choices.x, point.figures["recall"])
        assert float(stop["x"]) == pytest.approx(x, rel=1e-6)
        assert plain(view.marks_of(point)) == {k: stop[k] for k in view.marks_of(point)}


def test_the_stops_hold_the_picks_and_the_neighbours_of_the_selected_threshold(page):
    curve = page.analysis.evaluation.curve_of(str(page.selection.point.model))
    own = curve.thresholds[curve.distinct].tolist()
    at = curve.row(page.selection.point.threshold)
    for handle, strip in strips(page, stops_of(page)).items():
        stops = unpack(plain(strip))
        if handle == "others":
            assert page.selection.point.model not in {stop["model"] for stop in stops}
            continue
        assert len(stops) <= MOST
        assert all(float(stop["from"] or stop["at"]) <= float(stop["at"]) for stop in stops)
        if handle == "lower":
            assert {float(stop["at"]) for stop in stops if float(stop["from"]) < own[at]} == {
                own[at]
            }
            continue
        there = [float(stop["at"]) for stop in stops]
        assert there == sorted({*there})
        picks = [
            p.threshold
            for p in points_like_picks(page.analysis)
            if p.model == page.selection.point.model
        ]
        assert {*own[max(0, at - NEAR) : at + NEAR + 1], *picks} <= {*there}


def test_the_stops_of_a_zoomed_axis_are_in_sight_or_near_the_selected_one(page):
    x = along(page.selection.model_points, page.choices.x)
    seen = tuple(np.quantile(x[np.isfinite(x)], (0.3, 0.4)).tolist())
    shown = [
        float(stop["x"]) for stop in unpack(plain(strips(page, stops_of(page, seen))["upper"]))
    ]
    inside = {float(f"{one:.7g}") for one in x if seen[0] <= one <= seen[1]}
    assert len(inside & {*shown}) >= min(len(inside), MOST // 2)


def test_unknown_words_show_checking(tmp_path):
    page = built_table(tmp_path, ROWS["four"], PRICED, Choices())
    page = page.analysed(shows_intervals=True, has_intervals=False)
    [stop, *_] = unpack(plain(strips(page, stops_of(page), words=True)["upper"]))
    assert {card["interval"] for card in stop["cards"].values()} == {"checking"}


PLAYER = """
const {store} = await import(`file://${process.argv[1]}/player.js`);
globalThis.requestAnimationFrame = () => 1;
const told = [], asked = [];
const place = (at) => ({model: "a", at: String(at), below: null});
const [strip, words, others] = JSON.parse(process.argv[2]);
const page = (at, turn) => ({
  session: "s", of: "k", turn, now: {...place(at), answer: {}}, paper: [],
  models: [{name: "a"}, {name: "b", opening: "0.5"}],
});
// Streamlit sends all that comes until its timeout in one batch, for which it runs one fragment alone.
let isOpen = false, crowded = 0;
const batch = () => {
  if (isOpen) crowded += 1;
  isOpen = true;
  setTimeout(() => (isOpen = false), 0);
};
const say = (what, point) => {
  batch();
  told.push([what, point.model, point.threshold, point.turn]);
};
const at = () => store.now.at;
const seen = [];
const note = () => seen.push([at(), store.atRest]);
store.takePage(page(1, 0), say);
const ask = (what, value) => {
  batch();
  asked.push(value);
};
store.takeStops({}, ask);
note();
store.near(); store.near();
store.grasp("upper"); store.step(1, "upper"); store.step(1, "upper"); note(); // before there are stops
store.takeStops({of: "other", strips: {upper: strip}}, ask); note();
store.takeStops({of: "k", strips: {upper: strip, others}}, ask); note();
store.takeStops({of: "other", words: {upper: words}}, ask); seen.push(store.now.answer?.point ?? "");
store.takeStops({of: "k", words: {upper: words}}, ask); seen.push(store.now.answer.point);
store.takePage(page(0, 0), say); note(); // the server draws again under the hand
store.release(); note();
store.takePage(page(2, 0), say); note(); // an answer to what was before
store.takePage(page(3, 1), say); note();
store.takeStops({of: "k", strips: {upper: strip, others}}, ask);
store.grasp("upper"); store.step(1, "upper"); store.step(-1, "upper"); store.release(); note();
store.chooseModel("a"); store.chooseModel("b"); note();
store.choose(place(4)); note();
await new Promise((done) => setTimeout(done, 500)); // messages go one by one
console.log(JSON.stringify({seen, told, asked, crowded}));
"""


STOPS = """
const {store} = await import(`file://${process.argv[1]}/player.js`);
const strips = {upper: JSON.parse(process.argv[2])};
store.takePage({session: "s", of: "k", turn: 0, now: {}}, () => {});
store.takeStops({of: "k", strips}, () => {});
console.log(JSON.stringify(store.stops()));
"""


@needs_node
def test_the_player_reads_the_records_of_the_server():
    texts = ["19 of 100", "19 of 100", "1 of 100", "1 of 100 of 100", "", "19"]
    numbers = [1.0, "inf", "inf", None, 1.0, 0.25]
    records = [
        {"at": str(k), "card": {"said": text, "is_best": k > 2}, "y": (number, None)}
        | {"lines": ((f"{text}.",), (f"at {k}", text or None))}
        for k, (text, number) in enumerate(zip(texts, numbers, strict=True))
    ]
    for some in (records, records[:1], []):
        assert run(STOPS, json.dumps(as_columns(some))) == plain(some)
        assert unpack(plain(as_columns(some))) == plain(some)


@needs_node
def test_an_earlier_answer_does_not_undo_a_later_choice():
    places = [{"model": "a", "at": str(k), "below": None} for k in range(5)]
    words = [places[3] | {"answer": {"point": "a at 3"}}]
    opening = [{"model": "b", "at": "0.5", "below": None}]
    found = run(PLAYER, json.dumps([as_columns(stops) for stops in (places, words, opening)]))
    assert found["seen"] == [
        ["1", True],
        ["1", True],
        ["1", True],
        ["3", False],
        "",
        "a at 3",
        ["3", False],
        ["3", False],
        ["3", False],
        ["3", True],
        ["3", True],
        ["0.5", False],
        ["4", False],
    ]
    assert found["told"] == [
        ["chosen", "a", "3", 1],
        ["chosen", "b", "0.5", 2],
        ["chosen", "a", "4", 3],
    ]
    assert found["crowded"] == 0
    # The player sends one request at a time, repeats it after a change of page, and requests stops per point.
    # The first stops arrive with all their words.
    first, stops = ({"seen": None, "whole": handle} for handle in ("upper", None))
    said, rest = (
        {"seen": None, "open": {"upper": unknown, "others": [0]}}
        for unknown in ([0, 1, 2, 3, 4], [0, 1, 2, 4])
    )
    assert found["asked"] == [first, first, said, said, stops, stops, stops, rest]

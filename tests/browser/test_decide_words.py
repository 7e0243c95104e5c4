"""Tests that texts written by the browser during a drag equal those of the server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.decide.front import shortlist
from dashboard.analysis.points_table import at_or_above
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.figures.model_styles import SHAPES
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.words.decide.cards import CARD_HELP, CardWords
from dashboard.words.limits.limits_status import obstacle_words
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES
from metrics.evaluation.operating_points import OperatingPoint
from tests.browser.conftest import SHOWN
from tests.dashboard.built import answer_of, card_of
from tests.dashboard.tables import NASTY, made

# Texts at some stops and at the first points of other models, before the server gets a message.
MOVED = """
async () => {
  const {store} = await import('/_stcore/bidi-components/common-ground.table/player.js');
  const show = %s;
  const stops = store.stops();
  store.grasp('upper');
  const shown = [];
  const some = stops.filter((_, k) => k % Math.ceil(stops.length / 40) === 0);
  for (const stop of [...some, ...store.stops('others')]) {
    store.move(stop);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    shown.push({...show(), model: store.now.model, at: store.now.at, atRest: store.atRest});
  }
  return shown;
}
"""
FILES = {
    "weighted": made(weighted=True, rows=700, seed=17),
    "ranks": made(weighted=True, scale="rank", seed=11),
}
OPTIONS = {"ranks": ["--scale", "rank"]}
PRICED = {
    "payoff": "4.0,-1.5,-20.0,-1.5",
    "units": "2.4e6",
    "rate": "0.031",
    "miss": "2.5",
    "currency": "<b>kr.",
    "today": f"0.4@{NASTY[3]}",
}
LINKS: dict[str, dict[str, str]] = {
    "as opened": {},
    "shares": {"want": "average_precision,precision,share_flagged", "x": "recall"},
    "bound": {
        "want": "brier,false_alarms,recall",
        "within": ",recall:0.9,false_alarms:3",
        **to_query(Choices(names=((NASTY[0], "<i>trees</i> & co, 2"), ("mlp_pixels", "net, $5$")))),
    },
    "money": {
        "want": "cost_of_errors,shipped_defects_per_million,revenue_impact_percent",
        **PRICED,
    },
    "limits": {"limits": "recall:0.8,false_alarms:120,log_loss:0.2"},
    "rates": {"want": "mcc,missed_defects_per_1000_units,f1", "miss": "0.3", "x": "flagged"},
}


def line_of(card: CardWords) -> str:
    """Second line of a stakeholder's card."""
    return f"{card.comparison}{card.chance}{CARD_HELP['ask'] if card.needs_prices else ''}"


def by_the_server(
    page: page_view.PageView, point: OperatingPoint, *, at_rest: bool
) -> dict[str, Any]:
    """Texts of a point as written by the server, with intervals unless during a drag."""
    cards = [card_of(page, s, point, at_rest=at_rest) for s in page.analysis.stakeholders]
    answer = answer_of(page, point, at_rest=at_rest)
    led = " ".join(filter(None, [answer.lead, answer.lead_chance]))
    obstacle = obstacle_words(page.analysis)
    stop = "." if led and obstacle else ""
    why = f"{answer.reason} {led}{stop}" if led else answer.reason
    mark = SHAPES[page.styles[str(point.model)].symbol]
    defects, goods = page.analysis.evaluation.factors
    counts = [point.fn * defects, point.fp * goods]
    # Below a clipped loss is its number of clipped units; other figures have their unit next to them.
    clipped = [card.unit if "confident mistake" in card.unit else "" for card in cards]
    units = ["" if own else card.unit for card, own in zip(cards, clipped, strict=True)]
    return {
        "sentence": f"{mark}{answer.point}{answer.effect} {why} {obstacle}",
        "headline": answer.headline,
        "limits": answer.limits,
        "figures": [f"{card.figure} {unit}" for card, unit in zip(cards, units, strict=True)],
        "ranges": [card.interval for card in cards],
        "bests": [card.best for card in cards],
        "lines": [line_of(card) + own for card, own in zip(cards, clipped, strict=True)],
        "counts": [figure(OBJECTIVES["missed_defects"], n, page.analysis.scenario) for n in counts],
    }


EVERY_DAY = {("weighted", "limits")}
CASES = [
    pytest.param(file, kind, marks=[] if (file, kind) in EVERY_DAY else [pytest.mark.slow])
    for file in ("sample", *FILES)
    for kind in LINKS
]


@pytest.fixture(scope="module")
def arguments(request, tmp_path_factory):
    if request.param == "sample":
        return []
    folder = tmp_path_factory.mktemp(request.param)
    path = FILES[request.param].write(folder / "rows.csv")
    return [path, *OPTIONS.get(request.param, [])]


@pytest.mark.parametrize(("arguments", "kind"), CASES, indirect=["arguments"])
def test_texts_of_the_browser_equal_those_of_the_server(app_on, window, arguments, kind):
    link = {k: v for k, v in LINKS[kind].items() if arguments or NASTY[3] not in v}
    reader = window(f"{app_on(*arguments)}/?{urlencode(link)}")
    choices, refused = from_query(link)
    assert refused == ()
    opened = open_dataset(app_options(arguments))
    resampled_figures.resample(page_view.build(choices, opened, "light").analysis)
    page = page_view.build(choices, opened, "light")
    assert page.analysis.uncertainty is not None

    reader.near_slider()
    shown = reader.page.evaluate(MOVED.replace("%s", SHOWN))
    assert sum(not stop["atRest"] for stop in shown) >= min(
        10, len(page.selection.model_points) - 1
    )
    listed = shortlist(page.analysis, choices.axes) | {str(page.selection.point.model)}
    assert {stop["model"] for stop in shown} == listed
    for stop in shown:
        asked = Point(stop["model"], float(stop["at"]))
        point = at_or_above(page.analysis.points, page.analysis.evaluation, asked)
        assert point is not None
        written = by_the_server(page, point, at_rest=stop["atRest"])
        assert {key: stop[key] for key in written} == written
        values = [(s.objective, point.figures[s.objective.id]) for s in page.analysis.choosing]
        labels = [
            figure(o, value, page.analysis.scenario) for o, value in values if np.isfinite(value)
        ]
        # The trade-off of another model comes from the server.
        is_drawn = stop["model"] == page.selection.point.model
        assert stop["labels"] == (labels if is_drawn else [])

"""While the threshold is moved the browser says what the server would say, and reckons the same floats."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.analysis import points_of_model
from dashboard.arguments import app_options, open_dataset
from dashboard.figures.palette import SHAPES
from dashboard.live import payload
from dashboard.session.choices import Choices
from dashboard.session.url import from_query, to_query
from dashboard.words.decide.cards import CardWords
from dashboard.words.numbers import figure
from metrics import OBJECTIVES
from metrics.evaluation.operating_points import COUNTS, OperatingPoint
from tests.browser.conftest import SHOWN
from tests.dashboard.built import answer_of, card_of
from tests.dashboard.tables import NASTY, made

EACH = 60
# What is shown at each of the points (model, position), before the server hears of them.
MOVED = """
async points => {
  const {store} = await import('/_stcore/bidi-components/common-ground.table/store.js');
  const show = %s;
  const told = store.page.chosen;
  const shown = [];
  for (const [model, at] of points) {
    store.move(model, at);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    shown.push({...show(), atRest: store.atRest});
  }
  store.move(...told);
  return shown;
}
"""
# Every float that the browser has, column by column, as bytes.
FLOATS = """
async names => {
  const {store} = await import('/_stcore/bidi-components/common-ground.table/store.js');
  const {thresholds, below, counts, firsts, sizes} = store.pack;
  const columns = {threshold: thresholds, below, ...counts};
  for (const id of names)
    columns[id] = sizes.flatMap((size, m) => Array.from({length: size}, (_, at) => store.value(id, m, at)));
  const text = numbers => {
    const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
    let all = '';
    for (let k = 0; k < bytes.length; k += 8192) all += String.fromCharCode(...bytes.subarray(k, k + 8192));
    return btoa(all);
  };
  return Object.fromEntries(Object.entries(columns).map(([name, numbers]) => [name, text(numbers)]));
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
    """The second line of a stakeholder's card."""
    return f"{card.comparison}{card.chance}"


def by_the_server(
    page: page_view.PageView, point: OperatingPoint, *, at_rest: bool
) -> dict[str, Any]:
    """What the page shows of a point, as the server would write it; at rest with what may be chance."""
    cards = [card_of(page, s, point, at_rest=at_rest) for s in page.stakeholders]
    answer = answer_of(page, point, at_rest=at_rest)
    led = " ".join(filter(None, [answer.lead, answer.lead_chance]))
    stop = "." if led and answer.obstacle else ""
    why = f"{answer.reason} {led}{stop}" if led else answer.reason
    mark = SHAPES[page.styles[str(point.model)].symbol]
    defects, goods = page.evaluation.factors
    counts = [point.fn * defects, point.fp * goods]
    # What a threshold decides has its interval once the server has heard which model it is of.
    is_heard = point.model == page.chosen.model
    known = [is_heard or s.objective.of_model for s in page.stakeholders]
    # Of how many units a loss is clipped stands below it, where others have their unit beside them.
    clipped = [card.unit if "certain and wrong" in card.unit else "" for card in cards]
    units = ["" if own else card.unit for card, own in zip(cards, clipped, strict=True)]
    return {
        "sentence": f"{mark}{answer.point}{answer.effect} {why} {answer.obstacle}",
        "headline": answer.headline,
        "limits": answer.limits,
        "figures": [
            "" if card.needs_prices else f"{card.figure} {unit}"
            for card, unit in zip(cards, units, strict=True)
        ],
        "ranges": [card.interval if own else "" for own, card in zip(known, cards, strict=True)],
        "bests": [card.best for card in cards],
        "lines": [line_of(card) + own for card, own in zip(cards, clipped, strict=True)],
        "counts": [figure(OBJECTIVES["missed_defects"], n, page.scenario) for n in counts],
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
def test_the_browser_says_what_the_server_says(app_on, window, arguments, kind):
    link = {k: v for k, v in LINKS[kind].items() if arguments or NASTY[3] not in v}
    reader = window(f"{app_on(*arguments)}/?{urlencode(link)}")
    choices, refused = from_query(link)
    assert refused == ()
    opened = open_dataset(app_options(arguments))
    resampled_figures.resample(page_view.build(choices, opened, "light").analysis)
    page = page_view.build(choices, opened, "light")
    assert page.uncertainty is not None

    # Every figure of every operating point.
    columns = [o.id for o in payload.columns(page.analysis)]
    floats = reader.page.evaluate(FLOATS, columns)
    models = list(dict.fromkeys(page.points["model"]))
    for name in ("threshold", *COUNTS, *columns):
        here = page.points[name].to_numpy(np.float64)
        there = np.frombuffer(base64.b64decode(floats[name]), "<f8")
        undefined = np.isnan(here)
        assert (np.isnan(there) == undefined).all(), name
        assert (here.view(np.int64) == there.view(np.int64))[~undefined].all(), name

    # The words at some of them: at random, both ends of each model, today's, and the stakeholders' own picks.
    rng = np.random.default_rng(list(LINKS).index(kind))
    own = [points_of_model(page.points, model) for model in models]
    places = [(int(m), int(rng.integers(len(own[m])))) for m in rng.integers(0, len(own), EACH)]
    places += [(m, at) for m in range(len(own)) for at in (0, len(own[m]) - 1)]
    named = [
        (stakeholder.pick.model, stakeholder.pick.threshold)
        for stakeholder in page.stakeholders
        if stakeholder.pick
    ]
    if page.today.model is not None:
        named.append((page.today.model, page.today.threshold))
    for model, threshold in named:
        at = page.evaluation.curve_of(model).row(threshold)
        places.append((models.index(model), at))
    shown = reader.page.evaluate(MOVED.replace("%s", SHOWN), [list(place) for place in places])
    assert sum(not at["atRest"] for at in shown) >= EACH
    for (m, at), said_there in zip(places, shown, strict=True):
        point = OperatingPoint.from_points(own[m], at)
        written = by_the_server(page, point, at_rest=said_there["atRest"])
        if models[m] != page.chosen.model:  # its intervals come once it is chosen
            of_model = [s.objective.of_model for s in page.stakeholders]
            written["ranges"] = [
                text if known else ""
                for text, known in zip(written["ranges"], of_model, strict=True)
            ]
        assert {key: said_there[key] for key in written} == written
        if models[m] != page.chosen.model:
            continue
        labels = []
        for s in page.stakeholders:
            value = point.figures[s.objective.id]
            if s.objective.of_model or not np.isfinite(value):
                continue
            labels.append(figure(s.objective, value, page.scenario))
        assert said_there["labels"] == labels

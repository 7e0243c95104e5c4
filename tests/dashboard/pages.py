"""Helpers that run the app without a browser, started by a command line or a link, and read its page."""

from __future__ import annotations

import html
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.analysis.decide.stops import NEAR
from dashboard.session.choices import Point
from dashboard.words.decision import PAYOFF_NAMES
from metrics import Scenario
from tests.dashboard.messages import Message, messages, send, unpack
from tests.dashboard.slides import plain
from tests.dashboard.tables import NASTY, Rows, made

STAKEHOLDERS = ("data", "product", "executive")
CHIPS = "volume rate miss prices today limits serving inspection details".split()
BOXES = (*(f"chip_{name}" for name in CHIPS), "change_point", "axis_x")
"""Boxes of the page whose inputs exist while the boxes are open."""
FILES = {
    "four": made(),
    "rank": made(scale="rank", seed=11),
    "one": made(("the only one",), seed=13),
    "weighted": made(weighted=True, seed=17),
}
OPTIONS = {"rank": ("--scale", "rank")}
FOUR = FILES["four"]
POINT = Point(NASTY[1], FOUR.thresholds(NASTY[1])[40])
APP = Path(__file__).parents[2] / "dashboard" / "views" / "navigation.py"


def words(markup: str) -> str:
    """Text of markup: without tags, with resolved entities and single spaces."""
    spaced = re.sub(r"<br>|</t[hd]>|<span class=.cg-[^>]*>", " ", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", spaced)).split())


class Page:
    """Run of the app."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *arguments: str,
        link: Mapping[str, Any] | None = None,
        at: str = "",
        boxes: Sequence[str] = BOXES,
    ) -> None:
        # Streamlit's own threads read the command line while the app runs.
        kept = [] if "--register" in arguments else ["--private"]
        monkeypatch.setattr(sys, "argv", [str(APP), *kept, *arguments])
        self.app = AppTest.from_file(str(APP), default_timeout=240)
        self._compared: tuple[object, str] | None = None
        self._boxes = boxes
        for key, value in (link or {}).items():
            self.app.query_params[key] = value
        if at:
            self.app._page_hash = calc_hash(at)
        self.run()

    def run(self) -> Page:
        for box in self._boxes:
            self.app.session_state[box] = True
        self.app.run()
        return self.sound()

    def with_intervals(self) -> Page:
        """The same page with intervals, which a link without them left out."""
        del self.app.query_params["intervals"]
        return self.run()

    def turn(self, to: str) -> Page:
        """Switch to another page by its address."""
        self.app._page_hash = calc_hash(to)
        return self.run()

    def sound(self) -> Page:
        """Assert that no exception was raised; return the page."""
        assert [e.value for e in self.app.exception] == []
        return self

    def set(self, kind: str, key: str, value: Any) -> Page:
        """Give a widget a value, as a reader would."""
        getattr(self.app, kind)(key=key).set_value(value).run()
        return self.sound()

    def price(self, target: float | None = None, **earned: float) -> Page:
        """Fill in the prices and the target in per cent of revenue, apply them, and open the form again.

        An empty price that is not given becomes 0.
        """
        self.app.number_input(key="target").set_value(target)
        for name in PAYOFF_NAMES:
            if self.app.number_input(key=f"payoff_{name}").value is None:
                earned.setdefault(name, 0.0)
        for name, value in earned.items():
            self.app.selectbox(key=f"sign_{name}").set_value("earned" if value >= 0 else "lost")
            self.app.number_input(key=f"payoff_{name}").set_value(abs(value))
        return self.press("use_prices").run()

    def enter_current(self, model: str, threshold: float | None = None) -> Page:
        """Fill in the form of the current system, apply it, and open the form again."""
        self.app.selectbox(key="today_model").set_value(model)
        if threshold is not None:
            self.app.number_input(key="today_threshold").set_value(threshold)
        return self.press("use_today").run()

    def press(self, key: str) -> Page:
        self.app.button(key=key).click().run()
        return self.sound()

    @property
    def link(self) -> dict[str, Any]:
        return dict(self.app.query_params)

    @property
    def markup(self) -> list[str]:
        """All markup of the app on the page, without the style sheet."""
        return [e.value for e in self.app.html if "<style>" not in e.value]

    @property
    def messages(self) -> list[Message]:
        """Messages to the elements of the live component."""
        return messages(self.app)

    def message(self, kind: str) -> Message:
        [found] = [message for message in self.messages if message.kind == kind]
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """Facts of the page, as the live component receives them."""
        return self.message("page").head

    @property
    def place(self) -> tuple[str, float, float | None]:
        """Model and thresholds of the selected point, as the live component receives them."""
        now = self.facts["now"]
        return now["model"], float(now["at"]), None if now["below"] is None else float(now["below"])

    @property
    def models(self) -> list[str]:
        """Models that the live component offers."""
        return [model["name"] for model in self.facts["models"]]

    @property
    def everything(self) -> list[Any]:
        """All texts and drawings of the page, independent of how it was reached."""
        turned = [{**message.head, "turn": None, "session": None} for message in self.messages]
        return [self.markup, turned, [message.buffer[message.start :] for message in self.messages]]

    def say(
        self, event: str, model: str, at: float, turn: int = 1, below: float | None = None
    ) -> Page:
        """Send a point from the live component, as its script does on release ("chosen") or for "pinned"."""
        text, lower = (
            None if one is None else "Infinity" if one == math.inf else repr(one)
            for one in (at, below)
        )
        send(self.app, event, {"model": model, "threshold": text, "below": lower, "turn": turn})
        return self.sound()

    def stops(self, seen: tuple[float, float] | None = None) -> list[dict[str, Any]]:
        """Positions of the upper handle's stops, which the live component requests before a drag."""
        send(self.app, "near", {"seen": seen}, "stops")
        stops: list[dict[str, Any]] = unpack(self.sound().message("stops").head["strips"]["upper"])
        return stops

    @property
    def chosen(self) -> str:
        """Text of the answer about the selected point."""
        said = self.facts["now"]["answer"]
        return plain(" ".join([said["point"], said["effect"]]))

    def _card(self, stakeholder: str) -> dict[str, Any]:
        elements = [m.head["name"] for m in self.messages if m.kind == "stakeholder"]
        assert elements == list(self.facts["stakeholders"]) == list(STAKEHOLDERS)
        card: dict[str, Any] = self.facts["now"]["cards"][stakeholder]
        return card

    def figure(self, stakeholder: str) -> str:
        """Large figure of a stakeholder's card, without its unit."""
        return plain(self._card(stakeholder)["figure"])

    def card(self, stakeholder: str) -> str:
        """Full text of a stakeholder's card."""
        card = self._card(stakeholder)
        parts = ("figure", "unit", "rank", "best", "comparison", "chance")
        return plain(" ".join(card[part] for part in parts))

    def best(self, stakeholder: str) -> str:
        """Name of the best point for a stakeholder, as shown under the pointer."""
        return plain(self.facts["stakeholders"][stakeholder]["bestHelp"].partition(": ")[2])

    def asks(self, stakeholder: str) -> bool:
        """True if a card asks for prices next to its figure."""
        found: bool = self._card(stakeholder)["needs_prices"]
        return found

    @property
    def _comparison(self) -> str:
        """Text of the page Models for the current view, read once after each run."""
        if self._compared is None or self._compared[0] is not self.app._tree:
            now = self.app._page_hash or calc_hash("decide")
            self.turn("models")
            [found] = [text for text in self.markup if "cg-beside" in text]
            self.app._page_hash = now
            self.run()
            self._compared = self.app._tree, found
        return self._compared[1]

    @property
    def beside(self) -> tuple[str, str]:
        """Headings of the two points side by side."""
        heads = re.findall(r"<th scope=\"col\">(.*?)</th>", self._comparison, re.S)
        return words(heads[1]), words(heads[2])

    def row(self, name: str) -> tuple[str, str]:
        """Figures of the two points without intervals, by an objective's id or by a heading."""
        for row in re.findall(r"<tr.*?</tr>", self._comparison, re.S):
            cells = [words(c.split("<br>")[0]) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
            if f'data-row="{name}"' in row or cells[0] == name:
                return cells[1], cells[2]
        raise KeyError(name)

    def counts(self) -> tuple[dict[str, float], dict[str, float]]:
        """Missed defects and false alarms of the two points."""
        read = {"fn": self.row("missed_defects"), "fp": self.row("false_alarms")}
        first, second = (
            {key: float(cells[k].replace(",", "")) for key, cells in read.items()} for k in (0, 1)
        )
        return first, second

    @property
    def charts(self) -> str:
        """Charts as they are sent to the browser."""
        drawn = [m.text for m in self.messages if m.kind in ("chart", "front", "tradeoff")]
        return " ".join(drawn)

    @property
    def alignment(self) -> str:
        """Warning shown if the payoffs and the product manager price a miss differently."""
        return " ".join(words(m) for m in self.markup if "cg-alignment" in m)

    @property
    def notices(self) -> str:
        return " ".join(words(m) for m in self.markup if 'class="cg-notice"' in m)

    @property
    def refusals(self) -> str:
        return " ".join(words(m) for m in self.markup if 'class="cg-refusal"' in m)


def names_point(text: str, rows: Rows, model: str, at: float) -> bool:
    """True if a text names an operating point, with any number of digits that flags the same units."""
    if at == math.inf:
        return f"{model}, flag nothing" in text
    said = re.findall(rf"{re.escape(model)}(?: at|, threshold) ([−-]?\d[\d.e+−-]*)", text)
    numbers = [float(number.rstrip(".").replace("−", "-")) for number in said]
    return any(rows.counts(model, number) == rows.counts(model, at) for number in numbers)


def assert_in_component(page: Page, rows: Rows, model: str, at: float) -> None:
    """Assert that the browser's first point and the stops around it match the rows."""
    thresholds = rows.thresholds(model)
    k = next(k for k, threshold in enumerate(thresholds) if threshold >= at)
    assert page.place == (model, thresholds[k], None)
    stops = [float(stop["at"]) for stop in page.stops()]
    assert stops == sorted({*stops})
    assert {*thresholds[max(0, k - NEAR) : k + NEAR + 1]} <= {*stops} <= {*thresholds}


def defined_objectives(rows: Rows, *objectives: str) -> tuple[str, ...]:
    """Objectives of the stakeholders; for ranks, the cost of errors replaces the losses."""
    return tuple(
        "cost_of_errors" if math.isnan(rows.value(o, rows.models[0], 0.5, Scenario())) else o
        for o in objectives
    )


def assert_selected(
    page: Page,
    rows: Rows,
    scenario: Scenario,
    model: str,
    at: float,
    objectives: tuple[str, ...] = ("log_loss", "missed_defects", "revenue_impact"),
) -> None:
    """Assert that stakeholders and comparison of a page match the rows at one operating point."""
    assert names_point(page.chosen, rows, model, at)
    assert_in_component(page, rows, model, at)
    for stakeholder, o in zip(STAKEHOLDERS, defined_objectives(rows, *objectives), strict=True):
        asked = scenario.payoff is None and o == "revenue_impact"
        assert page.asks(stakeholder) == asked
        assert page.figure(stakeholder) == rows.text(o, model, at, scenario), (stakeholder, o)
    today = scenario.today
    for o in ("false_alarms", "cost_of_errors", "precision"):
        stood: tuple[str | None, float] = (
            (today.model, today.threshold) if today else (None, math.inf)
        )
        texts = (rows.text(o, model, at, scenario), rows.text(o, *stood, scenario))
        # The table of two has a dash where there is no such figure.
        assert page.row(o) == tuple("–" if text == "undefined" else text for text in texts), o


def page_text(page: Page) -> str:
    """Text of all markup of a page."""
    return words(" ".join(page.markup))


def column_roles(page: Page) -> list[tuple[str, ...]]:
    """Role of each column in the table of the Data page, and reasons for unused columns."""
    [table] = [frame.value for frame in page.app.dataframe if "Taken for" in frame.value.columns]
    return [
        tuple(row)
        for row in table.reindex(columns=["Column", "Taken for", "Why"], fill_value="").values
    ]

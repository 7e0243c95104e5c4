"""The app without a browser: started on a command line or a link, and what its page says."""

from __future__ import annotations

import html
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.choices import Point
from metrics import Scenario
from tests.dashboard.tables import NASTY, Rows, made

SEATS = ("data", "product", "executive")
FILES = {
    "four": made(),
    "rank": made(scale="rank", seed=11),
    "one": made(("the only one",), seed=13),
    "weighted": made(weighted=True, seed=17),
}
OPTIONS = {"rank": ("--scale", "rank")}
FOUR = FILES["four"]
POINT = Point(NASTY[1], FOUR.thresholds(NASTY[1])[40])
APP = Path(__file__).parents[2] / "dashboard" / "app.py"


def words(markup: str) -> str:
    """Markup as it is read: tags gone, entities resolved, white space made one."""
    spaced = re.sub(r"<br>|</t[hd]>|<span class=.cg-[^>]*>", " ", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", spaced)).split())


class Page:
    """A run of the app."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *arguments: str,
        link: Mapping[str, Any] | None = None,
    ) -> None:
        # Streamlit's own threads read the command line while the app runs.
        monkeypatch.setattr(sys, "argv", [str(APP), "--private", *arguments])
        self.app = AppTest.from_file(str(APP), default_timeout=120)
        for key, value in (link or {}).items():
            self.app.query_params[key] = value
        self.run()

    def run(self) -> Page:
        self.app.run()
        return self.sound()

    def sound(self) -> Page:
        """Nothing was raised."""
        assert [e.value for e in self.app.exception] == []
        return self

    def set(self, kind: str, key: str, value: Any) -> Page:
        """Give a widget a value, as its reader would."""
        getattr(self.app, kind)(key=key).set_value(value).run()
        return self.sound()

    def press(self, key: str) -> Page:
        self.app.button(key=key).click().run()
        return self.sound()

    @property
    def link(self) -> dict[str, Any]:
        return dict(self.app.query_params)

    @property
    def markup(self) -> list[str]:
        """Everything of ours on the page, without the style sheet."""
        return [e.value for e in self.app.html if "<style>" not in e.value]

    def _tagged(self, name: str) -> str:
        [found] = [
            m[1]
            for text in self.markup
            for m in re.finditer(rf'data-testid="{name}">(.*?)</(?:p|b|div)>', text, re.S)
        ]
        return found

    @property
    def chosen(self) -> str:
        return words(self._tagged("chosen"))

    def figure(self, seat: str) -> str:
        """The large figure of a seat's card, without its unit."""
        return words(self._tagged(f"figure-{seat}").split("<small>")[0])

    def card(self, seat: str) -> str:
        [found] = [text for text in self.markup if f'data-testid="figure-{seat}"' in text]
        return words(found)

    @property
    def _comparison(self) -> str:
        [found] = [text for text in self.markup if "cg-compare" in text]
        return found

    @property
    def beside(self) -> tuple[str, str]:
        """Headings of the two points that stand side by side."""
        heads = re.findall(r"<th scope=\"col\">(.*?)</th>", self._comparison, re.S)
        return words(heads[1]), words(heads[2])

    def row(self, name: str) -> tuple[str, str]:
        """Figures of the two points: of an objective's id, or of a heading."""
        for row in re.findall(r"<tr.*?</tr>", self._comparison, re.S):
            cells = [words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
            if f'data-objective="{name}"' in row or cells[0] == name:
                return cells[1], cells[2]
        raise KeyError(name)

    def counts(self) -> tuple[dict[str, float], dict[str, float]]:
        """Counts of the two points."""
        headings = {
            "fn": "Missed defects in the file",
            "fp": "False alarms in the file",
            "tp": "Defects caught in the file",
        }
        read = {key: self.row(heading) for key, heading in headings.items()}
        first, second = (
            {key: float(cells[k].replace(",", "")) for key, cells in read.items()} for k in (0, 1)
        )
        return first, second

    @property
    def charts(self) -> str:
        """What is drawn, as it is sent to the browser."""
        return " ".join(chart.proto.spec for chart in self.app.get("plotly_chart"))

    @property
    def notices(self) -> str:
        return " ".join(words(m) for m in self.markup if 'class="cg-notice"' in m)

    @property
    def refusals(self) -> str:
        return " ".join(words(m) for m in self.markup if 'class="cg-refusal"' in m)

    @property
    def slider(self) -> str:
        """Key of the slider over the chosen model's thresholds."""
        return str(self.app.select_slider[0].key)


def names(text: str, rows: Rows, model: str, at: float) -> bool:
    """Whether a text names an operating point, in however many digits flag the same units."""
    said = re.findall(rf"{re.escape(model)} at ([−-]?\d[\d.e+−-]*)", text)
    numbers = [float(number.rstrip(".").replace("−", "-")) for number in said]
    return any(rows.counts(model, number) == rows.counts(model, at) for number in numbers)


def wanted(rows: Rows, *objectives: str) -> tuple[str, ...]:
    """Objectives that the seats have; of a ranking the cost of errors stands in for the losses."""
    return tuple(
        "cost_of_errors" if math.isnan(rows.value(o, rows.models[0], 0.5, Scenario())) else o
        for o in objectives
    )


def agrees(
    page: Page,
    rows: Rows,
    scenario: Scenario,
    model: str,
    at: float,
    objectives: tuple[str, ...] = ("log_loss", "missed_defects", "revenue_impact"),
) -> None:
    """Hold seats, comparison and counts of a page to the rows, at one operating point."""
    assert names(page.chosen, rows, model, at)
    for seat, o in zip(SEATS, wanted(rows, *objectives), strict=True):
        assert page.figure(seat) == rows.text(o, model, at, scenario), (seat, o)
    today = scenario.today
    for o in ("false_alarms", "cost_of_errors", "precision", "shipped_defects_per_million"):
        stood: tuple[str | None, float] = (
            (today.model, today.threshold) if today else (None, math.inf)
        )
        assert page.row(o) == (
            rows.text(o, model, at, scenario),
            rows.text(o, *stood, scenario),
        ), o
    counts = rows.counts(model, at)
    rounded = {key: float(round(counts[key], 1)) for key in ("fn", "fp", "tp")}
    assert page.counts()[0] == pytest.approx(rounded, abs=0.051 if rows.weights is not None else 0)

"""Tests of limits, compromises, cheapest models and the verdict, on the page and in the link."""

from __future__ import annotations

import re
from typing import Any

from dashboard.session.choices import Point
from metrics import Scenario
from tests.dashboard.messages import messages
from tests.dashboard.pages import FOUR, Page, words
from tests.dashboard.tables import NASTY

FILE = Scenario()


def table_cells(page: Page, name: str) -> list[list[str]]:
    """Texts of the cells in one of the tables."""
    [markup] = [m for m in page.markup if name in m]
    rows = re.findall(r"<tr\b.*?</tr>", markup, re.S)[1:]
    return [[words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def all_points(*objectives: str) -> list[dict[str, Any]]:
    return FOUR.points({*objectives}, FILE)


def test_if_no_point_meets_all_limits_each_shows_how_far_it_must_give_way(open_limits):
    page = open_limits(limits="recall:0.95,false_alarms:0").with_intervals()
    points = all_points("recall", "false_alarms")
    assert not [p for p in points if p["recall"] >= 0.95 and p["false_alarms"] <= 0]
    least = min(p["false_alarms"] for p in points if p["recall"] >= 0.95)
    most = max(p["recall"] for p in points if p["false_alarms"] <= 0)
    rows = table_cells(page, "cg-limits-table")
    assert rows[0][4].startswith(f"at least {100 * most:.1f}% (")
    assert rows[1][4].startswith(f"at most {least:.0f} in this file (")
    [title] = [words(m) for m in page.markup if 'id="the-limits"' in m]
    assert title == "No point meets both limits"
    page.press("show_the nearest point")
    point = Point.of(page.link["point"])
    recall = FOUR.value("recall", point.model, point.threshold, FILE)
    alarms = FOUR.value("false_alarms", point.model, point.threshold, FILE)
    assert recall < 0.95 or alarms > 0


def test_the_selected_point_is_among_the_choices_and_marked(open_limits):
    [costs] = [m for m in open_limits().markup if "cg-costs" in m]
    assert 'aria-current="true"' in costs
    assert 'class="cg-strong">Chosen<' not in costs  # the selected point has another name
    page = open_limits(point=f"{FOUR.thresholds(NASTY[0])[3]!r}@{NASTY[0]}")
    [costs] = [m for m in page.markup if "cg-costs" in m]
    assert costs.count('class="cg-strong">Chosen<') == costs.count('aria-current="true"') == 1


def strips(page: Page) -> str:
    """Figures of both strips as sent to the browser."""
    charts = [message for message in messages(page.app) if message.kind == "chart"]
    return "".join(m.text for m in charts if m.head["alt"].startswith("The cheapest model"))


def test_names_in_strips_and_tables_are_never_markup(open_limits):
    page = open_limits(limits="recall:0.95,false_alarms:0")
    limits = page.markup
    compared = page.turn("models")
    for model in NASTY:
        if "<" in model:
            assert model not in "".join(limits + compared.markup)
            assert model not in strips(compared)

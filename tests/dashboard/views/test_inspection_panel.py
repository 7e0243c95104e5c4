"""Tests of the panel about the gain of inspection, and of the words about it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dashboard.analysis.inspection import Worth, gain_of, shown_gain, worth_of
from dashboard.session.choices import Choices, Point
from dashboard.session.inspection_numbers import numbers_of
from dashboard.views.html_elements import write
from dashboard.views.limits import inspection_panel
from dashboard.words.inspection import gain_sentence, gain_words, inspection_finding
from metrics import Payoff
from metrics.inference.inspection_gain import inspection_gain
from tests.dashboard.built import built_table
from tests.dashboard.inspected import PEOPLE, YEAR
from tests.dashboard.pages import FOUR, Page, page_text, words


def test_the_gain_of_inspection_is_shown_before_its_interval(year_arguments, monkeypatch) -> None:
    written: list[str] = []

    def told_and_written(*parts: str, **named: bool) -> None:
        written.append(words("".join(parts)))
        write(*parts, **named)

    def judged(*given: Any, **named: Any) -> Any:
        written.append("judged")
        return inspection_gain(*given, **named)

    monkeypatch.setattr(inspection_panel, "write", told_and_written)
    monkeypatch.setattr("dashboard.analysis.inspection.inspection_gain", judged)
    # Different from other tests, because results are cached.
    link = {"inspectors": "0.37,,0.9,0.02,,0.05,0.7"}
    page = Page(monkeypatch, *year_arguments, link=link, at="limits")
    checking, at = "How sure the gains are: checking", written.index("judged")
    assert any(checking in one for one in written[:at])
    gains = [k for k, one in enumerate(written) if "the best band adds" in one]
    assert gains[0] < at < gains[-1]
    assert not any("on new data" in written[k] for k in gains if k < at)
    assert "on new data" in written[gains[-1]]
    assert checking not in page_text(page)
    assert page_text(page).count("the best band adds") == 1
    written.clear()
    page.turn("models").turn("limits")
    assert "judged" not in written
    assert not any(checking in one for one in written)
    assert any("on new data" in one for one in written if "the best band adds" in one)


def test_the_link_of_the_strip_scrolls_to_the_panel(year_arguments, monkeypatch) -> None:
    """The link exists before the panel is drawn, so the panel reads the link's target itself."""
    page = Page(monkeypatch, *year_arguments, link={"inspectors": "0.3,,0.9,0.02,,,"})
    link = re.search(r'href="limits\?[^"#]*#(\w+)"[^>]*>adds EUR', " ".join(page.markup))
    assert link is not None
    page.turn("limits")
    assert [m for m in page.markup if f'id="{link[1]}"' in m]
    [script] = [m for m in page.markup if "<script>" in m]
    assert f"getElementById('{link[1]}')" in script
    assert f"location.hash === '#{link[1]}'" in script


@pytest.mark.parametrize(("miss_cost", "payoff"), [
    (60.0, Payoff(4.0, -1.0, -5.0, 0.0)),
    (2.0, Payoff(4.0, -1.5, -30.0, -2.5)),
])  # fmt: skip
def test_inspection_gains_wherever_the_page_recommends_it(tmp_path, miss_cost, payoff) -> None:
    """Break-even price and gain both use the price of a miss implied by the prices of units."""
    scenario = replace(YEAR, miss_cost=miss_cost, payoff=payoff)

    def worth(price: float) -> Worth:
        choices = Choices(inspection=(price, None, 0.9, 0.02, None, None, None))
        found = worth_of(built_table(tmp_path, FOUR, scenario, choices).analysis)
        assert found is not None
        return found

    most = worth(0.5).break_even.value
    assert most > 0.5
    gains = [worth(share * most).gain.value for share in (0.25, 0.99, 1.01)]
    assert gains[0] > gains[1] > 0
    assert gains[2] == pytest.approx(0, abs=1e-6)


def test_inspectors_who_find_nothing_have_one_sentence(tmp_path) -> None:
    blind = replace(PEOPLE, catches=0.0, rejects=0.0, hours=0.05)
    choices = Choices(inspection=numbers_of(blind))
    page = built_table(tmp_path, FOUR, YEAR, choices, resampled=True)
    worth = worth_of(page.analysis)
    assert worth is not None
    only = "Inspecting gains nothing at any price."
    assert inspection_finding(worth, page.analysis.scenario) == only
    assert gain_sentence(page.analysis, worth.gain) == ""


def test_a_band_is_behind_the_best_only_if_the_written_figures_differ(tmp_path) -> None:
    timed, page_text = replace(PEOPLE, hours=0.05), FOUR.models[3]
    choices = Choices(inspection=numbers_of(timed), hidden=tuple(FOUR.models[:3]))
    page = built_table(tmp_path, FOUR, YEAR, choices, resampled=True)
    assert (
        0
        < gain_of(page.analysis).value - shown_gain(page.selection)
        < 3e-3 * gain_of(page.analysis).value
    )
    whose, said_of = gain_words(page.selection)
    assert (whose, " ".join(said_of.split())) == ("Inspection", "adds EUR 3.68 m a year, clear")
    own = FOUR.thresholds(page_text)
    other = replace(choices, point=Point(page_text, own[len(own) // 3]))
    whose, said_of = gain_words(built_table(tmp_path, FOUR, YEAR, other, resampled=True).selection)
    assert whose == "This band"
    assert said_of.endswith(" a year, the best EUR\xa03.68\xa0m")

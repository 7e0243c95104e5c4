"""Tests of the colours of the models on a page."""

from __future__ import annotations

from dashboard.figures.model_styles import styles_with_current
from dashboard.figures.palette import DARK, LIGHT
from dashboard.session.choices import Choices, Point
from metrics import Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.tables import NASTY


def test_the_current_model_has_no_colour_unless_it_is_selected(tmp_path):
    today = NASTY[0]
    assert POINT.model != today
    scenario = Scenario(today=Today(today, 0.4))
    page = built_table(tmp_path, FOUR, scenario, Choices(point=POINT))
    found = styles_with_current(page.selection, page.styles)
    assert {model for model, style in found.items() if style != page.styles[model]} == {today}
    assert [found[today].color(palette) for palette in (LIGHT, DARK)] == [LIGHT.muted, DARK.muted]
    assert found[today].symbol == page.styles[today].symbol
    chosen = built_table(tmp_path, FOUR, scenario, Choices(point=Point(today, POINT.threshold)))
    assert styles_with_current(chosen.selection, chosen.styles) == chosen.styles

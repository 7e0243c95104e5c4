"""Test of the markup of a recorded operating point."""

from __future__ import annotations

import math

from dashboard.decisions.decision import Spot
from dashboard.views.point_markup import spot_markup


def test_the_hover_text_has_all_digits_of_a_recorded_threshold():
    page_text = spot_markup(Spot("a<b", 0.123456, "a<b at 0.123"))
    assert page_text == '<span title="a&lt;b at 0.123456">a&lt;b at 0.123</span>'
    nothing = Spot("a", math.inf, "a, flag nothing")
    assert spot_markup(nothing) == "a, flag nothing"
    assert spot_markup(Spot(None, math.inf, "ship everything")) == "ship everything"

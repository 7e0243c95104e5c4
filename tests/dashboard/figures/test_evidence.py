"""The chart of net benefit: what stands on it lies on its line and in sight."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.evidence import decision_figure
from dashboard.figures.palette import LIGHT, styles
from dashboard.page.evidence import evidence_of
from dashboard.session.choices import Choices
from metrics import Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.tables import NASTY


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    scenario = Scenario(today=Today(NASTY[0], 0.4), miss_cost=4.0)
    folder = tmp_path_factory.mktemp("evidence")
    page = built_table(folder, FOUR, scenario, Choices(point=POINT), resampled=True)
    found = evidence_of(page)
    return decision_figure(found.shown, found.everything, str, LIGHT, styles(list(FOUR.scores)))


def test_a_dearer_miss_is_to_the_right_and_the_price_of_now_in_the_middle(drawn):
    low, high = drawn.layout.xaxis.range
    assert low < high
    assert 10 ** ((low + high) / 2) == pytest.approx(4)


@pytest.mark.parametrize("name", ["chosen", "beside"])
def test_a_point_lies_on_its_own_line_and_in_sight(drawn, name):
    traces = {trace.name: trace for trace in drawn.data}
    line, point = traces[name], traces[f"point {name}"]
    prices = np.asarray(line.x)[::-1]
    assert np.interp(point.x[0], prices, np.asarray(line.y)[::-1]) == pytest.approx(point.y[0])
    low, high = drawn.layout.yaxis.range
    assert low < point.y[0] < high


def test_no_band_is_cut_but_where_harm_has_no_end(drawn):
    [band] = (trace for trace in drawn.data if trace.name == "band")
    low, high = drawn.layout.yaxis.range
    assert max(band.y) < high
    assert min(band.y) > low or low < -0.7 * high


def test_names_of_what_needs_no_model_are_in_sight(drawn):
    [low, high], ends = drawn.layout.xaxis.range, drawn.layout.yaxis.range
    names = [
        note for note in drawn.layout.annotations if note.text in ("hold back all", "ship all")
    ]
    assert names
    for note in names:
        assert low < note.x < high
        assert ends[0] < note.y < ends[1]

"""Tests of ticks: round values, a suitable number of them at any zoom, and rounded ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.palette import LIGHT
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.ticks import levels, log_levels, round_ends, set_ticks


def in_sight(level, low, high):
    return [value for value in level if low <= value <= high]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.floats(0, 0.95), st.floats(0.05, 1))
def test_at_any_zoom_some_level_has_a_few_ticks(low, span, start, part):
    if span < 1e-6 * abs(low):
        return
    seen = low + start * span, low + (start + (1 - start) * part) * span
    if seen[1] - seen[0] < span / 6:  # closer, Plotly writes its own ticks
        return
    counts = [len(in_sight(level, *seen)) for level in levels(low, low + span)]
    assert any(3 <= count <= 8 for count in counts)


@given(st.floats(-1e6, 1e6), st.floats(1, 1e6))
def test_each_level_has_ticks_at_equal_steps_of_one_two_or_five(low, span):
    for level in levels(low, low + span):
        [step] = {float(f"{step:.6g}") for step in np.diff(level)}
        assert float(f"{step:e}".split("e")[0]) in (1, 2, 5)


@pytest.mark.parametrize(("low", "high"), [(0.02, 1.0), (1e-8, 0.9), (3.0, 4e6)])
def test_ticks_of_a_logarithmic_axis_begin_with_few_powers_of_ten(low, high):
    found = log_levels(low, high)
    counts = [len(in_sight(level, low, high)) for level in found]
    assert counts == sorted(counts)
    assert counts[0] <= 3
    assert all(math.log10(value) == round(math.log10(value)) for value in found[2])
    assert {f"{value:e}"[0] for value in found[3]} == {"1", "2", "5"}


def test_an_axis_has_as_many_ticks_as_fit_on_paper():
    fig = Drawing(LIGHT)
    set_ticks(fig, "yaxis", (-3.0, 12.0), lambda value: f"<{value:g}>", ticks_on_paper=8)
    axis = fig.layout["yaxis"]
    assert axis["tickvals"] == [-2, 0, 2, 4, 6, 8, 10, 12]
    assert axis["ticktext"] == [f"<{value:g}>" for value in axis["tickvals"]]
    assert axis["range"] == [-3.0, 12.0]
    for level in fig.layout["meta"]["ticks"]["yaxis"]:
        assert level["texts"] == [f"<{value:g}>" for value in level["values"]]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_an_axis_ends_at_round_values_around_the_visible_range(low, span):
    high = low + span
    if not high - low > 1e-9 * abs(low):
        return
    first, last, step = round_ends(low, high)
    slack = 1e-6 * step
    assert first <= low + slack
    assert last >= high - slack
    assert 2 <= round((last - first) / step) <= 9
    assert (last - first) / step == pytest.approx(round((last - first) / step), abs=1e-3)


@given(st.floats(1e-9, 1), st.floats(1.01, 1e6))
def test_a_logarithmic_axis_ends_at_round_values(low, times):
    first, last, _ = round_ends(low, low * times, is_log=True)
    assert low / 3 <= first <= low * (1 + 1e-6)
    assert low * times * (1 - 1e-6) <= last <= 3 * low * times

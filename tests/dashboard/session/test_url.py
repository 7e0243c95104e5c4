"""Tests that choices survive a link with any model names, and that invalid links fall back to defaults."""

from __future__ import annotations

import math
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from metrics import OBJECTIVES
from tests.dashboard.choosing import CHARACTERS, EVERY, FIELDS


def test_every_field_of_the_choices_is_generated():
    assert set(FIELDS) == {field.name for field in fields(Choices)}


@given(EVERY)
def test_a_link_restores_the_choices(choices):
    query = to_query(choices)
    assert from_query(query) == (choices, ())
    pasted = dict(parse_qsl(urlencode(query), keep_blank_values=True, strict_parsing=bool(query)))
    assert from_query(pasted) == (choices, ())
    # Equality does not distinguish 0.0 from -0.0, nor two spellings of a number.
    assert to_query(from_query(query)[0]) == query


@given(EVERY)
def test_a_link_has_only_differences_from_the_defaults(choices):
    different = {f.name for f in fields(Choices) if getattr(choices, f.name) != f.default}
    assert len(to_query(choices)) == len(different)
    assert to_query(Choices()) == {}


KEYS = tuple(to_query(Choices(
    data="d", objectives=("f1", "mcc", "recall"), bounds=(("f1", 0.0), None, None), point=Point("m", 1),
    axes=("data", "product"), x="recall", compare="pin", pin=Point("m", 1), miss_cost=1, defect_rate=0.1,
    units_per_year=1, currency="c", payoff=(1, 2, 3, 4), miss_weight=2, today="none", hidden=("m",),
    names=(("m", "n"),), notes=(("m", "n"),), also="sha256:2",
    limits=(("recall", 0.8),), weights=(1.0, 2.0, 0.5), gaps="data", intervals=False, seed=1,
    serving=(1.0, None, None), times=(("m", 0.1),), miss_cost_by_type=(("m", 1.0),),
    inspection=(0.3, None, 0.95, 0.01, None, None, None), unit_notes=(("u", "n"),), rows="held-out",
    labels="flagged",
)))  # fmt: skip
HOSTILE = st.text(CHARACTERS, max_size=30) | st.text(",:@.-einfa0123456789\\_ ", max_size=30)


@given(st.dictionaries(st.sampled_from([*KEYS, "utm_source"]), HOSTILE))
def test_any_text_can_be_read_as_a_link(query):
    choices, refused = from_query(query)
    assert len(KEYS) == len(fields(Choices))
    assert set(refused) <= set(query)
    accepted = {key: value for key, value in query.items() if key not in refused}
    assert from_query(accepted) == (choices, ())
    assert from_query(to_query(choices)) == (choices, ())
    numbers = [
        choices.miss_cost,
        choices.units_per_year,
        choices.defect_rate,
        *(choices.payoff or ()),
    ]
    assert all(number is None or math.isfinite(number) for number in numbers)
    assert choices.miss_cost is None or choices.miss_cost > 0
    assert choices.defect_rate is None or 0 <= choices.defect_rate < 1
    assert set(choices.objectives) <= set(OBJECTIVES)
    assert len(choices.bounds) == 3
    assert choices.axes[0] != choices.axes[1]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("point", "half@m"), ("point", "nan@m"), ("point", "0.5"), ("point", "0.5@"), ("point", "@m"),
        ("point", "0.6..0.2@m"), ("point", "nan..0.2@m"), ("point", "..0.2@m"), ("point", "0.1..m"),
        ("point", "0.1..0.2..0.3@m"), ("today", "0.1..0.2@m"), ("pin", "0,5@m"),
        ("want", "log_loss,recall"), ("want", "a,b,c"), ("want", "f1,f1,f1,f1"),
        ("within", ","), ("within", "x:1,,"), ("within", "recall:nan,,"), ("within", "recall,,"),
        ("within", ":1,,"), ("axes", "data,data"), ("axes", "product"), ("axes", "data,them"), ("x", "y"),
        ("beside", ""), ("miss", "-1"), ("miss", "0"), ("miss", "inf"), ("miss", "five"), ("miss", ""),
        ("rate", "1"), ("rate", "-0.1"), ("rate", "nan"), ("units", "-3"), ("units", "1e400"),
        ("currency", " "), ("currency", "x" * 13), ("payoff", "1,2,3"), ("payoff", "1,2,3,inf"),
        ("payoff", "1,2,3,4,5"), ("today", "0.5"), ("today", "inf@m"), ("today", "nan@m"), ("today", ""),
        ("serve", "1,2,3,4"), ("serve", "1,,x"), ("serve", "-1,,"), ("serve", "1e12,,"),
        ("serve", ",1.1,"), ("serve", ",,inf"), ("times", "0.1"), ("times", "0.1@"), ("times", "x@m"),
        ("times", "-1@m"), ("times", "3600@m"), ("times", "nan@m"), ("times", ""),
        ("payoff", "1e308,0,0,0"), ("payoff", "0,0,-1.1e15,0"), ("miss", "1.1e15"), ("units", "1e16"),
        ("names", f"m\\,{'n' * 201}"), ("notes", f"m\\,{'n' * 2501}"), ("hide", "m" * 1001),
        ("point", f"0.5@{'m' * 1001}"), ("times", f"1@{'m' * 1001}"), ("data", "d" * 1001),
        ("inspectors", "0.3,,0.95"), ("inspectors", "0.3,0.1,0.95,0.01,,,"),
        ("inspectors", "-1,,0.95,0.01,,,"),
        ("inspectors", "0.3,,0.9,0.01,,,,169,,,,"), ("inspectors", "0.3,,0.9,0.01,,,,,0.95,,,"),
        ("inspectors", "0.3,,0.9,0.01,,,,,,0.8,,"), ("inspectors", "0.3,,0.9,0.01,,,,,,1.2,,"),
        ("inspectors", "0.3,,1.1,0.01,,,"), ("inspectors", "0.3,,0.9,0.01,,,1.01"),
        ("inspectors", "0.3,,,0.01,,,"), ("inspectors", "0.3,,0.9,0.01,,25,"),
        ("names", "m"), ("names", "a\\,b\\,c"), ("notes", ""), ("rows", "unknown"), ("rows", "held out"),
    ],
)  # fmt: skip
def test_invalid_parameters_are_named_and_have_their_default(key, value):
    assert from_query({"x": "recall", key: value}) == (
        Choices() if key == "x" else Choices(x="recall"),
        (key,),
    )


@pytest.mark.parametrize("text", ["0.2@m", "0.1..0.2@a@b", "-inf..inf@m", "1e-05..0.1@..m"])
def test_thresholds_in_a_link_are_read_back_unchanged(text):
    assert Point.of(text).text() == text

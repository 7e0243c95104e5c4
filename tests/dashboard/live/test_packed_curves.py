"""Packed curves, read as the browser reads them, are the operating points bit for bit."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.analysis.scenario_figures import visible
from dashboard.live.packed_curves import envelope, pack
from metrics import OBJECTIVES, evaluate, operating_points, tally_scores
from tests.dashboard.messages import COUNTS, read, unpack
from tests.metrics.strategies import SCALES, as_scores, rows_on, scenarios

OFFERED = [o for o in OBJECTIVES.values() if not o.needs_value]
FLOATS = st.floats(width=64)
WHOLE = st.integers(0, 2**32 - 1)
CORNERS = st.sampled_from([0.0, 1.0, 2.0**32 - 1, 2.0**32, 2.0**53, 0.5, 5e-324, 1e300])


def bits(array):
    """Every bit of it, whatever sign a zero has and whatever a NaN carries."""
    return np.ascontiguousarray(array, "<f8").tobytes()


def holds(packed, points, below, objectives):
    """Hold a pack to the operating points that it was made of, model by model."""
    message = read(packed.message)
    head, curves = message.head, unpack(message)
    assert (message.kind, message.start % 8) == ("pack", 0)
    assert head["digest"] == packed.digest
    assert list(packed.models) == list(dict.fromkeys(points["model"]))
    assert list(curves.figures) == [o.id for o in objectives]
    for m, model in enumerate(packed.models):
        own = points[points["model"] == model]
        assert bits(curves.thresholds[m]) == bits(own["threshold"])
        assert bits(curves.below[m]) == bits(below[m])
        for o in objectives:
            expected = own[o.id].iloc[:1] if o.of_model else own[o.id]
            assert bits(curves.figures[o.id][m]) == bits(expected)
        for name in COUNTS:
            assert bits(curves.counts[name][m]) == bits(own[name])
    assert curves.thresholds[0].dtype == np.float64
    everything = points[list(COUNTS)].to_numpy(np.float64)
    whole = bool((everything % 1 == 0).all() and (everything < 2**32).all())
    assert head["whole"] == whole
    assert curves.counts["tp"][0].dtype == (np.uint32 if whole else np.float64)


@st.composite
def evaluated(draw):
    """Operating points of made rows, some models hidden, and objectives of models and of thresholds."""
    rows = draw(rows_on(*SCALES))
    evaluation = evaluate(tally_scores(as_scores(rows)), draw(scenarios(rows)))
    objectives = draw(st.lists(st.sampled_from(OFFERED), min_size=1, unique=True))
    points = operating_points(evaluation, objectives)
    hidden = draw(st.sets(st.sampled_from(rows.models), max_size=len(rows.models) - 1))
    return visible(points, sorted(hidden)), objectives


@settings(max_examples=30)
@given(evaluated())
def test_operating_points_arrive_bit_for_bit(case):
    points, objectives = case
    below = [
        np.append(-math.inf, own["threshold"].to_numpy()[:-1])
        for _, own in points.groupby("model", sort=False)
    ]
    holds(pack(points, below, objectives), points, below, objectives)


@st.composite
def frames(draw):
    """Frames of any figures at all: NaN, infinities, zeros of either sign, counts at every limit."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    total = sum(sizes)
    objectives = draw(st.lists(st.sampled_from(OFFERED), min_size=0, unique=True, max_size=6))
    points = pd.DataFrame({"model": np.repeat([f"m{k}" for k in range(len(sizes))], sizes)})

    def column(elements, length=total):
        return np.array(draw(st.lists(elements, min_size=length, max_size=length)), np.float64)

    points["threshold"] = column(FLOATS)
    for name in COUNTS:
        points[name] = column(WHOLE | CORNERS if draw(st.booleans()) else WHOLE)
    for o in objectives:
        points[o.id] = (
            np.repeat(column(FLOATS, len(sizes)), sizes) if o.of_model else column(FLOATS)
        )
    below = np.split(column(FLOATS), np.cumsum(sizes)[:-1])
    return points, below, objectives


@given(frames())
def test_any_figure_arrives_bit_for_bit(case):
    points, below, objectives = case
    holds(pack(points, below, objectives), points, below, objectives)


@given(frames(), st.data())
def test_curves_have_the_same_digest_only_where_they_are_the_same(case, data):
    """The browser keeps the curves that it has as long as the digest stays."""
    points, below, objectives = case
    packed = pack(points, below, objectives)
    again = pack(points.copy(), [own.copy() for own in below], objectives)
    assert (again.message, again.digest) == (packed.message, packed.digest)
    column = data.draw(st.sampled_from(["threshold", *COUNTS]))
    where = data.draw(st.integers(0, len(points) - 1))
    changed = points.copy()
    changed.loc[where, column] = data.draw(FLOATS if column == "threshold" else WHOLE)
    if bits(changed[column]) != bits(points[column]):
        assert pack(changed, below, objectives).digest != packed.digest


@pytest.mark.parametrize("wide", [False, True])
def test_the_counts_of_a_large_file_are_not_cut(wide):
    """From 2 ** 32 units on a count has no place in 32 bits."""
    most = 2.0**32 if wide else 2.0**32 - 1
    points = pd.DataFrame({"model": ["m"], "threshold": [math.inf], "tp": [0.0], "fp": [most]})
    points = points.assign(fn=1.0, tn=2.0)
    holds(pack(points, [np.array([-math.inf])], []), points, [[-math.inf]], [])


TEXT = st.text(st.characters(codec="utf-8"))
PLAIN = st.none() | st.booleans() | TEXT | st.integers(-(2**53), 2**53)
JSON = st.recursive(
    PLAIN | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(TEXT, st.dictionaries(TEXT.filter(lambda key: key != "kind"), JSON, max_size=3), st.binary())
@example("page", {"name": "<b>é\u2028👁"}, b"")
def test_an_envelope_carries_head_and_body_at_a_multiple_of_eight_bytes(kind, head, body):
    message = read(envelope(kind, head, body))
    assert message.head == {"kind": kind, **head}
    assert message.start % 8 == 0
    assert message.buffer[message.start :] == body


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_an_envelope_refuses_what_no_browser_can_parse(figure):
    with pytest.raises(ValueError, match="JSON"):
        json.loads(envelope("page", {"figure": [figure]})[4:])

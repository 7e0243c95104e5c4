"""Hypothesis strategies for all choices that a reader can make."""

from __future__ import annotations

from hypothesis import strategies as st

from dashboard.session.choices import COMPARISONS, LEAST, MOST, STAKEHOLDERS, X_AXES, Choices, Point
from metrics import OBJECTIVES

CHARACTERS = st.characters(codec="utf-8")
NAMES = st.text(CHARACTERS, min_size=1, max_size=12) | st.sampled_from(
    ["a,b", "@", "0.5@x", "\\", "\\,", ",", " ", "'", "&=?#%", "none", "é́", "<i>", "0", "inf@"]
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
IDS = st.sampled_from(sorted(OBJECTIVES))
POINTS = st.builds(Point, NAMES, st.floats(allow_nan=False))
PAYOFFS = st.floats(-MOST, MOST)
POSITIVE = st.floats(LEAST, MOST)
PAIRS = st.lists(
    st.tuples(NAMES, st.text(CHARACTERS, max_size=9) | st.sampled_from([",", "\\", "a,b\\"])),
    max_size=3,
).map(tuple)
FIELDS = {
    "data": st.none() | st.text(CHARACTERS, max_size=8),
    "objectives": st.tuples(IDS, IDS, IDS),
    "bounds": st.tuples(*[st.none() | st.tuples(IDS, FINITE)] * 3),
    "point": st.none() | POINTS,
    "axes": st.permutations(STAKEHOLDERS).map(lambda stakeholders: tuple(stakeholders[:2])),
    "x": st.sampled_from(sorted(X_AXES)),
    "compare": st.sampled_from(COMPARISONS),
    "pin": st.none() | POINTS,
    "miss_cost": st.none() | POSITIVE,
    "miss_weight": st.none() | POSITIVE,
    "defect_rate": st.none() | st.just(0.0) | st.floats(LEAST, 1 - LEAST),
    "units_per_year": st.none() | st.just(0.0) | POSITIVE,
    "currency": st.none()
    | st.text(CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool),
    "payoff": st.none() | st.tuples(PAYOFFS, PAYOFFS, PAYOFFS, PAYOFFS),
    "today": st.none() | st.just("none") | st.builds(Point, NAMES, FINITE),
    "names": PAIRS,
    "notes": PAIRS,
    "also": st.none() | st.text(),
    "limits": st.none() | st.dictionaries(IDS, FINITE, max_size=3).map(lambda d: tuple(d.items())),
    "serving": st.none()
    | st.tuples(*(st.none() | st.just(0.0) | st.floats(LEAST, most) for most in (9e11, 1, MOST))),
    "times": st.none()
    | st.dictionaries(NAMES, st.just(0.0) | st.floats(LEAST, 3599.0), min_size=1, max_size=3).map(
        lambda d: tuple(d.items())
    ),
    "inspection": st.none()
    | st.tuples(
        *(st.none() | st.floats(0, MOST), st.none(), st.floats(0, 1), st.floats(0, 1)),
        *(
            st.none() | st.floats(0, MOST),
            st.none() | st.floats(0, 24),
            st.none() | st.floats(0, 1),
        ),
    )
    | st.just((0.5, None, 0.9, 0.02, None, 0.1, 0.7, 80.0, 0.8, 0.95, None, 0.1)),
    "weights": st.tuples(*[st.integers(0, 100).map(float)] * 3).filter(any),
    "miss_cost_by_type": st.none()
    | st.dictionaries(NAMES | st.just(""), st.just(0.0) | st.floats(LEAST, MOST), max_size=3).map(
        lambda d: tuple(d.items())
    ),
    "unit_notes": PAIRS,
    "rows": st.sampled_from([None, "held-out", "out-of-fold", "training"]),
    "labels": st.sampled_from([None, "flagged", "audit"]),
    "gaps": st.sampled_from(STAKEHOLDERS),
    "intervals": st.booleans(),
    "seed": st.integers(0, 2**32 - 1),
    "hidden": st.lists(NAMES | st.just(""), max_size=4).map(tuple),
}
EVERY = st.builds(Choices, **FIELDS)

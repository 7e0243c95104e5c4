"""Hypothesis strategies for rows and scenarios: labelled units, and scores that break careless code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from metrics.io.read_options import Scale
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.scenario.serving import Serving, Worker
from metrics.tally.kernel import Floats
from tests.metrics.made_rows import Rows

TINY = 5e-324
PROBABILITIES = st.floats(0.0, 1.0)
CORNERS = [0.0, -0.0, TINY, 2.3e-308, 1e-16, 0.5, 1 - 2**-53, 1.0, float(np.finfo(float).eps)]
LOGITS = st.floats(-40.0, 40.0)
LOGIT_CORNERS = [0.0, -0.0, TINY, -TINY, 37.0, -37.0, 709.8, -745.2, -750.0, 1e300, -1e300]
ANY = st.floats(allow_nan=False, allow_infinity=False)
MOST = float(np.finfo(float).max)
ANY_CORNERS = [0.0, -0.0, TINY, -TINY, MOST, -MOST, 1.0, 2.0**53, -1.0]


@st.composite
def neighbours(draw: st.DrawFn, n: int, middle: st.SearchStrategy[float]) -> list[float]:
    """Neighbouring floats, sometimes with a distant one. They share a cell of the kernel's lookup table."""
    start = draw(middle)
    steps = [start]
    for _ in range(4):
        steps.append(float(np.nextafter(steps[-1], 0.0 if start > 0 else -1.0)))
    if draw(st.booleans()):
        steps.append(draw(middle))
    steps = [x for x in steps if np.isfinite(x) and (start < 0 or x >= 0)]
    return draw(st.lists(st.sampled_from(steps), min_size=n, max_size=n))


@st.composite
def score_columns(draw: st.DrawFn, n: int, scale: Scale = "probability") -> Floats:
    """``n`` scores: spread, tied, constant, extreme, or neighbouring."""
    free, corners = {
        "probability": (PROBABILITIES, CORNERS),
        "percent": (st.floats(0.0, 100.0), [100 * x for x in CORNERS]),
        "logit": (LOGITS, LOGIT_CORNERS),
        "rank": (ANY, ANY_CORNERS),
    }[scale]
    kind = draw(st.sampled_from(["spread", "tied", "constant", "corners", "grid", "neighbours"]))
    if kind == "neighbours":
        return np.array(draw(neighbours(n, free)))
    if kind == "constant":
        return np.full(n, draw(free))
    source = {
        "spread": free,
        "tied": st.sampled_from(draw(st.lists(free, min_size=2, max_size=4))),
        "corners": st.sampled_from(corners),
        "grid": st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    }[kind]
    return np.array(draw(st.lists(source, min_size=n, max_size=n)), np.float64)


MODERATE = st.floats(0.01, 100.0)
WILD = st.builds(lambda digits, power: digits * 10.0**power, st.floats(1, 10), st.integers(-9, 9))
DYADIC = st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0])
"""Weights whose sums are exact in any order."""


@st.composite
def rows(
    draw: st.DrawFn,
    *,
    scale: Scale = "probability",
    most: int = 24,
    models: int = 3,
    weights: st.SearchStrategy[float] | None = WILD,
    valued: bool = False,
) -> Rows:
    """Labelled units with at least one defect and one good unit; often one class has only one unit."""
    n = draw(st.integers(2, most))
    kind = draw(st.sampled_from(["mixed", "one defect", "one good"]))
    if kind == "mixed":
        labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)), np.int8)
        labels[:2] = 0, 1
    else:
        labels = np.full(n, kind == "one good", np.int8)
        labels[draw(st.integers(0, n - 1))] = kind == "one defect"
    names = [f"model {k}" for k in range(draw(st.integers(1, models)))]

    def column(elements: st.SearchStrategy[float]) -> Floats:
        return np.array(draw(st.lists(elements, min_size=n, max_size=n)), np.float64)

    return Rows(
        labels=labels,
        scores={name: draw(score_columns(n, scale)) for name in names},
        weights=column(weights) if weights is not None and draw(st.booleans()) else None,
        values=column(st.sampled_from([0.0, 0.5, 8.0, 120.0])) if valued else None,
        scale=scale,
    )


SCALES: tuple[Scale, ...] = ("probability", "percent", "logit", "rank")


def rows_on(*scales: Scale, **options: Any) -> st.SearchStrategy[Rows]:
    """`rows` on one of several scales."""
    return st.sampled_from(scales).flatmap(lambda scale: rows(scale=scale, **options))


@st.composite
def many_rows(draw: st.DrawFn, *, most: int = 300, models: int = 2) -> Rows:
    """More rows than thresholds, from a random seed: rare or common defects, fine or coarse scores."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(30, most))
    labels = (rng.random(n) < draw(st.sampled_from([0.03, 0.3, 0.5, 0.9]))).astype(np.int8)
    labels[:2] = 0, 1
    scores = {}
    for k in range(draw(st.integers(1, models))):
        skill = draw(st.sampled_from([0.0, 1.0, 3.0]))
        fine = 1 / (1 + np.exp(-rng.normal(labels * skill, 1.0)))
        digits = draw(st.sampled_from([None, 1, 2]))
        coarse = fine if digits is None else fine.round(digits)
        scores[f"model {k}"] = np.where(rng.random(n) < 0.3, coarse, fine)
    return Rows(labels=labels, scores=scores)


@st.composite
def payoffs(draw: st.DrawFn) -> Payoff:
    """Payoffs in the usual order or not, in quarters so that sums are exact."""
    quarter = st.integers(-80, 80).map(lambda k: k / 4)
    return Payoff(*(draw(quarter) for _ in range(4)))


@st.composite
def scenarios(draw: st.DrawFn, rows: Rows) -> Scenario:
    """Scenario for these rows; the current threshold is a score, between two, or beyond all of them."""
    today = None
    if draw(st.booleans()):
        model = draw(st.sampled_from(rows.models))
        scores = np.unique(rows.scores[model])
        between = scores[:-1] / 2 + scores[1:] / 2
        beyond = scores[0] - 1.0, scores[-1] + 1.0
        today = Today(model, draw(st.sampled_from([*scores.tolist(), *between.tolist(), *beyond])))
    return Scenario(
        miss_cost=draw(st.sampled_from([0.5, 1.0, 5.0, 40.0])),
        defect_rate=draw(st.none() | st.floats(0.001, 0.9)),
        units_per_year=draw(st.none() | st.sampled_from([1000.0, 2_400_000.0])),
        payoff=draw(st.none() | payoffs()),
        today=today,
        serving=draw(st.none() | servings(rows.models)),
    )


@st.composite
def servings(draw: st.DrawFn, models: Sequence[str]) -> Serving:
    """Load for up to some hundred workers; the time or price of some models is unknown."""
    some = st.sampled_from([None, 1.99e-5, 5e-4, 0.05, 1.0])
    prices = st.sampled_from([None, 0.0, 0.045, 3.0])
    return Serving(
        requests_per_hour=draw(st.sampled_from([None, 20.0, 3600.0, 250_000.0])),
        utilisation=draw(st.sampled_from([0.5, 0.8, 1.0])),
        price_per_worker_hour=draw(prices),
        models={name: Worker(draw(some), draw(prices)) for name in models if draw(st.booleans())},
    )

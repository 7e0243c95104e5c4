"""Hypothesis strategies for rows: labelled units and scores of kinds that break careless code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics.io.checked_columns import Columns
from metrics.io.defaults import MAX_THRESHOLDS
from metrics.io.hashing import hash_text
from metrics.io.keyed_rows import KeyedRows
from metrics.io.read_options import Scale
from metrics.io.scores import Scores
from metrics.io.validation.ids import Ids
from metrics.io.validation.read_batches import Batch
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.scenario.serving import Serving, Worker
from metrics.tally.choose_thresholds import FirstPass

Floats = NDArray[np.float64]


def rows_of(batch: pa.RecordBatch, columns: Columns) -> KeyedRows:
    """Rows of a batch in the canonical schema, keyed by their group if there is one."""
    ids, label, *others = batch.columns
    models = others[len(others) - len(columns.models) :]
    sides = (columns.weight, columns.value, columns.group)
    weight, value, group = (None if name is None else others.pop(0) for name in sides)
    return KeyedRows(
        hash_text(ids if group is None else group),
        label.to_numpy(),
        np.empty(0) if weight is None else weight.to_numpy(),
        np.empty(0) if value is None else value.to_numpy(),
        tuple(scores.to_numpy() for scores in models),
    )


def choose_thresholds(
    scores: Scores, *, max_thresholds: int = MAX_THRESHOLDS, also: Sequence[float] = ()
) -> list[Floats]:
    """Thresholds of every model, chosen from all rows."""
    first = FirstPass(len(scores.models), max_thresholds)
    for rows in scores.keyed_rows():
        first.add(rows)
    return first.thresholds(also)


@dataclass(frozen=True)
class Rows:
    """Checked scores as `open_scores` returns them, generated directly."""

    labels: NDArray[np.int8]
    scores: dict[str, Floats]
    weights: Floats | None = None
    values: Floats | None = None
    ids: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    scale: Scale = "probability"
    size: int = 1 << 20

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(self.scores)

    @property
    def columns(self) -> Columns:
        return Columns(
            id=("id",),
            label="label",
            positive="1",
            models=self.models,
            weight=None if self.weights is None else "weight",
            value=None if self.values is None else "value",
            group=None if self.groups is None else "batch",
        )

    def batches(self, size: int | None = None) -> Iterator[pa.RecordBatch]:
        ids = self.ids or tuple(f"unit-{k}" for k in range(self.labels.size))
        columns = [pa.array(ids, pa.string()), pa.array(self.labels, pa.int8())]
        columns += [pa.array(x) for x in (self.weights, self.values) if x is not None]
        columns += [pa.array(x, pa.string()) for x in (self.groups,) if x is not None]
        columns += [pa.array(x) for x in self.scores.values()]
        names = [str(k) for k in range(len(columns))]
        table = pa.RecordBatch.from_arrays(columns, names=names)
        step = size or self.size
        return iter([table.slice(k, step) for k in range(0, self.labels.size, step)])

    def keyed_rows(self) -> Iterator[KeyedRows]:
        """Same as in `metrics.Scores`."""
        return (rows_of(batch, self.columns) for batch in self.batches())

    def labelled_rows(self) -> Iterator[Batch]:
        """Same as in `metrics.Scores`, for rows without segments and kinds."""
        for own in self.keyed_rows():
            ids = cast(Ids, SimpleNamespace(hashes=own.keys))
            weights, values = (side if side.size else None for side in (own.weights, own.values))
            yield Batch(ids, own.labels, weights, values, None, {}, own.scores)

    def unkeyed_rows(self) -> Iterator[KeyedRows]:
        """Same as in `metrics.Scores`, in batches of another size."""
        nothing, key = np.empty(0, np.int8), np.empty(0, np.uint64)
        for batch in self.batches(max(1, self.size // 3)):
            yield replace(rows_of(batch, self.columns), keys=key, labels=nothing)

    def take(self, order: Any) -> Rows:
        """Some of the rows, each with its own id."""
        ids = self.ids or tuple(f"unit-{k}" for k in range(self.labels.size))
        where = np.arange(self.labels.size)[order]
        return replace(
            self,
            labels=self.labels[where],
            scores={name: own[where] for name, own in self.scores.items()},
            weights=None if self.weights is None else self.weights[where],
            values=None if self.values is None else self.values[where],
            ids=tuple(ids[k] for k in where),
            groups=None if self.groups is None else tuple(self.groups[k] for k in where),
        )

    def only(self, models: Sequence[str]) -> Rows:
        """Rows with only these models, in this order."""
        return replace(self, scores={name: self.scores[name] for name in models})

    def mass(self) -> Floats:
        """Weight of each row; 1 if rows have no weights."""
        return np.ones(self.labels.size) if self.weights is None else self.weights


def as_scores(rows: Rows) -> Scores:
    """Rows typed as `Scores`; they have the attributes that a tally reads."""
    return cast(Scores, rows)


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
    """Scores a few representable steps apart, and perhaps one far away: one cell of a lookup table."""
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
        own = 1 / (1 + np.exp(-rng.normal(labels * draw(st.sampled_from([0.0, 1.0, 3.0])), 1.0)))
        digits = draw(st.sampled_from([None, 1, 2]))
        coarse = own if digits is None else own.round(digits)
        scores[f"model {k}"] = np.where(rng.random(n) < 0.3, coarse, own)
    return Rows(labels=labels, scores=scores)


@st.composite
def payoffs(draw: st.DrawFn) -> Payoff:
    """Payoffs in the usual order or not, in quarters so that sums are exact."""
    quarter = st.integers(-80, 80).map(lambda k: k / 4)
    return Payoff(*(draw(quarter) for _ in range(4)))


@st.composite
def scenarios(draw: st.DrawFn, rows: Rows) -> Scenario:
    """Scenario for these rows; the current threshold is a score, between two scores, or out of reach."""
    today = None
    if draw(st.booleans()):
        model = draw(st.sampled_from(rows.models))
        own = np.unique(rows.scores[model]).tolist()
        today = Today(model, draw(st.sampled_from([*own, own[-1] + 1.0, own[0] - 1.0])))
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

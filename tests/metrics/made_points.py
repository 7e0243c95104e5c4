"""Generated operating points with figures that no model gives: undefined, infinite, tied, absurd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from metrics.evaluation.operating_points import OperatingPoint

COARSE = st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.0, -4.0])
HARD = st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -1.0, 1.0, 1 + 2**-52, 1e300])
FREE = st.floats(-1e6, 1e6)
FIGURES = st.sampled_from([COARSE, HARD, FREE, COARSE | st.just(np.nan)])


@st.composite
def made_points(draw: st.DrawFn, ids: Sequence[str], *, most: int = 16) -> pd.DataFrame:
    """Frame in the form of `operating_points`, with figures unrelated to its counts."""
    value = draw(FIGURES)
    kinds = st.sampled_from(["ordinary"] * 4 + ["everything", "nothing"])
    rows: list[dict[str, Any]] = []
    for k in range(draw(st.integers(1, most))):
        kind = draw(kinds)
        flagged = 0 if kind == "nothing" else draw(st.integers(1, 3))
        shipped = 0 if kind == "everything" else draw(st.integers(1, 3))
        tp, fn = draw(st.integers(0, flagged)), draw(st.integers(0, shipped))
        rows.append(
            {"model": draw(st.sampled_from("abc")), "threshold": k / 8}
            | {"tp": tp, "fp": flagged - tp, "fn": fn, "tn": shipped - fn}
            | {name: draw(value) for name in ids}
        )
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(ids, np.float64))


def table(ids: Sequence[str], *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Points of hand-worked cases: model, threshold, tp, fp, fn, tn, then a figure for each objective."""
    columns = ["model", "threshold", "tp", "fp", "fn", "tn", *ids]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(ids, np.float64))


def identity(point: OperatingPoint | None) -> tuple[object, ...] | None:
    """Identity of a point without its figures: row, model, threshold, and whether it flags all or nothing."""
    return None if point is None else (point.row, point.model, point.threshold, point.extreme)


def worsened(
    points: pd.DataFrame, up: Sequence[bool], ids: Sequence[str], by: float
) -> pd.DataFrame:
    """The points, then a copy of each for model "z" that is worse by `by` in every objective."""
    more = points.assign(model="z")
    for name, maximise in zip(ids, up, strict=True):
        more[name] += -by if maximise else by
    return pd.concat([points, more], ignore_index=True)

"""Which operating point is meant, and whether it flags everything or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.objective import Extreme


@dataclass(frozen=True)
class Place:
    """One of the operating points.

    Attributes
    ----------
    row : int
        Its label in the index of the operating points, as of `metrics.decision.Pick`.
    model : str
    threshold : float
    extreme : Extreme or None
        What it flags, where that is everything or nothing.
    """

    row: int
    model: str
    threshold: float
    extreme: Extreme | None


def flags_everything(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points ship no unit, shape (n,)."""
    return np.asarray(points["fn"] + points["tn"] == 0, bool)


def flags_nothing(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points ship every unit, shape (n,)."""
    return np.asarray(points["tp"] + points["fp"] == 0, bool)


def is_ordinary(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points flag some unit and ship some, shape (n,)."""
    return ~(flags_everything(points) | flags_nothing(points))


def extremes_among(points: pd.DataFrame) -> tuple[Extreme, ...]:
    """What the silly points among some operating points flag, each once."""
    seen = {
        Extreme.FLAG_EVERYTHING: flags_everything(points),
        Extreme.FLAG_NOTHING: flags_nothing(points),
    }
    return tuple(extreme for extreme, there in seen.items() if there.any())


def place_at(points: pd.DataFrame, position: int) -> Place:
    """The operating point at a position, counted from 0."""
    # Column by column: a row of a wide table is gathered anew each time.
    fn, tn, tp, fp = (points[name].to_numpy()[position] for name in ("fn", "tn", "tp", "fp"))
    extreme = None
    if fn + tn == 0:
        extreme = Extreme.FLAG_EVERYTHING
    elif tp + fp == 0:
        extreme = Extreme.FLAG_NOTHING
    return Place(
        row=int(points.index[position]),
        model=str(points["model"].iloc[position]),
        threshold=float(points["threshold"].to_numpy()[position]),
        extreme=extreme,
    )


def first_of(
    points: pd.DataFrame, positions: NDArray[np.intp], before: Sequence[NDArray[Any]] = ()
) -> int:
    """The one of several operating points that stands for all, whatever their order.

    Parameters
    ----------
    points : DataFrame
    positions : ndarray of int, shape (k,)
        At least one.
    before : sequence of ndarray, each of shape (k,)
        What decides before the fewest misses do, the first first; less is better.

    Returns
    -------
    int
        Its position.

    Notes
    -----
    Of points that are equal in all that comes before: the fewest misses, then the fewest false alarms,
    the name of the model, the threshold.
    """
    if positions.size == 1:
        return int(positions[0])
    some = points.iloc[positions]
    keys = {f"before {k}": values for k, values in enumerate(before)}
    ties = {name: some[name].to_numpy() for name in ("fn", "fp", "model", "threshold")}
    ranked = pd.DataFrame({**keys, **ties}).sort_values([*keys, *ties], kind="stable")
    return int(positions[ranked.index[0]])

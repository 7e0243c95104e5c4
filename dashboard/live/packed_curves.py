"""Every operating point of the visible models as bytes that the browser reads in place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import Objective
from metrics.evaluation.operating_points import COUNTS
from metrics.inference.interval_formulas import Interval


def envelope(kind: str, head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message to the browser: the length of the head, the head as JSON, the body.

    Notes
    -----
    The body begins at a multiple of eight bytes, so that arrays of float64 can be read in place.
    """
    text = json.dumps({"kind": kind, **head}, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return len(text).to_bytes(4, "little") + text + body


@dataclass(frozen=True)
class Pack:
    """Packed curves.

    Attributes
    ----------
    message : bytes
        For `dashboard.live.component.mount`.
    digest : str
        Of the message: by it the page says which curves it is about.
    models : tuple of str
        In the order of the pack.
    """

    message: bytes
    digest: str
    models: tuple[str, ...]


def pack(
    points: pd.DataFrame,
    below: Sequence[NDArray[np.float64]],
    objectives: Sequence[Objective],
    more: Mapping[str, NDArray[np.float64]] | None = None,
) -> Pack:
    """Pack operating points.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`: one model after the other, threshold ascending.
    below : sequence of ndarray
        For each model, by operating point: the next lower score that stays unflagged, -infinity where all
        digits of the threshold are needed.
    objectives : sequence of Objective
        Whose figures go along.
    more : mapping of str to ndarray, optional
        What goes along besides, by operating point.

    Notes
    -----
    Counts are uint32 (float64 where rows are weighted), thresholds and figures float64: float32 would
    move thresholds past scores. A figure of a whole model is sent once for the model.
    """
    sizes = points.groupby("model", sort=False).size()
    firsts = np.concatenate([[0], np.cumsum(sizes.to_numpy())[:-1]])
    counts = [points[name].to_numpy(np.float64) for name in COUNTS]
    whole = all((c == np.floor(c)).all() and c.max(initial=0) < 2**32 for c in counts)
    arrays = [points["threshold"].to_numpy(np.float64), np.concatenate(list(below))]
    for o in objectives:
        values = points[o.id].to_numpy(np.float64)
        arrays.append(values[firsts] if o.of_model else values)
    arrays += (more or {}).values()
    arrays += [c.astype(np.uint32) if whole else c for c in counts]
    body = b"".join(a.astype(a.dtype.newbyteorder("<")).tobytes() for a in arrays)
    head = {
        "sizes": sizes.tolist(),
        "columns": [
            *([o.id, o.of_model] for o in objectives),
            *([name, False] for name in more or {}),
        ],
        "whole": whole,
    }
    digest = hashlib.sha256(repr(head).encode() + body).hexdigest()[:32]
    return Pack(
        envelope("pack", {**head, "digest": digest}, body), digest, tuple(map(str, sizes.index))
    )


def ranges(of: Pack, figures: str, model: int, ends: Mapping[Objective, Interval]) -> bytes:
    """Message with 95 % intervals of some objectives, of one model of a pack.

    Parameters
    ----------
    figures : str
        Says to the browser which figures they are of.
    model : int
        Its position in the pack.
    ends : mapping of Objective to Interval
        By operating point of the model; of what every threshold has the same, by model of the pack.
    """
    body = b"".join(
        end.astype("<f8").tobytes()
        for interval in ends.values()
        for end in (interval.low, interval.high)
    )
    sizes = [interval.low.size for o, interval in ends.items() if not o.of_model]
    head = {
        "figures": figures,
        "model": model,
        "models": len(of.models),
        "size": sizes[0] if sizes else 0,
        "columns": [[o.id, o.of_model] for o in ends],
    }
    return envelope("ranges", head, body)

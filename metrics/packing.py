"""Between a tally and what lies in its file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from metrics.columns import Scale
from metrics.packed import Packed
from metrics.tally import Tally, empty_tally
from metrics.tally_header import COUNTING


def packed(tally: Tally, header: dict[str, Any] | None = None) -> Packed:
    """A tally as it lies in a file or travels between processes.

    Parameters
    ----------
    tally : Tally
    header : dict, optional
        What else is to be kept.
    """
    there = tally.counts != 0
    counts = tally.counts[there]
    most = int(counts.max(initial=0))
    width = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
    about = {"models": list(tally.models), "scale": tally.scale, "counting": COUNTING}
    return Packed(
        header=(header or {}) | about,
        thresholds=_little(tally.thresholds),
        occupied=np.packbits(there.reshape(there.shape[0], -1), axis=1),
        counts=_little(counts.astype(width)),
        weights=None if tally.weights is None else _little(tally.weights[there]),
        values=None if tally.values is None else _little(tally.values[there]),
        losses=_little(tally.losses),
        infinite=_little(tally.infinite),
        between=_little(tally.between),
        calibration=_little(tally.calibration),
    )


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def unpacked(found: Packed) -> Tally:
    """Lay out a tally that was packed; its arrays may be written to."""
    finite = [row[np.isfinite(row)] for row in found.thresholds]
    tally = empty_tally(
        tuple(found.header["models"]),
        finite,
        scale=cast(Scale, found.header["scale"]),
        weighted=found.weights is not None,
        valued=found.values is not None,
        buckets=found.shape[0],
    )
    for bucket, (there, where) in enumerate(found.buckets()):
        tally.counts[bucket][there] = found.counts[where]
        if tally.weights is not None and found.weights is not None:
            tally.weights[bucket][there] = found.weights[where]
        if tally.values is not None and found.values is not None:
            tally.values[bucket][there] = found.values[where]
    return replace(
        tally,
        losses=np.array(found.losses, np.float64),
        infinite=np.array(found.infinite, np.int64),
        between=np.array(found.between, np.int64),
        calibration=np.array(found.calibration, np.float64),
    )

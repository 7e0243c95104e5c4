"""Bank of matched filters, applied at every position of a unit's face; slow to compute.

Each filter is the shape of a fault minus its surroundings: a straight line in twelve directions, round spots
of five sizes. Responses are in units of the face's noise. The filters take about as much time as all of
`sample_data.features`. Only the two-stage model uses them, and only for the doubtful units.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from sample_data.features import DECIMALS, by_bore, face_of, residuals
from sample_data.marks import SIZE, Floats, X, Y

LINE_LENGTH = 9.0
DIRECTIONS = 12
SPOT_SIZES = (0.8, 1.2, 2.0, 3.0, 4.5)

_PADDED = 64
_NOTABLE = 3.0
"""Smallest response, in units of the noise, that counts in the energies."""

COLUMNS = 6 + 3 * len(SPOT_SIZES)


@cache
def _bank() -> npt.NDArray[np.complex128]:
    """Return the filters' conjugate transforms, shape (filters, _PADDED, _PADDED // 2 + 1)."""
    kernels = []
    for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
        along = X * np.cos(angle) + Y * np.sin(angle)
        across = Y * np.cos(angle) - X * np.sin(angle)
        extent = 1 / (1 + np.exp(np.clip(4 * (np.abs(along) - LINE_LENGTH / 2), -40, 40)))
        core = extent * np.exp(-0.5 * (across / 0.75) ** 2)
        around = extent * np.exp(-0.5 * (across / 2.2) ** 2)
        kernels.append(core / core.sum() - around / around.sum())
    kernels += [np.exp(-0.5 * (X**2 + Y**2) / size**2) for size in SPOT_SIZES]
    unit = np.stack([kernel / np.sqrt((kernel**2).sum()) for kernel in kernels])
    return np.asarray(fft.rfft2(unit, s=(_PADDED, _PADDED)).conj())


def read_filters(images: npt.NDArray[np.uint8]) -> Floats:
    """Return the strongest responses and the energies of the filter bank.

    Parameters
    ----------
    images : ndarray of uint8, shape (units, SIZE, SIZE)

    Returns
    -------
    ndarray of float64, shape (units, COLUMNS)
        Rounded to `sample_data.features.DECIMALS` decimals.
    """
    table = np.empty((len(images), COLUMNS))
    for rows, part, bore in by_bore(images):
        table[rows] = _responses(part, bore)
    return np.round(table, DECIMALS)


def _responses(images: Floats, bore: float) -> Floats:
    face = face_of(bore)
    left = residuals(images, bore)
    noise = 1.4826 * np.median(np.abs(left[:, face]), axis=1) + 1e-9
    # Values are limited, so that one bright speck does not hide the rest of the face.
    left = np.clip(left / noise[:, None, None], -6, 6)
    spectrum = fft.rfft2(left, s=(_PADDED, _PADDED))
    responses = np.stack([_response(spectrum, transform)[:, face] for transform in _bank()])
    lines, spots = responses[:DIRECTIONS], responses[DIRECTIONS:]
    dark, bright = lines.min(axis=0), lines.max(axis=0)
    columns = [
        -dark.min(axis=1),
        bright.max(axis=1),
        -np.partition(dark, 10, axis=1)[:, :10].mean(axis=1),
        np.partition(bright, -10, axis=1)[:, -10:].mean(axis=1),
        _energy(dark),
        _energy(-bright),
    ]
    for spot in spots:
        columns += [-spot.min(axis=1), spot.max(axis=1), _energy(spot)]
    return np.column_stack(columns)


def _response(
    spectrum: npt.NDArray[np.complex128], transform: npt.NDArray[np.complex128]
) -> Floats:
    full = fft.irfft2(spectrum * transform, s=(_PADDED, _PADDED))
    centred = np.roll(full, (SIZE // 2, SIZE // 2), axis=(1, 2))
    return np.asarray(centred[:, :SIZE, :SIZE], dtype=np.float64)


def _energy(response: Floats) -> Floats:
    return np.asarray((np.minimum(response + _NOTABLE, 0) ** 2).sum(axis=1), dtype=np.float64)

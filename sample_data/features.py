"""Features of an image: the numbers that most models read instead of pixels.

A part without a fault looks nearly the same all the way round. The smooth part of a face is its mean over
narrow rings plus slow waves around them. The rest (the residual) consists of faults, harmless marks and
noise. There are three families of features:

- fine: narrow lines and small spots, for scratches, cracks and pits, and specks that mimic them;
- broad: patches a few pixels wide, for stains, and the glare that mimics them;
- plain: brightness and spread, which depend more on the line and the light than on faults.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from sample_data.marks import OUTER, Floats, X, Y
from sample_data.units import VARIANTS

CHUNK = 250
DECIMALS = 3
"""Decimals of a feature. Rounding hides the order of summation, which could change a tree's split."""

FINE = (
    "line_dark line_dark_mean line_bright line_long_dark line_long_bright line_one_way "
    "spot_dark spot_bright spot_wide_dark spot_wide_bright spot_lit_rim kurtosis "
    "darkest brightest dark_pixels bright_pixels"
).split()
BROAD = (
    "patch_dark patch_bright patch_wide_dark patch_wide_bright patch_spread patch_dark_area "
    "sector_dark sector_bright sector_spread"
).split()
PLAIN = "mean spread contrast slope slope_2 gloss belt belt_bright saturated ripple".split()
FAMILIES = {"fine": FINE, "broad": BROAD, "plain": PLAIN}
"""Names of the features in each family."""

_RADIUS = np.hypot(X, Y)
_ANGLE = np.arctan2(Y, X)
_BELT = _RADIUS > OUTER + 1.8
_SECTORS = 16


def read_features(images: npt.NDArray[np.uint8], *families: str) -> Floats:
    """Compute the features of the named families for each image.

    Parameters
    ----------
    images : ndarray of uint8, shape (units, SIZE, SIZE)
        As `sample_data.render.render` draws them.
    *families : str
        Keys of `FAMILIES`.

    Returns
    -------
    ndarray of float64, shape (units, columns)
        One column per feature, in the order of the families, rounded to `DECIMALS` decimals. A unit's
        features do not depend on the other units.
    """
    width = sum(len(FAMILIES[family]) for family in families)
    table = np.empty((len(images), width))
    for rows, part, bore in by_bore(images):
        face = face_of(bore)
        left = residuals(part, bore)
        columns: list[Floats] = []
        for family in families:
            columns += _READ[family](part, left, face)
        table[rows] = np.column_stack(columns)
    return np.round(table, DECIMALS)


def by_bore(images: npt.NDArray[np.uint8]) -> Iterator[tuple[npt.NDArray[np.intp], Floats, float]]:
    """Yield (row numbers, images as float64, bore radius) for small groups of units with the same bore."""
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        bores = _bore_of(part)
        for bore in np.unique(bores):
            rows = np.flatnonzero(bores == bore)
            yield start + rows, part[rows].astype(np.float64), float(bore)


def _bore_of(images: npt.NDArray[np.uint8]) -> Floats:
    """Bore radius of each unit, from the area of the dark hole in the middle."""
    area = (images[:, _RADIUS < 9.5] < 90).sum(axis=1)
    bores = np.array([bore for bore, _ in VARIANTS])
    nearest = np.abs(area[:, None] - np.pi * bores**2).argmin(axis=1)
    return np.asarray(bores[nearest], dtype=np.float64)


def face_of(bore: float) -> npt.NDArray[np.bool_]:
    """Return the pixels that are certainly on the face, outside of both chamfers."""
    return (bore + 1.7 < _RADIUS) & (_RADIUS < OUTER - 1.9)


@cache
def _smooth_basis(bore: float) -> Floats:
    """Orthonormal basis, shape (face pixels, k), of rings half a pixel wide times slow waves."""
    face = face_of(bore)
    radius, angle = _RADIUS[face], _ANGLE[face]
    rings = np.maximum(0, 1 - np.abs(radius[:, None] - np.arange(6, OUTER, 0.6)) / 0.6)
    wide = np.maximum(0, 1 - np.abs(radius[:, None] - np.arange(5, OUTER + 1, 1.5)) / 1.5)
    waves = [wide * np.cos(k * angle - shift)[:, None] for k in (1, 2) for shift in (0, np.pi / 2)]
    basis, sizes, _ = np.linalg.svd(np.hstack([rings, *waves]), full_matrices=False)
    return np.asarray(basis[:, sizes > 1e-6 * sizes[0]], dtype=np.float64)


def residuals(images: Floats, bore: float) -> Floats:
    """Subtract the smooth part from each face. The result is 0 outside of the face."""
    face, basis = face_of(bore), _smooth_basis(bore)
    pixels = images[:, face]
    left = np.zeros_like(images)
    left[:, face] = pixels - (pixels @ basis) @ basis.T
    return left


def _fine(_: Floats, left: Floats, face: npt.NDArray[np.bool_]) -> list[Floats]:
    short = np.stack([_line(left, angle, 2)[:, face] for angle in range(8)])
    long = np.stack([_line(left, angle, 4)[:, face] for angle in range(8)])
    dark = -short.min(axis=(0, 2))
    # The darkest direction at each pixel, compared with the mean of all directions. A round speck is equally
    # dark in every direction, but a line only in one.
    one_way = (short.mean(axis=0) - short.min(axis=0)).max(axis=1)
    small = _blur(left, 0.7) - _blur(left, 1.8)
    big = _blur(left, 1.3) - _blur(left, 3.0)
    rim = 0.5 * np.roll(small, (-2, -2), axis=(1, 2)) - small
    pixels = left[:, face]
    scale = np.median(np.abs(pixels), axis=1)[:, None] * 1.4826 + 1e-9
    ranked = np.sort(pixels, axis=1)
    return [
        dark,
        -np.sort(short.min(axis=0), axis=1)[:, :6].mean(axis=1),
        short.max(axis=(0, 2)),
        -long.min(axis=(0, 2)),
        long.max(axis=(0, 2)),
        one_way,
        -small[:, face].min(axis=1),
        small[:, face].max(axis=1),
        -big[:, face].min(axis=1),
        big[:, face].max(axis=1),
        rim[:, face].max(axis=1),
        ((pixels / scale) ** 4).mean(axis=1),
        -ranked[:, :3].mean(axis=1),
        ranked[:, -3:].mean(axis=1),
        (pixels < -3.5 * scale).sum(axis=1).astype(np.float64),
        (pixels > 3.5 * scale).sum(axis=1).astype(np.float64),
    ]


def _line(left: Floats, direction: int, half: int) -> Floats:
    """Mean along a short line through each pixel, minus the mean of the two parallel lines next to it."""
    angle = direction * np.pi / 8
    step_x, step_y = np.cos(angle), np.sin(angle)
    along = np.zeros_like(left)
    for k in range(-half, half + 1):
        along += _shifted(left, round(k * step_y), round(k * step_x))
    along /= 2 * half + 1
    off_y, off_x = round(2.2 * step_x), round(-2.2 * step_y)
    sides = _shifted(along, off_y, off_x) + _shifted(along, -off_y, -off_x)
    return along - 0.5 * sides


def _shifted(left: Floats, down: int, right: int) -> Floats:
    # The image border shows the belt, where the residual is 0. Rolling over the border is harmless.
    return np.roll(left, (down, right), axis=(1, 2)) if down or right else left


def _blur(left: Floats, sigma: float) -> Floats:
    blurred = ndimage.gaussian_filter(left, (0, sigma, sigma), mode="constant", truncate=3.0)
    return np.asarray(blurred, dtype=np.float64)


def _broad(_: Floats, left: Floats, face: npt.NDArray[np.bool_]) -> list[Floats]:
    patches = [_mean_around(left, face, sigma) for sigma in (1.8, 3.2)]
    sector = ((_ANGLE[face] + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    member = (sector[:, None] == np.arange(_SECTORS)).astype(np.float64)
    sectors = left[:, face] @ (member / member.sum(axis=0))
    spread = patches[0].std(axis=1)
    return [
        -patches[0].min(axis=1),
        patches[0].max(axis=1),
        -patches[1].min(axis=1),
        patches[1].max(axis=1),
        spread,
        (patches[0] < -1.6).sum(axis=1),
        -sectors.min(axis=1),
        sectors.max(axis=1),
        sectors.std(axis=1),
    ]


def _mean_around(left: Floats, face: npt.NDArray[np.bool_], sigma: float) -> Floats:
    """Mean of the face's pixels around each pixel. Without the belt, a patch at the edge stays strong."""
    weight = _blur(face[None].astype(np.float64), sigma)
    return (_blur(left, sigma) / np.maximum(weight, 0.2))[:, face]


def _plain(images: Floats, left: Floats, face: npt.NDArray[np.bool_]) -> list[Floats]:
    pixels, belt = images[:, face], images[:, _BELT]
    angle = _ANGLE[face]
    low, high = np.percentile(pixels, (1, 99), axis=1)
    gloss = np.hypot(pixels @ np.cos(2 * angle), pixels @ np.sin(2 * angle))
    return [
        pixels.mean(axis=1),
        pixels.std(axis=1),
        high - low,
        pixels @ np.cos(angle) / len(angle),
        pixels @ np.sin(angle) / len(angle),
        gloss / len(angle),
        belt.mean(axis=1),
        belt.max(axis=1),
        (images > 215).sum(axis=(1, 2)),
        left[:, face].std(axis=1),
    ]


_READ = {"fine": _fine, "broad": _broad, "plain": _plain}


def read_residuals(images: npt.NDArray[np.uint8]) -> Floats:
    """Return the residuals of every pixel, shape (units, SIZE, SIZE), in grey levels."""
    left = np.empty(images.shape)
    for rows, part, bore in by_bore(images):
        left[rows] = residuals(part, bore)
    return np.round(left, DECIMALS)


def read_contrast(images: npt.NDArray[np.uint8]) -> Floats:
    """Return the contrast that the current rule measures, in grey levels, shape (units,).

    The contrast is the largest difference on the face between the mean of 9 x 9 pixels and that of the 3 x 3
    pixels in their middle. All parts use the face of the part with the widest bore.
    """
    face = face_of(VARIANTS[-1][0])
    darkest = np.empty(len(images))
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK].astype(np.float64)
        step = ndimage.uniform_filter(part, (0, 3, 3)) - ndimage.uniform_filter(part, (0, 9, 9))
        darkest[start : start + CHUNK] = -step[:, face].min(axis=1)
    return np.round(darkest, DECIMALS)

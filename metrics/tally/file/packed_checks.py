"""Consistency checks of the arrays in a tally file, which may be damaged or forged."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.tally.breakdown import ANSWERS, FLAGGED
from metrics.tally.categories import MAX_CATEGORIES, OTHER
from metrics.tally.category_codes import part_of_buckets
from metrics.tally.file.packed_tally import BreakdownHeader, PackedTally
from metrics.tally.kernel import LOG_LOSS, Floats

ROUNDING = 1e-9
"""Largest relative difference between sums of the same weights in another order."""


class DamagedTally(ValueError):
    """Raised if a tally file has content that counting cannot produce."""


def check_consistency(packed: PackedTally) -> None:
    """Raise `DamagedTally` unless the arrays are consistent, as counting makes them."""
    _check_thresholds(packed.arrays["thresholds"])
    _check_sums(packed)
    rows, weights = _checked_cells(packed)
    _check_highest(packed, rows)
    _check_breakdowns(packed, rows, weights)


def must_have_both_classes(packed: PackedTally, file: str) -> None:
    """Raise ``E_TALLY`` if good units or defects are missing: such a tally cannot be used for a choice."""
    goods, defects = (int(n) for n in packed.rows)
    if not goods or not defects:
        raise ScoreError(
            "E_TALLY",
            f"a tally must count good units and defects, got {goods:,} and {defects:,}",
            file=file,
            hint="Add it to tallies of other rows, or count the score files again.",
        )


def _check_thresholds(thresholds: Floats) -> None:
    finite = np.isfinite(thresholds)
    widths = finite.sum(axis=1)
    if widths.size and (widths.min() == 0 or widths.max() != thresholds.shape[1]):
        raise DamagedTally("thresholds that nobody counts at")
    before, after = thresholds[:, :-1], thresholds[:, 1:]
    if not np.where(finite[:, 1:], after > before, after == np.inf).all():
        raise DamagedTally("thresholds that do not ascend")
    if not (finite | (thresholds == np.inf)).all():
        raise DamagedTally("thresholds that are no numbers")


def _check_sums(packed: PackedTally) -> None:
    """Check that sums are finite, and that counts and weights are not below their minimum."""
    arrays = packed.arrays
    losses, calibration, weights = arrays["losses"], arrays["calibration"], arrays.get("weights")
    not_negative = [arrays["infinite"], arrays["between"], losses[..., 1:], calibration]
    if packed.header.scale == "logit":
        # The unclipped loss of one row may be 1e300, times its weight.
        losses = losses[~np.isposinf(losses) | (np.arange(losses.shape[-1]) != LOG_LOSS)]
    sums = [weights, arrays.get("values"), losses, calibration]
    with np.errstate(over="ignore"):
        if not all(np.isfinite(np.abs(array).sum()) for array in sums if array is not None):
            raise DamagedTally("sums that are no numbers")
    if any((array < 0).any() for array in not_negative) or (arrays["counts"] == 0).any():
        raise DamagedTally("counts below what is counted")
    if weights is not None and (weights <= 0).any():
        raise DamagedTally("weights that are not above 0")


def _checked_cells(packed: PackedTally) -> tuple[NDArray[np.int64], Floats]:
    """Check that all models count the same rows in every bucket.

    Returns
    -------
    rows, weights : ndarray, each of shape (M, K + 1, 2)
        Sums over the buckets; weights are 0 if rows are not weighted.
    """
    arrays = packed.arrays
    counts, weights = arrays["counts"], arrays.get("weights")
    cells = len(packed.header.models), packed.header.bins, 2
    widths = np.isfinite(arrays["thresholds"]).sum(axis=1)
    is_padding = np.arange(cells[1]) > widths[:, None]
    all_rows, all_weights, stop = np.zeros(cells, np.int64), np.zeros(cells), 0
    for (occupied, where), infinite in zip(packed.buckets(), arrays["infinite"], strict=True):
        stop = where.stop
        if stop > counts.size or occupied[is_padding].any():
            raise DamagedTally("cells beyond the thresholds")
        bucket_rows = np.zeros(cells, np.int64)
        bucket_rows[occupied] = counts[where]
        model_rows = bucket_rows.sum(axis=1)
        if (model_rows != model_rows[:1]).any() or (infinite > model_rows).any():
            raise DamagedTally("models that count different rows")
        all_rows += bucket_rows
        if weights is not None:
            # Values may cancel in a cell, so they cannot be checked like the weights.
            bucket_weights = np.zeros(cells)
            bucket_weights[occupied] = weights[where]
            model_weights = bucket_weights.sum(axis=1)
            if (np.abs(model_weights - model_weights[:1]) > ROUNDING * model_weights).any():
                raise DamagedTally("models whose weights are of different rows")
            all_weights += bucket_weights
    if stop != counts.size or (arrays["between"] > all_rows.sum(axis=1)).any():
        raise DamagedTally("counts without a cell")
    return all_rows, all_weights


def _check_highest(packed: PackedTally, rows: NDArray[np.int64]) -> None:
    """Check that the highest score of each bin lies in the bin, if it is known."""
    thresholds, highest = packed.arrays["thresholds"], packed.arrays["highest"]
    low = np.pad(thresholds, ((0, 0), (1, 0)), constant_values=-np.inf)
    high = np.pad(thresholds, ((0, 0), (0, 1)), constant_values=np.inf)
    is_inside = (highest >= low) & (highest < high) & np.isfinite(highest)
    fits = np.where(rows.any(axis=2), is_inside, highest == -np.inf) | np.isnan(highest)
    if not fits.all():
        raise DamagedTally("highest scores that lie elsewhere")


def _check_breakdowns(packed: PackedTally, rows: NDArray[np.int64], weights: Floats) -> None:
    """Check that the categories of each breakdown sum to all rows, cell by cell; kinds: to all defects."""
    for header, span in packed.breakdown_headers():
        _check_breakdown(header, packed.header.models)
        counts = packed.arrays["parts"][span].astype(np.int64, copy=False)
        classes = [0, 1] if header.role == "type" else [1, 1]
        if (counts < 0).any() or (counts.sum(axis=0) != rows * classes).any():
            raise DamagedTally("parts that are not the whole")
        if header.role == "today" and "flagged_today" in packed.arrays:
            _check_flagged_today(packed, span.start + FLAGGED)
        if "part_weights" in packed.arrays:
            sums, expected = packed.arrays["part_weights"][span], weights * classes
            if not np.isfinite(sums).all() or ((sums > 0) != (counts > 0)).any():
                raise DamagedTally("parts whose weights are not above 0")
            if (np.abs(sums.sum(axis=0) - expected) > ROUNDING * expected).any():
                raise DamagedTally("parts whose weights are not the whole")


def _check_breakdown(header: BreakdownHeader, models: tuple[str, ...]) -> None:
    """Check the header of a breakdown."""
    is_current = header.role == "today"
    has_other = OTHER in header.categories
    if len(header.categories) > MAX_CATEGORIES + has_other or header.has_others > has_other:
        raise DamagedTally("more categories than are counted apart")
    if is_current and (header.categories != ANSWERS or header.model not in models):
        raise DamagedTally("another answer than today's system gives")
    if is_current == (header.threshold is None or math.isnan(header.threshold)):
        raise DamagedTally("today's system without a threshold")


def _check_flagged_today(packed: PackedTally, category: int) -> None:
    """Check that the current system's flagged units sum to its category, and no part exceeds its rows."""
    arrays = packed.arrays
    flagged, sums = arrays["flagged_today"], arrays.get("weights", arrays["counts"])
    expected = arrays.get("part_weights", arrays["parts"])[category]
    part_sums = np.zeros(flagged.shape, np.float64)
    parts = part_of_buckets(packed.header.buckets)
    for part, (occupied, where) in zip(parts, packed.buckets(), strict=True):
        part_sums[part][occupied] += sums[where]
    differs = np.abs(flagged.sum(axis=0, dtype=np.float64) - expected) > ROUNDING * expected
    if differs.any() or not ((flagged >= 0) & (flagged <= part_sums * (1 + ROUNDING))).all():
        raise DamagedTally("parts of what today's system flags that are not the whole")

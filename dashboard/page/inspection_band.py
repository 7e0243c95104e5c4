"""The two thresholds of a point with inspectors for what lies between them, and what becomes of the units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.page.decision_text import SHARE_INSPECTED, SHARE_REJECTED, inspected_words
from dashboard.page.state import PageState, points_of_model
from dashboard.session.choices import Point
from metrics import OperatingPoint
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Band:
    """What becomes of the units at a point where people inspect.

    Attributes
    ----------
    ship_below, reject_from : float
        Thresholds; what lies between them is inspected.
    shipped, inspected, rejected : float
        Shares of the units that the model ships, leaves to people, rejects.
    units : float
        That are inspected, of the scenario.
    """

    ship_below: float
    reject_from: float
    shipped: float
    inspected: float
    rejected: float
    units: float


@dataclass(frozen=True)
class Bands:
    """The bands of a model, one for each upper threshold, each array of shape (K,).

    Attributes
    ----------
    lower : ndarray
        Row of the lower threshold among the model's operating points.
    inspected, rejected : ndarray
        Shares of the units.
    """

    lower: Floats
    inspected: Floats
    rejected: Floats


def bands_of(page: PageState, model: str) -> Bands | None:
    """The bands of a model; None where nobody inspects."""
    model_curve = page.evaluation.curve_of(model)
    if model_curve.lower is None:
        return None
    rows = np.cumsum(model_curve.distinct) - 1
    shipped = model_curve.alone.counts[model_curve.distinct].scaled(*page.evaluation.factors)
    counts = model_curve.counts[model_curve.distinct].scaled(*page.evaluation.factors)
    units = shipped.tp + shipped.fp + shipped.fn + shipped.tn
    return Bands(
        lower=rows[model_curve.lower[model_curve.distinct]].astype(np.float64),
        inspected=np.asarray(counts.inspected / units, np.float64),
        rejected=np.asarray((shipped.tp + shipped.fp) / units, np.float64),
    )


def band_at(page: PageState, point: OperatingPoint) -> Band | None:
    """What becomes of the units at a point; None where nobody inspects."""
    if point.model is None:
        return None
    model_curve = page.evaluation.curve_of(point.model)
    bands = bands_of(page, point.model)
    if bands is None:
        return None
    k = model_curve.row(point.threshold)
    inspected, rejected = float(bands.inspected[k]), float(bands.rejected[k])
    thresholds = model_curve.thresholds[model_curve.distinct]
    ship_below = float(thresholds[int(bands.lower[k])])
    if point.lower is not None:
        ship_below = point.lower
        inspected = point.figures["units_inspected"] / page.evaluation.scaled_units
    return Band(
        ship_below=ship_below,
        reject_from=float(thresholds[k]),
        shipped=1 - inspected - rejected,
        inspected=inspected,
        rejected=rejected,
        units=float(point.figures["units_inspected"]),
    )


def best_band_of(page: PageState, model: str) -> Point:
    """A model's band of least cost, or its cheapest single threshold where nobody inspects."""
    model_points = points_of_model(page.points, model)
    return Point(
        model, float(model_points["threshold"].iloc[int(model_points["cost_of_errors"].argmin())])
    )


def is_best_band(page: PageState, point: OperatingPoint) -> bool:
    """Whether a point is its model's cheapest, which no hand has moved."""
    if point.model is None or point.lower is not None:
        return False
    return point.threshold == best_band_of(page, point.model).threshold


def band_words(band: Band, scenario: Scenario) -> str:
    """What becomes of the units, as the answer says it, and how many people that takes."""
    return inspected_words(band.inspected, band.rejected, band.units, scenario)


def shares_recorded(page: PageState, point: OperatingPoint) -> dict[str, float]:
    """The shares of the units, as a record has them beside the counts; nothing where nobody inspects."""
    band = band_at(page, point)
    if band is None:
        return {}
    return {SHARE_INSPECTED: band.inspected, SHARE_REJECTED: band.rejected}

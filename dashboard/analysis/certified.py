"""Certification of the limits: operating points that meet them in production at a stated confidence."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts import dataset_counts
from metrics import Bound, OperatingPoint
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.inference.certificates.certification import Certification, Standing, certification
from metrics.io.read_options import can_certify
from metrics.scenario.scenario import Looks
from metrics.selection.limits import limit_of


def certified(analysis: Analysis, bounds: Sequence[Bound] | None = None) -> Certification | None:
    """Certification of limits at all operating points of all models.

    Hidden models count as well, because the selected point was chosen from all models.

    Parameters
    ----------
    bounds : sequence of Bound, optional
        Limits to certify; those of the analysis by default.

    Returns
    -------
    Certification or None
        `None` if there are no limits, if none of them can be certified, if intervals are not computed, if
        the rows trained the models, or if they are an audit sample.
    """
    bounds = analysis.limits if bounds is None else bounds
    can_be_certified = can_certify(analysis.held_out, analysis.labels_from)
    if analysis.uncertainty is None or not bounds or not can_be_certified:
        return None
    result = _certification(analysis, tuple(bounds))
    return None if result.together is None else result


def prepare(analysis: Analysis) -> None:
    """Compute the certification of the limits ahead of the page, since it takes long."""
    if analysis.limits and can_certify(analysis.held_out, analysis.labels_from):
        _certification(analysis, analysis.limits)


def _certification_reads(analysis: Analysis, bounds: tuple[Bound, ...]) -> Hashable:
    limits = tuple((bound.objective, bound.value) for bound in bounds)
    return limits, scenario_read_by(analysis.scenario, [bound.objective for bound in bounds])


@part(reads=_certification_reads, kind=Kind.PART)
def _certification(analysis: Analysis, bounds: tuple[Bound, ...]) -> Certification:
    return certification(
        analysis.evaluation,
        [limit_of(bound) for bound in bounds],
        shares=dataset_counts.shares_of_rows(analysis.dataset),
    )


def position(analysis: Analysis, point: OperatingPoint) -> int:
    """Position of an operating point among the points of all models, hidden ones included."""
    evaluation = analysis.evaluation
    m = evaluation.tally.index(str(point.model))
    before = sum(
        int(np.count_nonzero(model_curve.distinct)) for model_curve in evaluation.curves[:m]
    )
    return before + evaluation.curves[m].row(point.threshold)


def standing_of(
    analysis: Analysis, certification: Certification, bounds: Sequence[Bound], point: OperatingPoint
) -> Standing:
    """Standing of all limits together at an operating point."""
    met = all(bound.is_met_at(point) for bound in bounds)
    if point.lower is not None:  # limits are not certified at a point with a second threshold
        return Standing.MET if met else Standing.NOT_MET
    return certification.standing_of_all(position(analysis, point), are_met=met)


def certified_points(analysis: Analysis) -> NDArray[np.bool_] | None:
    """Mask of the visible operating points at which all limits are certified; `None` if unknown."""
    certification = certified(analysis)
    if (
        certification is None
        or certification.together is None
        or any(each is None for each in certification.each)
    ):
        return None
    return among_visible(analysis, certification.together)


def among_visible(analysis: Analysis, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask of the visible operating points, from a mask of the points of all models."""
    if not analysis.hidden:
        return mask
    shown = ~analysis.figures.points["model"].isin(analysis.hidden).to_numpy()
    return np.asarray(mask[shown])


def announced_looks(analysis: Analysis) -> Looks | None:
    """Looks at growing data that were announced; `None` for a single look."""
    looks = analysis.scenario.looks
    return None if looks is None or looks.of == 1 else looks

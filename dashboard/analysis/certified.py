"""Whether limits that are met in the file are certified, for all operating points at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis import cache, counts
from dashboard.analysis.analysis import Analysis
from metrics import Bound, OperatingPoint
from metrics.evaluation.objective import as_read_by
from metrics.inference.guarantee import Certification, Standing, certification
from metrics.selection.limits import limit_of


def certified(analysis: Analysis, bounds: Sequence[Bound] | None = None) -> Certification | None:
    """Limits held to all operating points of all models, be they hidden: these were chosen from, too.

    Parameters
    ----------
    bounds : sequence of Bound, optional
        The limits that everybody agreed on, where left out.

    Returns
    -------
    Certification or None
        None without limits, where none can be certified, and where chance is not shown or not yet known.
    """
    if analysis.uncertainty is None:
        return None
    certification = _certification(analysis, analysis.limits if bounds is None else bounds)
    return None if certification is None or certification.together is None else certification


def prepare(analysis: Analysis) -> None:
    """Find out beside the page what its limits rest on, which is dear at first and then kept."""
    _certification(analysis, analysis.limits)


def _certification(analysis: Analysis, bounds: Sequence[Bound]) -> Certification | None:
    if not bounds:
        return None
    of = tuple((bound.objective, bound.value) for bound in bounds)
    read = as_read_by(analysis.scenario, [bound.objective for bound in bounds])
    key = analysis.keyed("certified", of, read)
    return cache.STORE.get(
        key,
        lambda: certification(
            analysis.evaluation,
            [limit_of(bound) for bound in bounds],
            shares=counts.shares_of_rows(analysis.dataset),
        ),
    )


def position(analysis: Analysis, point: OperatingPoint) -> int:
    """Where an operating point of a curve stands among those of all models, the hidden ones too."""
    evaluation = analysis.evaluation
    m = evaluation.tally.index(str(point.model))
    before = sum(
        int(np.count_nonzero(model_curve.distinct)) for model_curve in evaluation.curves[:m]
    )
    return before + evaluation.curves[m].row(point.threshold)


def standing_of(
    analysis: Analysis, certification: Certification, bounds: Sequence[Bound], point: OperatingPoint
) -> Standing:
    """How limits stand together at an operating point of a curve."""
    met = all(bound.keeps(float(point.figures[bound.objective.id])) for bound in bounds)
    if point.lower is not None:  # none of the points that limits are held to
        return Standing.MET if met else Standing.NOT_MET
    return certification.standing_of_all(position(analysis, point), are_met=met)


def certified_points(analysis: Analysis) -> NDArray[np.bool_] | None:
    """Which of the visible operating points keep all limits for certain; None where not known."""
    certification = certified(analysis)
    if (
        certification is None
        or certification.together is None
        or any(own is None for own in certification.each)
    ):
        return None
    return shown_of(analysis, certification.together)


def shown_of(analysis: Analysis, of_all: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is known of the operating points of all models, of those that are visible."""
    if not analysis.picks_key.hidden:
        return of_all
    shown = ~analysis.figures.points["model"].isin(analysis.picks_key.hidden).to_numpy()
    return np.asarray(of_all[shown])

"""Golden values of the library: calibration, and bands of curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.evaluation.calibration import logistic_calibration, reliability
from metrics.evaluation.decision_curve import decision_curve
from metrics.inference.calibration_intervals import (
    calibration_in_the_large,
    logistic_calibration_interval,
    reliability_interval,
)
from metrics.inference.curve_bands import net_benefit_band, precision_recall_band, roc_band
from tests.golden.library.case import Case
from tests.golden.library.table import Rows, field_values, table


@table("calibration")
def calibration_by_bin(case: Case) -> Rows:
    """Calibration by bin: mean score and observed share."""
    if case.tally.scale == "rank":
        return
    for m in case.some_models if case.is_first else case.some_models[:1]:
        found, ends = reliability(case.evaluation.alone, m), reliability_interval(case.bootstrap, m)
        yield from (
            {"model": case.tally.models[m], "bin": k, "predicted": float(found.predicted[k]),
             "observed": float(found.observed[k]), "units": float(found.units[k]),
             "low": float(ends.low[k]), "high": float(ends.high[k])}
            for k in range(len(found.units))
        )  # fmt: skip


@table("recalibrated", is_slow=True)
def recalibration(case: Case) -> Rows:
    """Overall calibration, and the log loss after recalibration."""
    if case.tally.scale == "rank":
        return
    for m in case.some_models:
        found = logistic_calibration(case.evaluation.alone, m)
        ends = logistic_calibration_interval(case.bootstrap, m)
        large = calibration_in_the_large(case.bootstrap, m)
        yield {
            "model": case.tally.models[m], **field_values(found),
            "intercept_low": ends.intercept[0], "intercept_high": ends.intercept[1],
            "slope_low": ends.slope[0], "slope_high": ends.slope[1],
            "in_the_large_low": large[0], "in_the_large_high": large[1],
        }  # fmt: skip


@table("curves", is_slow=True)
def bands_of_curves(case: Case) -> Rows:
    """Bands of the ROC, precision-recall and net benefit curves, and the decision curve."""
    bootstrap = replace(case.bootstrap, evaluation=case.evaluation.alone)
    along = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    for m in case.some_models:
        at = case.positions(m, 30)
        decided = decision_curve(bootstrap.evaluation, m, along)
        bands = {
            "roc": roc_band(bootstrap, m, at, along),
            "precision_recall": precision_recall_band(bootstrap, m, at, along * 2),
            "net_benefit": net_benefit_band(bootstrap, m, at[[at.size // 2]], along),
        }
        for k, x in enumerate(along.tolist()):
            ends = {f"{name}_low": float(band.low[k]) for name, band in bands.items()}
            ends |= {f"{name}_high": float(band.high[k]) for name, band in bands.items()}
            yield {
                "model": case.tally.models[m], "at": x,
                "net_benefit": float(decided.net_benefit[k]),
                "flag_everything": float(decided.flag_everything[k]), **ends,
            }  # fmt: skip

"""Label noise: ranges of the figures at a threshold if some of the labels are wrong."""

from __future__ import annotations

import numpy as np

from metrics.evaluation.confusion import Confusion, ratio
from metrics.inference.interval_formulas import Interval


def label_noise_ranges(counts: Confusion, share: float) -> dict[str, Interval]:
    """Ranges of figures if up to some share of the units labelled good are defective.

    Parameters
    ----------
    counts : Confusion
        As observed, of any shape.
    share : float
        Share of the good labels that may be wrong, between 0 and 1.

    Returns
    -------
    dict of str to Interval
        ``recall``, ``precision``, ``false_alarm_rate``, ``fn`` and ``fp``, each of the shape of the counts.
        The ranges hold for any choice of wrongly labelled units. They do not include sampling uncertainty.

    Notes
    -----
    Up to k = share (FP + TN) of the good units may be defective. Recall is lowest if all k are shipped, TP /
    (TP + FN + k). It is highest if as many as possible are flagged, x = min(k, FP): (TP + x) / (TP + FN + x).
    The other ranges follow in the same way.

    References
    ----------
    Manski: Partial identification of probability distributions. 2003, chapter 4 (contaminated outcomes).
    """
    tp, fp, fn, tn = (
        np.asarray(n, np.float64) for n in (counts.tp, counts.fp, counts.fn, counts.tn)
    )
    wrong = share * (fp + tn)
    flagged, shipped = np.minimum(wrong, fp), np.minimum(wrong, tn)
    return {
        "recall": Interval(ratio(tp, tp + fn + shipped), ratio(tp + flagged, tp + fn + flagged)),
        "precision": Interval(ratio(tp, tp + fp), ratio(tp + flagged, tp + fp)),
        "false_alarm_rate": Interval(
            ratio(fp - flagged, fp + tn - flagged), ratio(fp, fp + tn - shipped)
        ),
        "fn": Interval(fn, fn + shipped),
        "fp": Interval(fp - flagged, fp),
    }

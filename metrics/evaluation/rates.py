"""Rates of confusion counts, such as recall, precision, F1 and MCC.

Each rate is a function of counts of any shape. Undefined rates are NaN, never 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio


def recall(c: Confusion) -> NDArray[np.float64]:
    """Share of defects that are flagged: TP / (TP + FN)."""
    return ratio(c.tp, c.tp + c.fn)


def precision(c: Confusion) -> NDArray[np.float64]:
    """Share of flagged units that are defective: TP / (TP + FP)."""
    return ratio(c.tp, c.tp + c.fp)


def share_flagged(c: Confusion) -> NDArray[np.float64]:
    """Share of all units that are flagged: (TP + FP) / units."""
    return ratio(c.tp + c.fp, c.tp + c.fp + c.fn + c.tn)


def false_alarm_rate(c: Confusion) -> NDArray[np.float64]:
    """Share of good units that are flagged: FP / (FP + TN)."""
    return ratio(c.fp, c.fp + c.tn)


def shipped_defect_rate(c: Confusion) -> NDArray[np.float64]:
    """Share of shipped units that are defective: FN / (FN + TN)."""
    return ratio(c.fn, c.fn + c.tn)


def f1(c: Confusion) -> NDArray[np.float64]:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN)."""
    return ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def youden_j(c: Confusion) -> NDArray[np.float64]:
    """Youden's J, recall minus false alarm rate: TP / (TP + FN) - FP / (FP + TN)."""
    return recall(c) - false_alarm_rate(c)


def mcc(c: Confusion) -> NDArray[np.float64]:
    """Matthews correlation coefficient; NaN if a row or column of the confusion matrix is empty.

    Notes
    -----
    (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)).

    References
    ----------
    Matthews: Comparison of the predicted and observed secondary structure of T4 phage lysozyme. 1975.
    """
    tp, fp, fn, tn = (np.asarray(x, np.float64) for x in (c.tp, c.fp, c.fn, c.tn))
    return ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))

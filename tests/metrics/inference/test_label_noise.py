"""Tests of figures with some wrong good labels, by trying every possible set of wrong labels."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from metrics.evaluation.confusion import Confusion
from metrics.inference.label_noise import label_noise_ranges


def confusion_of(tp: int, fp: int, fn: int, tn: int) -> Confusion:
    return Confusion(*(np.array(float(n)) for n in (tp, fp, fn, tn)))


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        ((30, 8, 20, 142), set()),
        ((30, 2, 20, 3), set()),
        ((0, 0, 20, 80), {"precision"}),  # no unit is flagged
        ((5, 60, 0, 0), set()),
        ((8, 0, 2, 0), {"false_alarm_rate"}),  # no unit is good
    ],
)
def test_the_ends_are_the_figures_of_the_worst_and_best_wrong_labels(counts, undefined):
    tp, fp, fn, tn = counts
    most_wrong = min(10, fp + tn)
    found = label_noise_ranges(confusion_of(*counts), most_wrong / (fp + tn) if fp + tn else 1.0)
    tried: dict[str, list[float]] = {name: [] for name in found}
    for a, b in product(range(11), repeat=2):  # flagged and shipped units that are truly defects
        if a > fp or b > tn or a + b > most_wrong:
            continue
        figures = {
            "recall": (tp + a) / (tp + fn + a + b) if tp + fn + a + b else math.nan,
            "precision": (tp + a) / (tp + fp) if tp + fp else math.nan,
            "false_alarm_rate": (fp - a) / (fp + tn - a - b) if fp + tn - a - b else math.nan,
            "fn": fn + b,
            "fp": fp - a,
        }
        for name, value in figures.items():
            tried[name].append(value)
    for name, values in tried.items():
        ends = float(found[name].low), float(found[name].high)
        if name in undefined:
            assert np.isnan(values).all(), name
            assert np.isnan(ends).all(), name
        else:
            assert ends == pytest.approx((np.nanmin(values), np.nanmax(values))), name

"""Words of the tips on the charts of evidence. The first line of a tip is its title."""

from __future__ import annotations

import math
from collections.abc import Callable

from dashboard.words.numbers import number
from dashboard.words.phrases import per_100

Tip = list[str]


def operating_tip(title: str, caught: float, alarms: float, right: float) -> Tip:
    """Lines about a threshold: recall, precision and false alarm rate, as far as they are defined."""
    shares = {"defects caught": caught, "flagged are defects": right, "good units flagged": alarms}
    lines = [f"{per_100(v)} of 100 {what}" for what, v in shares.items() if not math.isnan(v)]
    return _tip(title, *lines)


def reliability_tip(title: str, predicted: float, observed: float, share: float) -> Tip:
    """Lines about the units of a model with similar probabilities."""
    return _tip(
        title,
        f"it says {per_100(predicted)} of 100 are defects",
        f"{per_100(observed)} of 100 are",
        f"{per_100(share)} of 100 units score so",
    )


def benefit_tip(
    title: str, probability: float, benefit: float, price: Callable[[float], str]
) -> Tip:
    """Lines about the net benefit of 1,000 units at a price of a miss."""
    costs = price(probability)
    alarms = "false alarm" if costs == "1" else "false alarms"
    worth = f"worth {number(benefit, 1)} caught defects per 1,000 units"
    return _tip(title, f"a miss at {costs} {alarms}", worth)


def _tip(title: str, *lines: str) -> Tip:
    return [" ".join(title.split()), *lines]

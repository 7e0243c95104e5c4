"""Words of the tips on the charts of evidence. The first line of a tip is its title."""

from __future__ import annotations

import math

from dashboard.words.evidence.model_evidence import implied_price_words
from dashboard.words.numbers.amounts import number, rate_words

Tip = list[str]
"""Lines of a tip."""


def operating_tip(title: str, recall: float, false_alarm_rate: float, precision: float) -> Tip:
    """Lines about a threshold: recall, precision and false alarm rate, as far as they are defined."""
    shares = {
        "defects are caught": recall,
        "flagged units are defects": precision,
        "good units are flagged": false_alarm_rate,
    }
    lines = [f"{rate_words(v)} of {what}" for what, v in shares.items() if not math.isnan(v)]
    return _tip(title, *lines)


def reliability_tip(title: str, predicted: float, observed: float, share: float) -> Tip:
    """Lines about the units of a model with similar probabilities."""
    return _tip(
        title,
        f"it predicts {rate_words(predicted)} defects",
        f"{rate_words(observed)} are",
        f"{rate_words(share)} of units score so",
    )


def benefit_tip(title: str, probability: float, benefit: float) -> Tip:
    """Lines about the net benefit of 1,000 units at the price of a miss of a threshold probability."""
    costs = implied_price_words(probability)
    alarms = "false alarm" if costs == "1" else "false alarms"
    worth = f"worth {number(benefit, 1)} caught defects per 1,000 units"
    return _tip(title, f"a miss at {costs} {alarms}", worth)


def _tip(title: str, *lines: str) -> Tip:
    return [" ".join(title.split()), *lines]

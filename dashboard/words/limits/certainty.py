"""Words for how surely limits are met on new data, by the share of the simulations that meet them."""

from __future__ import annotations

from dashboard.words.numbers.amounts import of_simulations, simulated_percent
from metrics import Evaluation
from metrics.inference.certainty import LEAST_MET, Certainty, LimitsMissed

LEVELS = (
    f"Very likely: met in at least {LEAST_MET[Certainty.VERY_LIKELY]:.0%} of simulations; "
    f"likely: {LEAST_MET[Certainty.LIKELY]:.0%}; uncertain: {LEAST_MET[Certainty.UNCERTAIN]:.0%}."
)
"""Explanation of the levels of certainty."""


def certainty_words(missed: LimitsMissed) -> str:
    """How surely a limit is met on new data, apart from a certificate; empty if unknown.

    Examples
    --------
    >>> certainty_words(LimitsMissed(0.39))
    'uncertain, met in 61% of simulations'
    """
    return "" if missed.is_unknown else f"{missed.certainty}, {met_in_simulations(missed)}"


def met_in_simulations(missed: LimitsMissed) -> str:
    """Share of simulations that meet a limit: ``met in 61% of simulations``."""
    return f"met in {of_simulations(_share_met(missed))}"


def certainty_in_short(missed: LimitsMissed) -> str:
    """How surely a limit is met on new data, in the short form.

    Examples
    --------
    >>> certainty_in_short(LimitsMissed(0.39))
    'uncertain: 61%'
    """
    return f"{missed.certainty}: {simulated_percent(_share_met(missed))}"


def doubt_words(missed: LimitsMissed) -> str:
    """How surely a limit is met, in a remark on a figure of the file: ``uncertain, met in 61%``."""
    return f"{missed.certainty}, met in {simulated_percent(_share_met(missed))}"


def _share_met(missed: LimitsMissed) -> float:
    """Share of simulations that meet a limit, rounded down where its per cent would read as the next level.

    Examples
    --------
    >>> certainty_in_short(LimitsMissed(0.052)), certainty_in_short(LimitsMissed(0.05))
    ('likely: 94%', 'very likely: 95%')
    """
    met = round(1 - missed.share, 12)
    return next((least - 0.01 for least in LEAST_MET.values() if 0 < least - met < 0.0051), met)


def basis_words(evaluation: Evaluation) -> str:
    """Explanation of the share of simulations in which a limit is met."""
    batches = ", whole batches at a time" if evaluation.tally.grouped else ""
    return (
        f"A simulation draws these units again{batches}. It varies as the 95% interval does, and allows "
        "for the choice made on them."
    )

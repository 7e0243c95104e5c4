"""Words for the certainty that a limit is met on new data, apart from a certificate."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.words.phrases import of_simulations, whole_percent
from metrics.inference.certainty import LEAST_MET, Basis, Certainty, LimitsMissed

LEVELS = (
    f"Very likely: met in at least {LEAST_MET[Certainty.VERY_LIKELY]:.0%} of simulations; "
    f"likely: {LEAST_MET[Certainty.LIKELY]:.0%}; uncertain: {LEAST_MET[Certainty.UNCERTAIN]:.0%}."
)
"""Explanation of the levels of certainty."""


def certainty_words(missed: LimitsMissed) -> str:
    """How surely a limit is met on new data, apart from a certificate; empty if unknown.

    Examples
    --------
    >>> often = LimitsMissed(0.39), LimitsMissed(0.5, Basis.DECIDED)
    >>> [certainty_words(missed) for missed in often]
    ['uncertain, met in 61% of simulations', 'uncertain, as a limit decided the choice']
    """
    if missed.is_unknown:
        return ""
    if missed.basis is Basis.DECIDED:  # its share follows from a rule, not from these simulations
        return f"{missed.certainty}, as a limit decided the choice"
    return f"{missed.certainty}, met in {_about(missed)}{of_simulations(1 - missed.share)}"


def certainty_in_short(missed: LimitsMissed) -> str:
    """How surely a limit is met on new data, in the short form.

    Examples
    --------
    >>> often = LimitsMissed(0.39), LimitsMissed(0.5, Basis.DECIDED)
    >>> [certainty_in_short(missed) for missed in often]
    ['uncertain: 61%', 'uncertain']
    """
    if missed.basis is Basis.DECIDED:
        return str(missed.certainty)
    return f"{missed.certainty}: {_about(missed)}{whole_percent(1 - missed.share)}"


def _about(missed: LimitsMissed) -> str:
    """Word before a share that the simulations do not count themselves."""
    return "" if missed.basis is Basis.RESAMPLES else "about "


def basis_words(analysis: Analysis, missed: LimitsMissed) -> str:
    """Explanation of the share of simulations in which a limit is met."""
    if missed.basis is Basis.DECIDED:
        return (
            "A limit decided which point was picked. On new data it is met about half of the time."
        )
    if missed.basis is Basis.INTERVAL:
        return "From the 95% interval, which holds the limit although nearly all simulations agree."
    batches = ", whole batches at a time" if analysis.evaluation.tally.grouped else ""
    return f"A simulation draws these units again{batches}, and allows for the choice made on them."

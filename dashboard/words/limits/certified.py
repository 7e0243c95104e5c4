"""Words for how surely limits are met: certainty on new data, certification, and the rows that it takes."""

from __future__ import annotations

import math

from dashboard.words.numbers.amounts import number, of_simulations, simulated_percent
from metrics import Evaluation
from metrics.errors import counted
from metrics.evaluation.shares_of_counts import DEFECTS, GOODS
from metrics.inference.certainty import LEAST_MET, Certainty, LimitsMissed
from metrics.inference.certificates.certification import Certification, Needed, Standing
from metrics.inference.confidence_level import TAIL
from metrics.inference.design_effect import independent_rows
from metrics.scenario.scenario import Looks
from metrics.tally.tally import Tally

WITHOUT: dict[tuple[str, ...], str] = {DEFECTS: "without a miss", GOODS: "without a false alarm"}
"""Words for rows without an outcome that the limit counts, by these outcomes."""
NAMES: dict[tuple[str, ...], str] = {DEFECTS: "defect", GOODS: "good unit"}
"""Name of a row, by the outcomes that a limit counts."""
OF_FOLDS = (
    "certificates from out-of-fold rows are about the models of the folds on average, not about a model that "
    "is trained on all rows afterwards"
)
"""Warning about a certificate from out-of-fold rows."""
MET = "met"
"""Standing of a limit that is met in the file. Records and JSON call it "met here"."""
MISSED = "missed"
"""Standing of a limit that is missed in the file."""


def look_words(looks: Looks) -> str:
    """Number of the current look among those announced: ``look 2 of 10``, or ``one of 10 looks``."""
    one_of = f"one of {counted(looks.of, 'look')}"
    return one_of if looks.this is None else f"look {looks.this:,} of {looks.of:,}"


def short(standing: Standing, confidence: float) -> str:
    """Standing of a limit in the short form: ``met, not certified``."""
    if standing is Standing.CERTIFIED:
        return f"{standing.value} at {100 * confidence:g}%"
    return f"{MET}, not certified" if standing is Standing.MET else str(standing.value)


def in_full(standing: Standing, confidence: float, models: int) -> str:
    """Standing of a limit, with the number of models that the selection was made from.

    For example ``certified at 95%, after choosing among all 11 models``.
    """
    words = short(standing, confidence)
    return f"{words}, {chosen_among(models)}" if standing is Standing.CERTIFIED else words


def chosen_among(models: int) -> str:
    """Words for the choice among models that a certification allows for."""
    if models == 1:
        return "after choosing among all thresholds"
    return f"after choosing among {'both' if models == 2 else f'all {number(models)}'} models"


def explained(
    standing: Standing, result: Certification, looks: Looks | None, share: float = math.nan
) -> str:
    """Explanation of a standing; empty for a limit that is not met.

    Parameters
    ----------
    looks : Looks or None
        Looks at growing data that were announced; `None` for a single look.
    share : float
        Share of the resamples that miss the limit. If it is small, the text explains how a limit can be
        rarely missed and yet not certified.
    """
    sure = f"{100 * result.confidence:g}% sure of new data, {_whichever(result.models)}"
    if standing is Standing.CERTIFIED:
        at = "one evaluation" if looks is None else f"all {looks.of:,} looks together"
        return f"Certified means {sure}. It holds for {at} with these limits."
    if standing is not Standing.MET:
        return ""
    if share <= TAIL:
        return stricter(result.models)
    return f"Certified would be {sure}."


def stricter(models: int) -> str:
    """Explanation why a limit that resamples hardly ever miss may still not be certified."""
    return (
        f"Certified would be stricter: met on new data, {_whichever(models)}. "
        f"This test needs more units to promise that."
    )


def _whichever(models: int) -> str:
    among = "thresholds" if models == 1 else "models and thresholds"
    return f"even after choosing among all {among}"


def it_takes(needed: Needed, models: int) -> str:
    """Number of rows that would suffice: ``52 defects without a miss with 11 models to choose from``."""
    rows = counted(needed.count, NAMES.get(needed.of, "unit"))
    none = WITHOUT.get(needed.of, "of which none counts against it")
    among = f" with {number(models)} models to choose from" if models > 1 else ""
    return f"{rows} {none}{among}"


def what_it_takes(result: Certification, tally: Tally) -> tuple[str, ...]:
    """Number of rows that it would take to certify each limit; empty for a limit certified at some point."""
    sentences = []
    for certified, needed in zip(result.each, result.needed, strict=True):
        sentence = ""
        if certified is not None and not certified.any() and needed is not None:
            classes = [k for k, kind in enumerate((GOODS, DEFECTS)) if set(kind) <= set(needed.of)]
            rows = number(int(tally.rows[classes].sum()))
            independent = independent_rows(tally, classes)
            if independent is not None:
                why = "groups" if tally.grouped else "weights"
                rows += f", whose {why} leave about {number(round(independent))} independent ones"
            sentence = f"It takes {it_takes(needed, result.models)}; the file has {rows}."
        sentences.append(sentence)
    return tuple(sentences)


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

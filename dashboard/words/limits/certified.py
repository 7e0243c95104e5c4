"""Words for the certification of limits: standing of a limit, its explanation, and the rows that it takes."""

from __future__ import annotations

import math

from dashboard.words.numbers.amounts import number
from metrics.errors import counted
from metrics.evaluation.shares_of_counts import DEFECTS, GOODS
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


def standing_words(standing: Standing, confidence: float) -> str:
    """Standing of a limit: ``met, not certified``, or ``certified at 95%``."""
    if standing is Standing.CERTIFIED:
        return f"{standing.value} at {100 * confidence:g}%"
    return f"{MET}, not certified" if standing is Standing.MET else str(standing.value)


def choice_allowed_words(models: int) -> str:
    """Choice among models that a certification allows for: ``after choosing among all 11 models``."""
    if models == 1:
        return "after choosing among all thresholds"
    return f"after choosing among {'both' if models == 2 else f'all {number(models)}'} models"


def standing_help(
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
    sure = f"{100 * result.confidence:g}% sure of new data, {_after_any_choice(result.models)}"
    if standing is Standing.CERTIFIED:
        at = "one evaluation" if looks is None else f"all {looks.of:,} looks together"
        return f"Certified means {sure}. It holds for {at} with these limits."
    if standing is not Standing.MET:
        return ""
    if share <= TAIL:
        return why_not_certified(result.models)
    return f"Certified would be {sure}."


def why_not_certified(models: int) -> str:
    """Explanation why a limit that resamples hardly ever miss may still not be certified."""
    return (
        f"Certified would be stricter: met on new data, {_after_any_choice(models)}. "
        f"This test needs more units to promise that."
    )


def _after_any_choice(models: int) -> str:
    among = "thresholds" if models == 1 else "models and thresholds"
    return f"even after choosing among all {among}"


def _sufficient_rows(needed: Needed, models: int) -> str:
    """Number of rows that would suffice: ``52 defects without a miss with 11 models to choose from``."""
    rows = counted(needed.count, NAMES.get(needed.of, "unit"))
    none = WITHOUT.get(needed.of, "of which none counts against it")
    among = f" with {number(models)} models to choose from" if models > 1 else ""
    return f"{rows} {none}{among}"


def needed_rows_sentences(result: Certification, tally: Tally) -> tuple[str, ...]:
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
            sentence = f"It takes {_sufficient_rows(needed, result.models)}; the file has {rows}."
        sentences.append(sentence)
    return tuple(sentences)

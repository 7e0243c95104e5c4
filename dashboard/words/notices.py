"""Notices at the top of a page: choices that the data cannot answer, scarce data, and warnings."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.notices import Unavailable, Undefined, scarcities_of
from dashboard.data.confusable_names import exact
from dashboard.data.library import Dataset
from dashboard.words.names import Names
from dashboard.words.numbers import price_size, threshold
from dashboard.words.phrases import capital, first_of, joined, scarcity_words
from metrics import Objective, ScoreError
from metrics.errors import counted

WHY_UNDEFINED = {
    Undefined.SERVING: "until all that it takes is given under “Serving”",
    Undefined.CURRENT_REVENUE: "here, since today’s system earns nothing to compare with",
    Undefined.INSPECTORS: "where people inspect",
    Undefined.DATA: "for this data",
}


def unavailable_words(found: Unavailable, names: Names) -> tuple[str, ...]:
    """A sentence for each choice that the data cannot answer."""
    lines = [f"There is no model {model!r} in this data." for model in found.unknown]
    lines += [f"{model} was chosen and is hidden." for model in found.hidden]
    if found.is_all_hidden:
        lines.append("Every model was hidden; all are shown.")
    lines += [
        f"{capital(o.label)} is undefined {WHY_UNDEFINED[why]}; cost of errors is shown instead."
        for o, why in found.objectives
    ]
    lines += [f"{_not_judged(*bound)} The default limit applies." for bound in found.bounds]
    lines += [_not_judged(*limit) for limit in found.limits]
    if found.is_without_kinds:
        lines.append(
            "This data does not say of which kind a defect is, so every miss costs the same."
        )
    if found.inspections_a_day is not None:
        lines.append(
            f"The limit of inspections, {price_size(found.inspections_a_day)} a day, has no effect until the "
            "units a year are entered."
        )
    if found.moved is not None:
        asked, nearest, units = found.moved
        lines.append(
            f"This tally does not count {names.model(asked.model)} at {threshold(asked.threshold)}. "
            f"Today’s system is shown at its nearest threshold, {threshold(nearest.threshold)}; at most "
            f"{counted(units, 'unit')} would be flagged differently."
        )
    return tuple(lines)


def _not_judged(objective: Objective, why: Undefined) -> str:
    return f"The limit on {objective.label} cannot be judged: it is undefined {WHY_UNDEFINED[why]}."


def scarcity_notices(analysis: Analysis) -> list[str]:
    """A sentence for each scarcity of the data, with its effect on the figures."""
    consequence = (
        "the intervals hold the truth less often than they say"
        if analysis.shows_intervals
        else "every figure may be far off"
    )
    return [f"{scarcity_words(scarcity)}: {consequence}." for scarcity in scarcities_of(analysis)]


SAID_ON_EVERY_PAGE = {
    "W_COMMONIDS",
    "W_ROWORDER",
    "W_REVERSED",
    "W_PREDICTED",
    "W_TURNED",
    "W_SPLIT",
}
"""Codes of warnings that every page shows: they are about the units of the figures or about the scores."""
ABOUT_SCORES = {"W_REVERSED", "W_PREDICTED"}
"""Codes of these warnings that are about a model's scores, not about a file."""


def data_notices(dataset: Dataset) -> list[str]:
    """A sentence for each warning about the data that every page with figures shows."""
    sentences = []
    for problem in dataset.problems:
        if problem.code in SAID_ON_EVERY_PAGE:
            place = problem.column if problem.code in ABOUT_SCORES else problem.file
            sentences.append(f"{capital(problem.message)}{f' ({place})' if place else ''}.")
    return sentences


def training_notice(analysis: Analysis) -> list[str]:
    """Sentence that the models were trained on these rows; empty if they were not."""
    if analysis.held_out != "training":
        return []
    return ["The models were trained on these rows: every figure flatters them."]


def scenario_title(error: ScoreError, *, is_link: bool) -> str:
    """Title of a page whose scenario does not fit the data.

    Parameters
    ----------
    is_link : bool
        Whether the link names the current system.
    """
    if error.code != "E_TODAY":
        return "This scenario cannot be used as it is"
    return (
        f"{'This link' if is_link else 'The scenario'} names a model that these files do not have"
    )


def unknown_model_sentence(error: ScoreError, models: Sequence[str]) -> str:
    """Sentence about a current system whose model is not in the data."""
    return (
        f"“{error.value}” is to be today’s system, with which all else is compared; the models here are "
        f"{first_of(models, 12)}."
    )


CARRIED = {
    "miss_cost": "the price of a miss",
    "defect_rate": "the defect rate",
    "units_per_year": "the units a year",
    "currency": "the currency",
    "payoff": "the payoffs",
    "limits": "the limits",
    "serving": "the load",
    "inspection": "the inspection",
}
"""Names of the choices that describe the scenario and are carried over to other data."""


def carried_over(names: tuple[str, ...]) -> str:
    """Notice of the choices that were carried over from other data."""
    words = joined([CARRIED[name] for name in names])
    return (
        f"Brought along from the data that was open before: {words}. “Back to the scenario as opened”, below "
        "the scenario, takes that back."
    )


def link_notices(
    refused: Sequence[str], carried: tuple[str, ...] = (), *, is_lost: bool, has_other_data: bool
) -> list[str]:
    """Notices about choices that a link has and the page has not, or the other way round.

    Parameters
    ----------
    refused : sequence of str
        Names of the values that could not be read.
    carried : tuple of str
        Names of the choices that were carried over from other data.
    is_lost : bool
        Whether the link is a short one whose choices are not stored.
    has_other_data : bool
        Whether the other data that the link names is open.
    """
    sentences = []
    if refused:
        names = ", ".join(refused)
        sentences.append(f"Parts of the link could not be read and are as by default: {names}.")
    if is_lost:
        sentences.append(
            "This server does not have the choices of this link, or no longer: the page shows the defaults. "
            "Ask its sender for a new one."
        )
    if carried:
        sentences.append(carried_over(carried))
    if not has_other_data:
        sentences.append("The other data that this link names is not here any more.")
    return sentences


def names_notice(refused: Sequence[tuple[str, str]]) -> str:
    """Notice of names that models keep, since the given ones could be confused; empty without any.

    Parameters
    ----------
    refused : sequence of (str, str)
        Model and the name that was not given to it.
    """
    return " ".join(
        f"{model} keeps its own name: “{name}” (exactly {exact(name)}) reads like the own name of another "
        "model, or as one."
        for model, name in refused
    )

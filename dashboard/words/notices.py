"""Notices at the top of a page: choices that the data cannot answer, undefined objectives, and warnings."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.undefined_objectives import Undefined, undefined_limits, why_undefined
from dashboard.data.confusable_names import exact
from dashboard.data.dataset import Dataset
from dashboard.session.choices import Choices
from dashboard.words.data_size import scarcity_words
from dashboard.words.limits.limit_names import limit_figure
from dashboard.words.names import Names, current_system, loss_words
from dashboard.words.numbers.amounts import price_size
from dashboard.words.numbers.thresholds import threshold
from dashboard.words.phrases import capital, first_of, joined
from metrics import OBJECTIVES, Bound, ScoreError
from metrics.errors import counted
from metrics.inference.scarcity import Scarcity
from metrics.io.read_options import LabelsFrom, RowsHeldOut


def unavailable_words(choices: Choices, analysis: Analysis, names: Names) -> list[str]:
    """A sentence for each choice that the data of an analysis cannot answer."""
    return [
        *_model_notices(choices, analysis.dataset.scores.models),
        *_objective_notices(choices, analysis),
        *_scenario_notices(choices, analysis, names),
    ]


def _model_notices(choices: Choices, models: Sequence[str]) -> list[str]:
    """Sentences about chosen models that are unknown or hidden."""
    selected = dict.fromkeys(point.model for point in (choices.point, choices.pin) if point)
    hidden = choices.hidden
    notices = [
        f"There is no model {model!r} in this data."
        for model in dict.fromkeys([*selected, *hidden])
        if model not in models
    ]
    notices += [
        f"{model} was chosen and is hidden."
        for model in selected
        if model in hidden and model in models
    ]
    if set(models) <= set(hidden):
        notices.append("Every model was hidden; all are shown.")
    return notices


def _objective_notices(choices: Choices, analysis: Analysis) -> list[str]:
    """Sentences about chosen objectives, conditions and limits that are undefined."""
    notices = [
        f"{capital(OBJECTIVES[name].label)} is undefined {reason_words(analysis, name)}; cost of errors is "
        "shown instead."
        for name in dict.fromkeys(choices.objectives)
        if name not in analysis.objectives
    ]
    conditions = [bound for bound in choices.bounds if bound is not None]
    notices += [
        f"{not_judged_sentence(analysis, Bound(OBJECTIVES[name], value))} The default limit applies."
        for name, value in conditions
        if name not in analysis.objectives
    ]
    return notices + [
        not_judged_sentence(analysis, bound) for bound in undefined_limits(choices, analysis)
    ]


def _scenario_notices(choices: Choices, analysis: Analysis, names: Names) -> list[str]:
    """Sentences about prices by kind, a limit of inspections and a current system without effect."""
    dataset, scenario, notices = analysis.dataset, analysis.scenario, []
    requested = choices.scenario(dataset.scenario)
    if requested.miss_cost_by_type and not dataset.names_kinds:
        notices.append(
            "This data does not say of which kind a defect is, so every miss costs the same."
        )
    a_day = None if scenario.inspection is None else scenario.inspection.units_a_day
    if a_day is not None and scenario.units_per_year is None:
        notices.append(
            f"The limit of inspections, {price_size(a_day)} a day, has no effect until the units a year are "
            "entered."
        )
    counted_at, units = dataset.countable(requested)
    today, nearest = requested.today, counted_at.today
    if today is not None and nearest is not None and today != nearest:
        notices.append(
            f"This tally does not count {names.model(today.model)} at {threshold(today.threshold)}. "
            f"Today’s system is shown at its nearest threshold, {threshold(nearest.threshold)}; at most "
            f"{counted(units, 'unit')} would be flagged differently."
        )
    return notices


def scarcity_notices(scarcities: Sequence[Scarcity], *, with_intervals: bool) -> list[str]:
    """Sentence about all that is scarce in the data, with its effect on the figures; empty if nothing is.

    For example ``Only 7 defects: these intervals may be too narrow, and “clear” too sure.``
    """
    if not scarcities:
        return []
    consequence = "every figure may be far off"
    if with_intervals:
        consequence = "these intervals may be too narrow, and “clear” too sure"
    first, *others = map(scarcity_words, scarcities)
    scarce = ", and ".join([first, *(words[0].lower() + words[1:] for words in others)])
    return [f"{scarce}: {consequence}."]


ON_EVERY_PAGE = {
    "W_COMMONIDS",
    "W_GROUPED",
    "W_ROWORDER",
    "W_REVERSED",
    "W_PREDICTED",
    "W_TURNED",
    "W_SPLIT",
    "W_MOSTDEFECTS",
}
"""Codes of warnings that every page shows: they are about all figures, their intervals, or the scores."""
ABOUT_SCORES = {"W_REVERSED", "W_PREDICTED"}
"""Codes of these warnings that are about a model's scores, not about a file."""


def data_notices(dataset: Dataset) -> list[str]:
    """A sentence for each warning about the data that every page with figures shows.

    The Data page says what to do.

    A label that is named like a prediction was chosen by a person, so it needs no notice.
    """
    labels = {column.name for column in dataset.column_uses if column.use == "label"}
    sentences = []
    for problem in dataset.problems:
        is_answered = problem.code == "W_PREDICTED" and problem.column in labels
        if problem.code in ON_EVERY_PAGE and not is_answered:
            place = problem.column if problem.code in ABOUT_SCORES else problem.file
            sentences.append(
                f"{capital(problem.message)} ({f'{place}; ' if place else ''}see Data)."
            )
    return sentences


def training_notice(held_out: RowsHeldOut) -> list[str]:
    """Sentence that the models were trained on these rows; empty if they were not."""
    if held_out != "training":
        return []
    return ["The models were trained on these rows: every figure flatters them."]


SAMPLE_CHECKED = (
    "Flagged units and a sample of the rest were checked: no limit is certified, and with few defects in the "
    "sample the intervals of missed defects are too narrow."
)
"""Sentence about an audit sample."""


def audit_notice(labels_from: LabelsFrom) -> list[str]:
    """Sentence that the labels are those of an audit sample; empty if all units were checked."""
    return [SAMPLE_CHECKED] if labels_from == "audit" else []


def scenario_title(error: ScoreError, *, is_link: bool) -> str:
    """Title of a page whose scenario does not fit the data.

    Parameters
    ----------
    is_link : bool
        Whether the link names the current system.
    """
    if error.code in ("E_ONLYFLAGGED", "E_AUDIT"):
        return "Nobody knows what was missed"
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
    "miss_weight": "the weight of a miss",
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
    """Notices about choices that only the link or only the page has.

    Parameters
    ----------
    is_lost : bool
        Whether the link is a short one whose choices are not stored.
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
    """Notice of given names that are not used because they could be confused; empty if there are none.

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


WHY_UNDEFINED = {
    Undefined.SERVING: "until all that it takes is given under “Serving”",
    Undefined.INSPECTORS: "where people inspect",
    Undefined.DATA: "for this data",
}


def reason_words(analysis: Analysis, name: str) -> str:
    """Reason why an objective is undefined."""
    reason = why_undefined(analysis, OBJECTIVES[name])
    if reason is Undefined.CURRENT_REVENUE:
        return f"here, since {_no_current_revenue(analysis)}"
    return WHY_UNDEFINED[reason]


def not_judged_sentence(analysis: Analysis, bound: Bound) -> str:
    """Sentence that a limit on an undefined objective cannot be judged, with the way out if there is one."""
    o = bound.objective
    if why_undefined(analysis, o) is not Undefined.CURRENT_REVENUE:
        return f"The limit on {o.label} cannot be judged: it is undefined {reason_words(analysis, o.id)}."
    target = limit_figure(bound, analysis.scenario)
    way_out = "" if analysis.scenario.payoff is None else " Set a target in money."
    return f"The target {target} cannot be judged: {_no_current_revenue(analysis)}.{way_out}"


def _no_current_revenue(analysis: Analysis) -> str:
    """Reason why a change has no figure in per cent: ``today’s system makes a loss``."""
    if analysis.scenario.payoff is None:
        return "no prices are entered"
    return f"{current_system(analysis.scenario)} {loss_words(analysis.scenario, analysis.current_revenue)}"

"""Words of the stakeholders' cards: figure, interval, best, comparison, chance, tooltips and details."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from dashboard.analysis.analysis import Analysis, Stakeholder, defect_rate_of
from dashboard.analysis.decide.cards import (
    BestShown,
    Question,
    StakeholderCard,
    best_on_card,
)
from dashboard.analysis.decide.figures_in_file import figure_in_file
from dashboard.analysis.optimism import expectation
from dashboard.analysis.selection import Selection
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.words.decide.best import (
    best_doubt,
    is_best_shown,
    limit_suffix,
    no_threshold_words,
    place_of_pick,
)
from dashboard.words.limits.limit_names import (
    condition_clause,
    misses_in_file,
    within_noun,
)
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers.amounts import money, number, price_size, rate_words
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import is_written_alike, worse_by, written_gap
from dashboard.words.numbers.intervals import ends
from dashboard.words.numbers.objective_units import short_unit
from dashboard.words.phrases import (
    CHANCE,
    CHECKING,
    MAY_BE_CHANCE,
    capital,
    joined,
    place_words,
)
from dashboard.words.resampling import expected_words
from metrics import Evaluation, Objective, OperatingPoint, Pick, Scenario
from metrics.errors import counted
from metrics.evaluation.model_metrics import UNINFORMED
from metrics.evaluation.objective import NO_CHECKS
from metrics.inference.comparison.paired_difference import Chance

NO_CHOICE = "no choice left"
"""Words in place of the best figure if no point meets the stakeholder's condition and the limits."""

QUESTIONS = {
    Question.HALVING: ("halve it?", "What halving it would cost everybody"),
    Question.RISK: ("risk?", "How likely it falls short, and by how much"),
    Question.CALIBRATION: ("trust scores?", "Whether its probabilities come true: calibration"),
}
"""Label and tooltip of the button of a card's question."""
INTERVAL = (
    "Average over new data, 95% sure. A single file of this size varies about 1.4 times as widely. It is "
    "wider at the best on this data and beside it, which may owe that to luck"
)
"""Tooltip of an interval."""
EARNED = "Revenue: what all units earn, less what false alarms and missed defects cost"
CARD_HELP = {
    "all": "Click to compare it with the best of every other model",
    "ask": "enter prices",
    "chance": f"Clear where the 95% interval of the difference leaves out 0; else it {MAY_BE_CHANCE}",
    "interval": INTERVAL,
    "clipped": "Of these units the model was certain, and wrong: the loss counts them as nearly certain",
    "rank": "Place among the models; from one place to another where the order between them could be "
    "chance. Click to see all",
    "compare": "Click to compare it with the chosen point",
}
"""Buttons and tooltips of the cards that are the same at every point."""


class CardWords(NamedTuple):
    """Words of a stakeholder's card.

    Attributes
    ----------
    figure, unit, interval : str
        Figure of the point in this file, its unit, and its 95% interval on new data.
    rank : str
        Place of the model, if the objective ranks models: ``3rd of 11``.
    best : str
        Best figure for the stakeholder, with its place: ``best 0.056 by svm``.
    comparison : str
        Comparison with the current system or a pinned point: ``beats today’s 19,620``.
    chance : str
        Whether the difference of the comparison may be chance; empty if unknown.
    needs_prices : bool
        Whether the figure is in false alarms until prices are entered.
    is_clipped : bool
        Whether the unit is the number of units that would make the figure, a log loss, infinite.
    is_best : bool
        Whether the point is the best for the stakeholder.
    """

    figure: str = ""
    unit: str = ""
    interval: str = ""
    rank: str = ""
    best: str = ""
    comparison: str = ""
    chance: str = ""
    needs_prices: bool = False
    is_clipped: bool = False
    is_best: bool = False


def card_words(
    analysis: Analysis, names: Names, card: StakeholderCard, fixed: FixedWords
) -> CardWords:
    """Words of a stakeholder's card, with those that are the same at every point."""
    o, scenario, point = card.stakeholder.objective, analysis.scenario, card.point
    interval = ends(o, card.value, *card.interval, scenario)
    clipped = infinite_words(analysis.evaluation, str(point.model)) if o.is_clipped else ""
    is_best = is_best_shown(o, card.best, point)
    return CardWords(
        figure=figure(o, card.value, scenario),
        unit=clipped or fixed.unit,
        interval=CHECKING if card.is_pending and not interval else interval,
        rank="" if card.place is None else rank_words(card.place, card.ranked),
        best=_best_at(card, fixed, is_best=is_best),
        comparison=_comparison_with_reference(analysis, card, fixed.current),
        chance=_chance_words(card, scenario) or (CHECKING if card.is_pending else ""),
        needs_prices=fixed.needs_prices,
        is_clipped=bool(clipped),
        is_best=is_best,
    )


def all_models_words(o: Objective) -> str:
    """Link to the comparison of all models by an objective."""
    return f"Compare all models by {o.label}"


@dataclass(frozen=True)
class FixedWords:
    """Words of a card that are the same at every point.

    Attributes
    ----------
    current : str
        Figure of the current system (`current_figure_words`).
    unit : str
        Unit after the figure (`short_unit`).
    needs_prices : bool
        Whether the figure is in false alarms until prices are entered.
    at_best : str
        Words at the best: ``is best on target``. `NO_CHOICE` without a best.
    same_model, other_model : str
        Best figure with its threshold, at points of its own model, or with its model at other points.
    doubt : str
        What may not hold at the best, such as `` (met in 59%)``.
    if_worse : str
        Words if the chosen point is better, as it breaks the stakeholder's condition: ``would pick 14 while
        revenue is not below today’s``.
    """

    current: str
    unit: str
    needs_prices: bool
    at_best: str = NO_CHOICE
    same_model: str = ""
    other_model: str = ""
    doubt: str = ""
    if_worse: str = ""


def fixed_words(
    analysis: Analysis, names: Names, stakeholder: Stakeholder, best: BestShown | None
) -> FixedWords:
    """Words of a stakeholder's card that are the same at every point."""
    o, scenario = stakeholder.objective, analysis.scenario
    fixed = FixedWords(
        current_figure_words(analysis, o),
        short_unit(o, scenario),
        needs_prices(o, scenario),
    )
    if best is None:
        return fixed
    pick, doubt = best.pick, best_doubt(best, analysis.limits)
    label = f"best{limit_suffix(stakeholder, analysis.limits) if best.is_own else ''}"
    shown = figure(o, pick.value, scenario)
    at = threshold_of(analysis.evaluation, pick.model, pick.threshold)
    condition = condition_clause(stakeholder, scenario)
    own = f"nothing {within_noun(analysis.limits)}" if best.is_broken else f"would pick {shown}"
    return replace(
        fixed,
        at_best=f"is {label}{doubt}",
        same_model=f"{label} {shown}, same model at {at}",
        other_model=f"{label} {shown} by {names.model(pick.model)}",
        doubt=doubt,
        if_worse=condition and f"{own} {condition}",
    )


def _best_at(card: StakeholderCard, fixed: FixedWords, *, is_best: bool) -> str:
    """Best figure on a card with its model, or its threshold: ``best 0.056 by svm``; ``is best`` if selected.

    If the best costs more false alarms for each avoided miss than a miss is worth, their number follows.
    """
    if is_best or card.best is None:
        return fixed.at_best
    is_same_model = card.best.pick.model == card.point.model
    words = fixed.same_model if is_same_model else fixed.other_model
    o, best = card.stakeholder.objective, card.best.pick.value
    # A card has room for one remark. A point that breaks the condition may be better than the best.
    if fixed.if_worse and worse_by(o, best, card.value) > 0:
        return fixed.if_worse
    if fixed.doubt or math.isnan(card.unaccepted_alarms):
        return f"{words}{fixed.doubt}"
    return f"{words}, {price_size(card.unaccepted_alarms)} alarms per avoided miss"


def _comparison_with_reference(analysis: Analysis, card: StakeholderCard, current: str) -> str:
    """Comparison of a card's figure with the current system, or its difference to a pinned point."""
    o, scenario, reference = card.stakeholder.objective, analysis.scenario, card.reference_value
    if card.is_pinned:
        gap = written_gap(o, card.value, reference, scenario)
        return f"pinned {figure(o, reference, scenario)}: {gap.words(noun=False)}"
    return comparison_with_current(analysis, o, card.value, current)


def _chance_words(card: StakeholderCard, scenario: Scenario) -> str:
    """Whether the comparison on a card may be chance; empty if unknown, or if both figures read the same.

    For a pinned point, the words first say whether the selected point is better or worse.
    """
    o, value, reference = card.stakeholder.objective, card.value, card.reference_value
    if card.chance is None or math.isnan(value - reference):
        return ""
    if is_written_alike(o, value, reference, scenario):
        return ""
    chance = "" if card.chance is Chance.UNKNOWN else CHANCE[card.chance]
    if card.is_pinned:
        better = "worse" if worse_by(o, value, reference) > 0 else "better"
        return f"{better}, {chance}" if chance else better
    return chance


def rank_words(place: tuple[int, int], ranked: int) -> str:
    """Place of a model among all models: ``1st of 10``, ``could rank 1st to 3rd of 10``."""
    could = "could rank " if place[0] < place[1] else ""
    return f"{could}{place_words(*place)} of {ranked}"


def best_in_list(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """A stakeholder's pick in a list: ``svm at 0.4, missed defects 36,450 (uncertain, met in 41%)``."""
    best = best_on_card(analysis, stakeholder)
    assert stakeholder.pick is not None
    doubts = ""
    if best is not None and best.is_own:
        doubts = best_doubt(best, analysis.limits)
    value = figure(stakeholder.objective, stakeholder.pick.value, analysis.scenario)
    place = place_of_pick(analysis.evaluation, names, stakeholder)
    return f"{place}, {stakeholder.objective.label} {value}{doubts}"


def best_beyond_in_list(
    analysis: Analysis, names: Names, stakeholder: Stakeholder, beyond: Pick
) -> str:
    """Best model that misses the limits, in a list: ``svm, log loss 0.0559, misses the target …``."""
    o = stakeholder.objective
    value = figure(o, beyond.value, analysis.scenario)
    return f"{names.model(beyond.model)}, {o.label} {value}, {misses_in_file(analysis.limits)}"


def infinite_words(evaluation: Evaluation, model: str) -> str:
    """Number of units that make a model's log loss infinite; empty if it is finite."""
    rows = evaluation.figures[evaluation.tally.index(model)].infinite_rows
    return counted(int(rows), "confident mistake") if rows else ""


def uninformed_words(analysis: Analysis, o: Objective, selected: float) -> str:
    """Figure of a forecast that gives every unit the defect rate, and which figures are worse than it.

    Empty for an objective without such a reference.
    """
    if o.id not in UNINFORMED:
        return ""
    rate, scenario = defect_rate_of(analysis), analysis.scenario
    value, current = UNINFORMED[o.id](rate), analysis.current.figures.get(o.id, math.nan)
    reference = figure(o, value, scenario)
    text = f"Giving every unit the defect rate, {rate_words(rate)}, would give {reference}"
    worse = [
        f"{owner} {figure(o, other, scenario)}"
        for owner, other in (("today’s", current), ("the chosen", selected))
        if worse_by(o, other, value) > 0
    ]
    if not worse:
        return text
    return f"{text}, and {joined(worse)} {'is' if len(worse) == 1 else 'are'} worse than that"


def details(
    selection: Selection, names: Names, stakeholder: Stakeholder, point: OperatingPoint
) -> tuple[str, ...]:
    """Sentences about the figure of a card, and the reason if no point can be picked."""
    analysis, o = selection.analysis, stakeholder.objective
    scenario = analysis.scenario
    is_earned = "payoff" in o.reads and scenario.payoff is not None
    sentences = [EARNED if is_earned else f"{capital(o.label)}: {o.term}"]
    if expected := expected_words(o, expectation(analysis, o, point), scenario):
        sentences.append(
            f"On new data about {expected}, as the best of many looks better here than it is"
        )
    in_file = figure_in_file(analysis, o, point)
    if not math.isnan(in_file):
        units = number(int(sum(analysis.evaluation.tally.rows)))
        sentences.append(f"In the file of {units} units: {figure(o, in_file, scenario)}")
    if o.of_model:
        sentences.append(f"The same at every threshold of {names.model(str(point.model))}")
    elif o.in_proportion and not o.is_against_current:
        sentences.append(
            f"Here {number(point.figures[o.in_proportion])} of every 1,000 defects are missed"
        )
    sentences += filter(None, [uninformed_words(analysis, o, point.figures.get(o.id, math.nan))])
    if stakeholder.pick is None:
        sentences.append(no_threshold_words(analysis, stakeholder.bound))
    return tuple(f"{text}." for text in sentences)


def comparison_with_current(analysis: Analysis, o: Objective, value: float, current: str) -> str:
    """Comparison of a figure with that of the current system: ``beats today’s 19,620``.

    Parameters
    ----------
    current : str
        Figure of the current system (`current_figure_words`).
    """
    reference = analysis.current.figures.get(o.id, math.nan)
    if math.isnan(reference):
        return ""
    if math.isnan(value):
        return current
    if is_written_alike(o, value, reference, analysis.scenario):
        return f"the same as {current}"
    better, worse = ("better than" if o.is_against_current else "beats"), "worse than"
    if o.is_against_current and analysis.scenario.payoff is not None:
        # A change from the current system is described as added to the current revenue.
        better, worse = "added to", "below"
    return f"{worse if worse_by(o, value, reference) > 0 else better} {current}"


def current_figure_words(analysis: Analysis, o: Objective) -> str:
    """Figure of the current system: ``today’s 19,620``, or ``400 with no checks``.

    For an objective that is a change from the current system, this is the current revenue, if there are
    prices.
    """
    if o.is_against_current:
        earned = analysis.current_revenue
        text = "" if math.isnan(earned) else money(earned, analysis.scenario.currency)
    else:
        text = figure(o, analysis.current.figures.get(o.id, math.nan), analysis.scenario)
    if analysis.scenario.today is None:
        return f"{text} with {NO_CHECKS}" if text else NO_CHECKS
    return f"today’s {text}" if text else "today"

"""The strip of next steps: the fair option, the gap between models, what is not known yet, other data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cards import needs_prices
from dashboard.analysis.compromises import compromise_of
from dashboard.analysis.optimism import gap_against
from dashboard.analysis.selection import Selection
from dashboard.data.library import Dataset
from dashboard.page import other_data
from dashboard.page.exchange import Exchange, exchange
from dashboard.page.other_data import Elsewhere
from dashboard.page.state import PageState
from dashboard.words.names import current_title, threshold_of
from dashboard.words.numbers import (
    figure,
    is_money,
    number,
    worse_by,
    written_gap,
)
from dashboard.words.phrases import capital, some
from metrics import OBJECTIVES, Objective, OperatingPoint, Pick, Scenario, Unit
from metrics.inference.comparison import Chance, Gap, compare_cheapest


@dataclass(frozen=True)
class ToldChange:
    """What another point changes: ``40 million fewer missed defects``, and whether that could be chance."""

    words: str
    chance: Chance = Chance.UNKNOWN

    @property
    def judged(self) -> str:
        """The words with the one on chance, where that is known."""
        return (
            self.words if self.chance is Chance.UNKNOWN else f"{self.words} ({self.chance.value})"
        )


@dataclass(frozen=True)
class FairOption:
    """The fairest compromise.

    Attributes
    ----------
    point : OperatingPoint
    model : str
        What its model is called; empty where it is the chosen one.
    at : str
        Its threshold; empty of a band.
    gains, losses : tuple of ToldChange
        What is better there for the stakeholders, or where nothing is, the point; and what is worse.
    alarms : ToldChange or None
        How many more false alarms there are, where no stakeholder is told of them.
    is_chosen : bool
        Whether it is the chosen point.
    worse : tuple of str
        What it does worse than today: ``4,380 more missed defects than today``.
    """

    point: OperatingPoint
    model: str
    at: str
    gains: tuple[ToldChange, ...]
    losses: tuple[ToldChange, ...]
    alarms: ToldChange | None
    is_chosen: bool
    worse: tuple[str, ...]


def cheapest_words(models: int = 1) -> str:
    """What costs least in errors: ``Lowest error cost of 11 models``, each at its cheapest threshold.

    Parameters
    ----------
    models : int
        Of how many it is the cheapest; of one, it is the cheapest of points.
    """
    return f"Lowest error cost of {number(models)} models" if models > 1 else "Lowest error cost"


@dataclass(frozen=True)
class ModelGap:
    """Whether the cheapest model is cheaper than the others beyond chance, all judged at once.

    Attributes
    ----------
    best, rival : str
        As the page calls them.
    point : Pick
        The cheapest point of the first.
    tied : tuple of str
        Models whose errors cost the same as those of the best.
    chance : Chance
    """

    best: str
    rival: str
    point: Pick
    tied: tuple[str, ...]
    chance: Chance

    @property
    def words(self) -> tuple[str, str]:
        """Who leads whom on what, and how sure that is."""
        if self.tied:
            return f"Cheapest model: {some([self.best, *self.tied], 'models')}", "tie"
        return f"{self.best} is cheaper than the next, {self.rival}:", self.chance.value

    def is_of(self, point: OperatingPoint) -> bool:
        """Whether a point is the cheapest."""
        return (self.point.model, self.point.threshold, None) == point.place

    @property
    def words_at_best(self) -> tuple[str, str]:
        """With which models the cheapest point ties, mostly none; and how sure it is that none is cheaper."""
        if self.tied:
            return f"with {some(self.tied, 'models')}:", "tie"
        return "", self.chance.value

    def words_elsewhere(self, cheapest: str, aside: str = "") -> tuple[str, str]:
        """What costs least with limits left aside, and how sure that is.

        Parameters
        ----------
        cheapest : str
            From `cheapest_words`.
        aside : str
            That limits are left aside, where they are.
        """
        lowest = f"{capital(aside)}, {cheapest[:1].lower()}{cheapest[1:]}" if aside else cheapest
        if self.tied:
            return f"{lowest}: {some([self.best, *self.tied], 'models')}", "tie"
        return f"{lowest}: {self.best},", self.chance.value


@dataclass(frozen=True)
class NextSteps:
    """What the strip below the charts says.

    Attributes
    ----------
    fair : FairOption or None
        None where there is no compromise.
    gap : ModelGap or None
        None where there is one model, or nobody resampled.
    unknown : str
        What is not known yet, as a question; mostly empty.
    is_open : bool
        Whether the gap is still being judged.
    """

    fair: FairOption | None
    gap: ModelGap | None
    unknown: str
    is_open: bool


def next_steps(page: PageState) -> NextSteps:
    """What there is to do next, from what is known so far."""
    is_open = page.analysis.is_pending
    return NextSteps(
        fair=fair_option(page),
        gap=None if is_open else known_gap(page),
        unknown=unknown(page.analysis),
        is_open=is_open,
    )


def fair_option(page: PageState) -> FairOption | None:
    """The fairest compromise."""
    point = compromise_of(page.analysis).point
    if point is None:
        return None
    model = "" if point.model == page.chosen.model else page.label(str(point.model))
    at = str(point.model), point.threshold
    # A ranking's figure is told where the model changes, and with it that figure.
    told = [
        o
        for o in dict.fromkeys(stakeholder.objective for stakeholder in page.stakeholders)
        if not ((o.of_model and not model) or needs_prices(o, page.scenario))
    ]
    gains = [found for o in told if (found := _told_change(page.selection, o, point, worse=False))]
    losses = [found for o in told if (found := _told_change(page.selection, o, point, worse=True))]
    alarms = OBJECTIVES["false_alarms"]
    return FairOption(
        point,
        model,
        "" if page.ship_below(*at, point.lower) is not None else threshold_of(page.figures, *at),
        tuple(gains) or (() if model else (ToldChange(page.words(*at, lower=point.lower)),)),
        tuple(losses),
        None if alarms in told else _told_change(page.selection, alarms, point, worse=True),
        point.place == page.chosen.place,
        tuple(words for o in told if (words := _worse_than_today(page.analysis, o, point))),
    )


def _told_change(
    selection: Selection, o: Objective, point: OperatingPoint, *, worse: bool
) -> ToldChange | None:
    """What is better at the fair option, or worse; None where it is not."""
    value, here = point.figures[o.id], selection.point.figures[o.id]
    change = change_words(o, value, here, selection.analysis.scenario)
    if not change or (worse_by(o, value, here) > 0) is not worse:
        return None
    found = _gap(selection, o, point)
    return ToldChange(change) if found is None else ToldChange(change, found.chance)


def _worse_than_today(analysis: Analysis, o: Objective, point: OperatingPoint) -> str:
    value, today = point.figures[o.id], analysis.current.figures[o.id]
    apart = written_gap(o, value, today, analysis.scenario)
    return (
        apart.than(current_title(analysis))
        if worse_by(o, value, today) > 0 and not apart.is_same
        else ""
    )


def _gap(selection: Selection, o: Objective, point: OperatingPoint) -> Gap | None:
    """How far the chosen point is from the fair one, as said once that is chosen."""
    found = gap_against(selection.at(point), o, selection.point)
    return None if found is None else found.reversed()


def fair_exchange(page: PageState, fair: FairOption) -> Exchange:
    """What everybody gets with the fair option, for what the chosen point has."""
    missed = OBJECTIVES["missed_defects"]
    return exchange(page, fair.point, lambda o: _gap(page.selection, o, fair.point), less=missed)


def change_words(o: Objective, there: float, here: float, scenario: Scenario) -> str:
    """What another point changes: ``€0.81 m less revenue``; nothing where that is the same."""
    change = written_gap(o, there, here, scenario)
    if change.is_same or not change.is_defined:
        return ""
    if o.unit is Unit.FALSE_ALARMS:
        return f"{o.label} {change.words()}"
    if change.is_counted:
        return change.words(one=True)
    if not is_money(o.unit, scenario):
        return f"{o.label} {change.measure} {'higher' if change.is_more else 'lower'}"
    return f"{change.measure} {'more' if change.is_more else 'less'} {o.change_of or o.label}"


def known_gap(page: PageState) -> ModelGap | None:
    """Whether the gap between the cheapest models is clear, judged once for what it follows from.

    Not where the models saw the rows, which flatters each its own way.
    """
    if page.held_out == "training":
        return None
    key = page.keyed("model gap", page.intervals_key)
    found = cache.STORE.get(key, lambda: _model_gap(page.analysis))
    if found is None:
        return None
    # Names are each reader's own, and what is kept is for all of them.
    tied = tuple(page.label(model) for model in found.tied)
    best, rival = page.label(found.best), page.label(found.rival)
    return replace(found, best=best, rival=rival, tied=tied)


def _model_gap(analysis: Analysis) -> ModelGap | None:
    """The same by the models' own names."""
    if analysis.uncertainty is None:
        return None
    found = compare_cheapest(analysis.points, analysis.uncertainty.bootstrap)
    if found is None:
        return None
    chance = Chance.CLEAR if found.is_clear else Chance.POSSIBLE
    return ModelGap(found.best.model, found.rival.model, found.best, found.tied, chance)


def unknown(analysis: Analysis) -> str:
    """What the figures rest on and nobody has said, beside what the assumptions say so of; mostly nothing."""
    if analysis.held_out == "unknown":
        return "Were models trained on these rows?"
    return ""


def elsewhere(selection: Selection, other: Dataset) -> Elsewhere | None:
    """Judge the chosen point on other data; None where today's system is not there.

    Raises
    ------
    ScoreError
        Where the other data cannot be counted.
    """
    scenario = other_data.scenario_there(selection.analysis, other)
    if scenario is None:
        return None
    return other_data.elsewhere(other_data.chosen_there(selection, other, scenario), other)


def fails_words(analysis: Analysis, other: Dataset, judged: Elsewhere) -> tuple[str, ...]:
    """Figures by which the chosen point does not hold: ``missed defects (31, here 12)``."""
    scenario = other_data.scenario_there(analysis, other)
    sentences = []
    for result in judged.fails:
        assert result.transfer is not None
        assert scenario is not None
        here, there = (
            figure(result.objective, value, scenario)
            for value in (result.transfer.here, result.transfer.there)
        )
        sentences.append(f"{result.objective.label} ({there}, here {here})")
    return tuple(sentences)

"""Everything that the Decide page shows besides the cards and the charts, as frozen values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.data.library import Dataset
from dashboard.page import cache, inspection, other_data
from dashboard.page.card_text import labelled, limit_figure, needs_prices, today_earns
from dashboard.page.compromise import compromise_of
from dashboard.page.limits import (
    LimitsSaid,
    is_no_less_than_today,
    keeps_every,
    limit_name,
    limits_said,
    outright,
)
from dashboard.page.on_new_data import chance_against, range_of, samples_of, share_missed
from dashboard.page.other_data import Elsewhere
from dashboard.page.scenario_figures import NO_CHECKS
from dashboard.page.state import PageState, Stakeholder, at_or_above
from dashboard.page.summary import in_per_cent
from dashboard.page.uncertainty import interval, is_slow, replicates
from dashboard.session.choices import Point
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Pick, Unit, pick
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison import Chance, compare_cheapest
from metrics.inference.uncertainty import Uncertainty
from metrics.narrative.certified import met_here
from metrics.narrative.formatting import (
    ends,
    exact_threshold,
    figure,
    money,
    number,
    worse_by,
    written_gap,
)
from metrics.narrative.phrases import capital, of_100, some, wanted
from metrics.selection.cheapest import cheapest
from metrics.selection.limits import keeps_all
from metrics.tally.sparse_sums import Floats


@dataclass(frozen=True)
class Answer:
    """The point under discussion, what it does, what it is worth and whether it keeps the limits.

    Attributes
    ----------
    point, exact : str
        The point, and the same with all digits of its threshold.
    what, why : str
        What it does, and for what reason one would choose it, or that nobody has one.
    outright : str
        That no choice keeps the limits, or none that does is better than today; mostly empty.
    headline, range : str
        The executive's figure, and its 95 % interval.
    limits : str
        Whether the limits are kept, and how sure that is of new data.
    limits_why : str
        What certified means there; mostly empty.
    is_broken, is_doubtful : bool
        Whether a limit is broken, or is met here and more likely missed on new data.
    is_open : bool
        Whether interval and limits are still being judged.
    """

    point: str
    exact: str
    what: str
    why: str
    outright: str
    headline: str
    range: str
    limits: str
    limits_why: str
    is_broken: bool
    is_doubtful: bool
    is_open: bool


def answer(page: PageState, point: OperatingPoint, *, at_rest: bool = False) -> Answer:
    """What the first line says of a point.

    Parameters
    ----------
    at_rest : bool
        Whether it is the chosen point, of which what is known of chance is to be said.
    """
    o = headline_objective(page)
    value = point.figures[o.id]
    is_open = at_rest and page.choices.intervals and page.uncertainty is None
    is_none = o.is_against_today and value == 0  # what is set against itself
    between = ""
    if at_rest and o.has_interval and not is_none and not is_slow(page, o, point):
        between = ends(o, value, *range_of(page, o, point), page.scenario)
    limits = LimitsSaid("") if is_open else limits_said(page, point, at_rest=at_rest)
    band = inspection.band_at(page, point)
    model, at = str(point.model), point.threshold
    return Answer(
        point=point_words(page, point, page.figures.threshold_words(model, at)),
        exact=point_words(page, point, exact_threshold(at), exact=True),
        what=outcome_words(point) if band is None else inspection.band_words(band, page.scenario),
        why=reasons(page).get(Point(str(point.model), point.threshold, point.lower), COUNTED),
        outright=outright(page),
        headline=f"{headline_words(page, o)} {UNCHANGED if is_none else figure(o, value, page.scenario)}",
        range=labelled(value, range_of(page, o, point), between) if between else "",
        limits=limits.text,
        limits_why=limits.why,
        is_broken=limits.is_broken,
        is_doubtful=limits.is_doubtful,
        is_open=is_open,
    )


UNCHANGED = "unchanged"
"""What a change of nothing is called."""

COUNTED = "Nobody’s best."
"""What stands where nobody has a reason to choose a point."""


def point_words(
    page: PageState, point: OperatingPoint, threshold: str, *, exact: bool = False
) -> str:
    """An operating point: ``gradient boosting, threshold 0.168``, or the two thresholds of a band."""
    model, at = str(point.model), point.threshold
    if page.ship_below(model, at, point.lower) is not None:
        say = page.exact_words if exact else page.words
        return say(model, at, lower=point.lower)
    joint = ", threshold " if math.isfinite(at) else ", "
    return f"{page.label(model)}{joint}{threshold}"


def outcome_words(point: OperatingPoint) -> str:
    """What a point catches, and how much it stops for that."""
    share, recall = point.figures["share_flagged"], point.figures["recall"]
    if share == 0:
        return "Stops no unit and catches no defect."
    stops = f"1 unit in {number(1 / share)}" if share < 0.4 else ""
    caught = "all" if recall == 1 else f"{in_per_cent(recall)} of"
    return f"Catches {caught} defects, stops {stops or in_per_cent(share) + ' of the units'}."


def reasons(page: PageState) -> dict[Point, str]:
    """Why one would choose a point, of the points with a reason."""
    return cache.part(
        page.keyed("reasons", page.picks_key, page.choices.weights), lambda: _reasons(page)
    )


def _reasons(page: PageState) -> dict[Point, str]:
    found: dict[Point, str] = {}

    def add(point: Pick | OperatingPoint | None, words: str) -> None:
        if point is not None and point.model is not None:
            found.setdefault(Point(str(point.model), point.threshold), words)

    cost = OBJECTIVES["cost_of_errors"]
    add(pick(page.points, cost, page.evaluation, limits=page.limits), cheapest_words(page))
    for stakeholder in page.stakeholders:
        if not stakeholder.objective.of_model:
            add(stakeholder.pick, f"Best for the {stakeholder.title.lower()}.")
    add(compromise_of(page).point, "The fair option.")
    today = page.today
    if (
        today.model is not None and page.scenario.inspection is None
    ):  # which may lie between two thresholds of its model
        at = Point(today.model, today.threshold)
        add(at_or_above(page.points, page.evaluation, at), "Today’s system.")
    return found


def cheapest_words(page: PageState) -> str:
    """Why the page opens on a point, such as that it is the cheapest reaching +30 %."""
    if not page.limits:
        return "Cheapest errors."
    cost = OBJECTIVES["cost_of_errors"]
    if keeps_every(page, pick(page.points, cost, page.evaluation)):  # what is cheapest anyway
        return "Cheapest errors."
    if len(page.limits) > 1:
        kept = "both limits" if len(page.limits) == 2 else f"all {len(page.limits)} limits"
        return f"Cheapest errors that keep {kept}."
    [bound] = page.limits
    if bound.objective.is_against_today and not is_no_less_than_today(bound):
        return f"Cheapest errors reaching {limit_figure(bound, page.scenario)}."
    return "Cheapest errors that keep the limit."


def headline_objective(page: PageState) -> Objective:
    """The executive's objective, a gain in per cent or else as what is earned with it.

    Without prices the product manager's.
    """
    for stakeholder in reversed(page.stakeholders):
        o = stakeholder.objective
        if needs_prices(o, page.scenario):
            continue
        if not o.is_against_today:
            return o
        # Where today earns nothing, a gain does not say whether anything is earned.
        return next(
            (
                page.objectives[one]
                for one in (o.in_proportion, "revenue")
                if one in page.objectives
            ),
            o,
        )
    return OBJECTIVES["missed_defects"]


def headline_words(page: PageState, o: Objective) -> str:
    """What the first line's figure is of."""
    none = page.scenario.today is None
    if o.id == "revenue" and page.stakeholder("executive").objective.is_against_today:
        # Beside a gain: what it is added to.
        now = money(today_earns(page), page.scenario.currency)
        return f"Revenue from {now} {'without checks' if none else 'today'} to"
    than = f" against {NO_CHECKS}" if o.change_of and none else ""
    return capital(o.change_of or o.label) + than


@dataclass(frozen=True)
class Change:
    """What one role's figure becomes at another point.

    Attributes
    ----------
    title, label : str
        Of the role, and of its objective.
    here, there : str
        The figure now, and at the other point.
    size : str
        How far the second is from the first: ``EUR 183 k below``.
    chance : Chance
    """

    title: str
    label: str
    here: str
    there: str
    size: str
    chance: Chance


@dataclass(frozen=True)
class Halving:
    """What halving a stakeholder's figure costs the others.

    Attributes
    ----------
    point : OperatingPoint or None
        The cheapest point at which the figure is at most half; None where there is none.
    words : str
        The point.
    changes : tuple of Change
        Of the stakeholder and of the others; of the false alarms, too.
    breaks : tuple of str
        A sentence for each limit that the point breaks: nothing that keeps them all halves the figure.
    keeps : tuple of str
        A sentence for each that it keeps in the file, with how often it is missed.
    """

    point: OperatingPoint | None
    words: str
    changes: tuple[Change, ...]
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]


def halving(page: PageState, stakeholder: Stakeholder) -> Halving:
    """Find the cheapest way to halve a stakeholder's figure, and what each role gets there."""
    o = stakeholder.objective
    values = page.points[o.id].to_numpy(np.float64)
    halved = (values <= page.chosen.figures[o.id] / 2) & is_ordinary(page.points)
    position = cheapest(page.points, halved & keeps_all(page.points, page.limits))
    if position is None:
        position = cheapest(page.points, halved)
    if position is None:
        return Halving(None, "", (), (), ())
    point = OperatingPoint.from_points(page.points, position)
    changes = [change_of(page, s.title, s.objective, point) for s in page.stakeholders]
    alarms = OBJECTIVES["false_alarms"]
    if not any(change.label == alarms.label for change in changes):
        changes.append(change_of(page, "", alarms, point))
    broken = [
        b for b in page.limits if not b.keeps(float(point.figures.get(b.objective.id, math.nan)))
    ]
    return Halving(
        point,
        page.words(point.model, point.threshold),
        tuple(changes),
        tuple(_left_words(page, bound, point) for bound in broken),
        tuple(_kept_words(page, bound, point) for bound in page.limits if bound not in broken),
    )


def _left_words(page: PageState, bound: Bound, point: OperatingPoint) -> str:
    """What halving leaves of a limit that it breaks."""
    o, scenario = bound.objective, page.scenario
    there = figure(o, point.figures.get(o.id, math.nan), scenario)
    share = share_missed(page, [bound], point)
    often = "" if math.isnan(share) else f", missed in {of_100(share)}"
    if o.is_against_today:
        return f"Halving leaves {there}, below your {limit_figure(bound, scenario)} target{often}."
    return f"Halving leaves {o.label} {there}, not {wanted(bound, scenario)}{often}."


def _kept_words(page: PageState, bound: Bound, point: OperatingPoint) -> str:
    """What halving leaves of a limit that it keeps in the file, and how often it is missed."""
    said = f"{limit_name(bound, page.scenario)}: {met_here(share_missed(page, [bound], point))}."
    if not bound.objective.is_against_today:
        return said
    there = figure(bound.objective, point.figures[bound.objective.id], page.scenario)
    return f"Halving leaves {there}. {said}"


def change_of(page: PageState, title: str, o: Objective, point: OperatingPoint) -> Change:
    """What a role's figure becomes at another point."""
    scenario = page.scenario
    here, there = page.chosen.figures[o.id], point.figures[o.id]
    chance = Chance.UNKNOWN if here == there else chance_against(page, o, point)
    asks = needs_prices(o, scenario)
    label = OBJECTIVES["false_alarms"].label if asks else o.label
    if asks:  # good units' worth is nobody's money
        o = OBJECTIVES["false_alarms"]
        here, there = page.chosen.figures[o.id], point.figures[o.id]
    return Change(
        title,
        label,
        figure(o, here, scenario),
        figure(o, there, scenario),
        written_gap(o, there, here, scenario).words(noun=False),
        chance,
    )


@dataclass(frozen=True)
class Risk:
    """The chance that a target is missed, and by how much.

    Attributes
    ----------
    target : str
        In words.
    share : float
        Of the replicates that miss it; NaN where not known.
    short : str
        How far the figure falls short on average where it does; empty where it never does.
    range : str
        The 95 % interval of the figure.
    of : str
        Of a figure in per cent of what today earns: how much that is, and how sure.
    """

    target: str
    share: float
    short: str
    range: str
    of: str


def risk(page: PageState, stakeholder: Stakeholder) -> Risk | None:
    """How likely a stakeholder's target is missed; None while that is not known."""
    known = page.uncertainty
    if known is None:
        return None
    o = stakeholder.objective
    same = {o.id, o.in_proportion}
    target = next((limit for limit in page.limits if limit.objective.id in same), None)
    beside = page.today if target is None or is_no_less_than_today(target) else None
    if target is None or beside is not None:
        of = "revenue" if o.is_against_today else "figure"
        words = f"the {of} with {NO_CHECKS}" if page.scenario.today is None else f"today’s {of}"
        against = 0.0 if o.is_against_today else replicates(page, known, o, page.today)
    else:
        o, against = target.objective, target.value
        words = limit_name(target, page.scenario)
        words = words[:1].lower() + words[1:]
    drawn = samples_of(page, o, page.chosen, beside=beside)
    if drawn is None:
        return None
    aim = np.broadcast_to(against, drawn.shape)
    missed = o.direction.loss(drawn - aim) > 0
    defined = ~np.isnan(drawn - aim)
    if not defined.any():
        return None
    return Risk(
        target=words,
        share=float(missed[defined].mean()),
        short=_short(page, o, drawn[missed], aim[missed]),
        range=ends(o, page.chosen.figures[o.id], *range_of(page, o, page.chosen), page.scenario),
        of=_of_what(page, known) if o.unit is Unit.PERCENT and o.is_against_today else "",
    )


def _of_what(page: PageState, known: Uncertainty) -> str:
    """What today earns, of which a gain is so many per cent: it is no surer than the gain."""
    earned, o = today_earns(page), OBJECTIVES["revenue"]
    if math.isnan(earned):
        return ""
    said = f" of today’s {money(earned, page.scenario.currency)}"
    sure = ends(o, earned, *interval(page, known, o, page.today), page.scenario)
    return f"{said}, itself {sure}" if sure else said


def _short(page: PageState, o: Objective, drawn: Floats, target: Floats) -> str:
    """How far figures fall short of a target on average: ``0.8 points below``."""
    if not drawn.size:
        return ""
    gap_there = written_gap(o, float(drawn.mean()), float(target.mean()), page.scenario)
    return gap_there.words(noun=False)


@dataclass(frozen=True)
class Fair:
    """The fairest compromise.

    Attributes
    ----------
    point : OperatingPoint
    model : str
        What its model is called; empty where it is the chosen one.
    figures : tuple of str
        In words.
    is_chosen : bool
        Whether it is the chosen point.
    worse : tuple of str
        What it does worse than today: ``4,380 more missed defects than today``.
    rankings : tuple of str
        What it weighs beside the figures, and no threshold changes.
    """

    point: OperatingPoint
    model: str
    figures: tuple[str, ...]
    is_chosen: bool
    worse: tuple[str, ...]
    rankings: tuple[str, ...]


@dataclass(frozen=True)
class ModelGap:
    """Whether the cheapest model is cheaper than the others beyond chance, all judged at once.

    Attributes
    ----------
    best, rival : str
        As the page calls them.
    tied : tuple of str
        Models whose errors cost the same as those of the best.
    chance : Chance
    """

    best: str
    rival: str
    tied: tuple[str, ...]
    chance: Chance

    @property
    def words(self) -> tuple[str, str]:
        """Who leads whom on what, and how sure that is."""
        if self.tied:
            return f"Cheapest errors: {some([self.best, *self.tied], 'models')}", "tie"
        if self.chance is Chance.CLEAR:
            return f"Cheapest errors: {self.best},", self.chance.value
        return f"Cheapest errors: {self.best} before {self.rival},", self.chance.value


@dataclass(frozen=True)
class NextSteps:
    """What the strip below the charts says.

    Attributes
    ----------
    fair : Fair or None
        None where there is no compromise.
    gap : ModelGap or None
        None where there is one model, or nobody resampled.
    unknown : tuple of str
        What is not known yet.
    is_open : bool
        Whether the gap is still being judged.
    """

    fair: Fair | None
    gap: ModelGap | None
    unknown: tuple[str, ...]
    is_open: bool


def next_steps(page: PageState, others: Sequence[Dataset]) -> NextSteps:
    """What there is to do next, from what is known so far."""
    is_open = page.choices.intervals and page.uncertainty is None
    return NextSteps(
        fair=fair_option(page),
        gap=None if is_open else known_gap(page),
        unknown=unknown(page, others),
        is_open=is_open,
    )


def fair_option(page: PageState) -> Fair | None:
    """The fairest compromise."""
    point = compromise_of(page).point
    if point is None:
        return None
    said, worse = [], []
    for stakeholder in page.stakeholders:
        o, scenario = stakeholder.objective, page.scenario
        if o.of_model or needs_prices(o, scenario):
            continue
        value, today = point.figures[o.id], page.today.figures[o.id]
        name = f" {o.label}" if not o.is_against_today else ""
        said.append(f"{figure(o, value, scenario)}{name}")
        apart = written_gap(o, value, today, scenario)
        if worse_by(o, value, today) > 0 and not apart.is_same:
            worse.append(apart.than(page.today_title))
    same = point.place == page.chosen.place
    model = "" if point.model == page.chosen.model else page.label(str(point.model))
    rankings = [s.objective.label for s in page.stakeholders if s.objective.of_model]
    return Fair(
        point,
        model,
        tuple(dict.fromkeys(said)),
        same,
        tuple(dict.fromkeys(worse)),
        tuple(dict.fromkeys(rankings)),
    )


def known_gap(page: PageState) -> ModelGap | None:
    """Whether the gap between the cheapest models is clear, judged once for what it follows from."""
    key = page.keyed("model gap", page.intervals_key)
    found = cache.part(key, lambda: _model_gap(page))
    if found is None:
        return None
    # Names are each reader's own, and what is kept is for all of them.
    tied = tuple(page.label(model) for model in found.tied)
    return replace(found, best=page.label(found.best), rival=page.label(found.rival), tied=tied)


def _model_gap(page: PageState) -> ModelGap | None:
    """The same by the models' own names."""
    if page.uncertainty is None:
        return None
    found = compare_cheapest(page.points, page.uncertainty.bootstrap)
    if found is None:
        return None
    chance = Chance.CLEAR if found.is_clear else Chance.POSSIBLE
    return ModelGap(found.best.model, found.rival.model, found.tied, chance)


def unknown(page: PageState, others: Sequence[Dataset]) -> tuple[str, ...]:
    """What the figures rest on and nobody has said or tried yet."""
    out = []
    if page.dataset.scores.held_out == "unknown":
        out.append("whether trained on these rows")
    if not others:
        out.append("other data")
    if page.scenario.today is None and page.choices.today != "none":
        out.append("today’s system")
    if page.scenario.payoff is None:
        out.append("prices")
    if page.scenario.defect_rate is None:
        out.append("defect rate")
    return tuple(out)


def elsewhere(page: PageState, other: Dataset) -> Elsewhere | None:
    """Judge the chosen point on other data; None where today's system is not there.

    Raises
    ------
    ScoreError
        Where the other data cannot be counted.
    """
    scenario = other_data.scenario_there(page, other)
    if scenario is None:
        return None
    return other_data.elsewhere(other_data.chosen_there(page, other, scenario), other)


def fails_words(page: PageState, other: Dataset, found: Elsewhere) -> tuple[str, ...]:
    """Figures by which the chosen point does not hold: ``missed defects (31, here 12)``."""
    scenario = other_data.scenario_there(page, other)
    said = []
    for one in found.fails:
        assert one.transfer is not None
        assert scenario is not None
        here, there = (
            figure(one.objective, value, scenario)
            for value in (one.transfer.here, one.transfer.there)
        )
        said.append(f"{one.objective.label} ({there}, here {here})")
    return tuple(said)

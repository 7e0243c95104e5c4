"""What a stakeholder's card says of an operating point, as one frozen value.

The browser says the same while the threshold is dragged; at rest what stands on the page is from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard.analysis import cache
from dashboard.analysis.analysis import (
    Analysis,
    Stakeholder,
    current_revenue,
    defect_rate_of,
    openings,
    point_of,
    unpriced,
)
from dashboard.analysis.optimism import chance_against, on_new_data, range_of, share_missed
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.certified import BY_CHANCE
from dashboard.words.names import current_title, threshold_of
from dashboard.words.numbers import (
    SPACE,
    ends,
    figure,
    is_money,
    money,
    number,
    rate_words,
    unit_words,
    worse_by,
    written_gap,
)
from dashboard.words.phrases import bound_words, capital, in_100, joined, rule_words
from metrics import (
    OBJECTIVES,
    Bound,
    Direction,
    Objective,
    OperatingPoint,
    Pick,
    Scenario,
    Unit,
    pick,
)
from metrics.evaluation.objective import as_read_by
from metrics.evaluation.operating_points import Evaluation, evaluate, figures_at_points, is_ordinary
from metrics.evaluation.standard_objectives import UNINFORMED
from metrics.inference.comparison import Chance, rank_ranges
from metrics.tally.kernel import Floats


def _in_file(analysis: Analysis, o: Objective) -> Floats | None:
    """Figures of the file at every model's operating points; None where the scenario's are no other.

    A recall's are the same.
    """
    observed = replace(analysis.scenario, defect_rate=None, units_per_year=None)
    of = analysis.evaluation

    def evaluated() -> Evaluation:
        return evaluate(of.tally, observed, curves=of.curves, today_tally=of.today_tally)

    here = figures_at_points(
        cache.STORE.get(analysis.keyed("in the file", observed), evaluated), [o]
    )[o.id]
    every = analysis.figures.points
    shown = ~every["model"].isin(analysis.picks_key.hidden).to_numpy()
    there = every[o.id].to_numpy(np.float64)
    is_same = np.allclose(there[shown], here[shown], rtol=1e-9, atol=0, equal_nan=True)
    return None if is_same else here


def in_file(analysis: Analysis, o: Objective, point: OperatingPoint) -> float:
    """The file's own figure of an operating point; NaN where the scenario's is no other, or undefined."""
    if analysis.scenario.is_observed:
        return math.nan
    key = analysis.keyed(
        "figures in the file", unpriced(analysis.scenario, (o,)), analysis.picks_key.hidden, o
    )
    own = cache.STORE.get(key, lambda: _in_file(analysis, o))
    if own is None:
        return math.nan
    model = str(point.model)
    first = int(np.flatnonzero(analysis.figures.points["model"] == model)[0])
    return float(own[first + analysis.evaluation.curve_of(model).row(point.threshold)])


def needs_prices(o: Objective, scenario: Scenario) -> bool:
    """Whether a figure is only money once somebody has said what a unit earns."""
    return scenario.payoff is None and o.is_against_today


def has_places(o: Objective) -> bool:
    """Whether it is judged which places could be chance; where not, none is said beside intervals."""
    return o.has_interval and not o.is_slow


def ranks(analysis: Analysis, o: Objective) -> dict[str, str]:
    """`places` in words: ``1st to 3rd of 10``."""
    found = places(analysis, o)
    return {model: f"{place_words(*place)} of {len(found)}" for model, place in found.items()}


def places(analysis: Analysis, o: Objective) -> dict[str, tuple[int, int]]:
    """First and last place that each model may have by an objective that ranks; nothing where it ranks none.

    None either where it is to be shown which of the places could be chance, and is not known: as long as it
    is on its way, and of what Models does not judge.
    """
    if not o.of_model:
        return {}
    if analysis.shows_intervals and (analysis.uncertainty is None or not has_places(o)):
        return {}
    seed = None if analysis.uncertainty is None else analysis.seed
    read = as_read_by(analysis.scenario, (o,))
    if o.id == "roc_auc":  # which takes long, and is the same at every defect rate
        read = replace(read, defect_rate=None, units_per_year=None)
    key = analysis.keyed("places", o, read, analysis.picks_key.hidden, seed)
    return cache.STORE.get(key, lambda: _places(analysis, o))


def _places(analysis: Analysis, o: Objective) -> dict[str, tuple[int, int]]:
    by_model = analysis.points.groupby("model", sort=False)[o.id].first()
    figures, known = by_model.to_numpy(np.float64), analysis.uncertainty
    if known is None:
        loss = pd.Series(o.direction.loss(figures))
        first = last = loss.rank(method="min").to_numpy(np.float64)
    else:
        bootstrap, index = known.bootstrap, analysis.evaluation.tally.index
        # The same whatever is flagged: of today's counts, which are there.
        drawn = np.hstack(
            [bootstrap.of_scaled(o, index(str(m)), bootstrap.today) for m in by_model.index]
        )
        first, last = rank_ranges(o, figures, drawn, blocks=known.bootstrap.blocks)
    return {
        str(model): (int(low), int(high))
        for model, low, high in zip(by_model.index, first, last, strict=True)
        if not math.isnan(low)
    }


def place_words(first: int, last: int) -> str:
    """A place in a ranking, or those among which it lies: ``1st``, ``1st to 4th``."""
    return ordinal(first) if first == last else f"{ordinal(first)} to {ordinal(last)}"


def ordinal(place: int) -> str:
    """A place in a ranking: ``1st``, ``2nd``, ``11th``."""
    teens = 10 <= place % 100 <= 20
    return f"{place}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"


@dataclass(frozen=True)
class Scale:
    """Where figures lie between the scale’s beginning (`worst`), 0, and its end past the best, 1.

    Today's and a pinned point's may lie beyond.
    """

    chosen: float
    best: float
    today: float | None
    pinned: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CardText:
    """A stakeholder's card.

    Attributes
    ----------
    text, unit, range : str
        The figure of the point in this file, its unit, and its 95 % interval for new data.
    rank : str
        Of the point's model, where the objective ranks models: ``3rd of 11``.
    best : str
        The best figure for the role: ``best 0.056``; "no choice left" where no point can be had.
    beside : str
        How the point stands to what it stands beside: ``beats today’s 19,620``.
    verdict : str
        Whether that could be chance; empty where not known.
    is_open : bool
        Whether interval and verdict are on their way.
    scale : Scale or None
        None where there is nothing to lie between.
    asks : bool
        Whether the figure is only to be had with prices: then ``beside`` says what is known without.
    note : str
        Why no target in per cent can be had of it; mostly empty.
    """

    text: str
    unit: str
    range: str
    rank: str
    best: str
    beside: str
    verdict: str
    is_open: bool
    scale: Scale | None
    asks: bool = False
    note: str = ""


def card(
    page: PageState, stakeholder: Stakeholder, point: OperatingPoint, *, at_rest: bool = False
) -> CardText:
    """What a stakeholder's card says of a point.

    Parameters
    ----------
    at_rest : bool
        Whether it is the chosen point, and what is known of chance is to be said.
    """
    o, scenario = stakeholder.objective, page.scenario
    value = point.figures[o.id]
    if needs_prices(o, scenario):
        stopped = figure(OBJECTIVES["share_flagged"], point.figures["share_flagged"], scenario)
        words = f"Until then: stops {stopped} of the units"
        return CardText("", "", "", "", "", words, "", is_open=False, scale=None, asks=True)
    found = range_at(page.selection, o, point)
    return CardText(
        text=figure(o, value, scenario),
        unit=unit_of(page.analysis, o, str(point.model)),
        range=labelled(value, found, ends(o, value, *found, scenario)),
        rank=ranks(page.analysis, o).get(str(point.model), ""),
        best=best_words(page, stakeholder, point),
        beside=beside(page.selection, o, value),
        verdict=verdict(page.selection, o, point) if at_rest else "",
        is_open=page.analysis.is_pending and o.has_interval,
        scale=scale_of(page.selection, stakeholder, point, found),
        note=no_percent(page.analysis, o),
    )


def is_earned(o: Objective, scenario: Scenario) -> bool:
    """Whether a limit on it is a target in money."""
    return o.direction is Direction.MAXIMISE and is_money(o.unit, scenario)


def no_percent(analysis: Analysis, o: Objective) -> str:
    """Why a change from today has no target in per cent; nothing where it has one, or one in money."""
    if not o.is_against_today or any(
        is_earned(b.objective, analysis.scenario) for b in analysis.limits
    ):
        return ""
    if math.isnan(earned := current_revenue(analysis)) or earned > 0:
        return ""
    if analysis.is_current_unspecified:
        return f"+30{SPACE}% of what?"
    return f"+30{SPACE}% of {'a loss' if earned < 0 else 'nothing'} means nothing"


def best_words(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """The best figure for a role: ``best 0.056``; ``is best`` where the point has it."""
    best, named = best_on_card(page.analysis, stakeholder), best_label(page.analysis, stakeholder)
    if best is None:
        return NO_CHOICE
    o, often = stakeholder.objective, kept_on_card(page.selection, stakeholder)
    is_there = o.of_model or (best.model, best.threshold, None) == point.place
    if best.model == point.model and is_there:
        return f"is {named}{often}"
    words = other_best_words(page.analysis, stakeholder)
    # No number stands twice: then where it is to be had as well.
    if words == f"{named} {figure(o, point.figures[o.id], page.scenario)}":
        words = f"{named}: {place_of(page, o, best)}"
        if best.model == point.model:
            words = f"{named} at {threshold_of(page.figures, best.model, best.threshold)}"
    return f"{words}{often}"


NO_CHOICE = "no choice left"
"""What stands where no point can be had."""


def best_label(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """What a card calls the best: ``best on target`` where limits take a better one away, else ``best``."""
    own, best = stakeholder.pick, best_on_card(analysis, stakeholder)
    is_own = own is not None and best is not None and best.model == own.model
    return f"best{kept_by_best(analysis, stakeholder) if is_own else ''}"


def best_on_card(analysis: Analysis, stakeholder: Stakeholder) -> Pick | None:
    """The best for a role; of a ranking, and where nothing keeps the limits, the first of all."""
    return best_model(analysis, stakeholder) or stakeholder.pick


def kept_on_card(selection: Selection, stakeholder: Stakeholder) -> str:
    """In how many resamples the best keeps limits that bind: ``, met in 49 of 100``, ``, misses target``.

    Without limits that bind, of the best of a ranking, whether it could be the first by chance.

    Of a best model that keeps them nowhere: where it is shown once it is chosen. Nothing is said before it is
    known what could be chance, nor where what its name says is clear, nor of rows that the models saw.
    """
    analysis = selection.analysis
    own, best = stakeholder.pick, best_on_card(analysis, stakeholder)
    if best is None or (analysis.is_pending):
        return ""
    is_own = own is not None and best.model == own.model
    kept = kept_by_best(analysis, stakeholder)
    if is_own and not kept:
        first, last = places(analysis, stakeholder.objective).get(best.model, (1, 1))
        return (
            f", {Chance.POSSIBLE.value}" if first < last and analysis.held_out != "training" else ""
        )

    def found() -> float:
        row = best.row if own is None or own.row is None else own.row
        if stakeholder.objective.of_model and not is_own:
            of_model = np.flatnonzero(analysis.points["model"] == best.model)
            row = int(
                of_model[
                    analysis.evaluation.curve_of(best.model).row(openings(analysis)[best.model])
                ]
            )
        return share_missed(selection, analysis.limits, point_of(analysis.points, row))

    if analysis.held_out == "training":
        return "" if is_own else f", {misses_words(analysis)}"
    share = cache.STORE.get(
        analysis.keyed(
            "best misses",
            analysis.intervals_key,
            analysis.weights,
            stakeholder.name,
        ),
        found,
    )
    if is_own and not share > BY_CHANCE:
        return ""
    if not is_own and not share < 1 - BY_CHANCE:
        return f", {misses_words(analysis)}"
    often = f"met in {in_100(1 - share)} of 100"
    return f", {often}" if is_own else f", {limit_noun(analysis)} {often}"


def misses_words(analysis: Analysis) -> str:
    """That the limits are not kept: ``misses target``, ``misses the limit``."""
    noun = limit_noun(analysis)
    return f"misses {noun if noun == TARGET else f'the {noun}'}"


def other_best_words(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """The same of any other point, without what the best for the role keeps."""
    best = best_on_card(analysis, stakeholder)
    if best is None:
        return NO_CHOICE
    label = best_label(analysis, stakeholder)
    return f"{label} {figure(stakeholder.objective, best.value, analysis.scenario)}"


def kept_by_best(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """That the best for a role is so within the limits, where a better one breaks them: `` on target``."""
    if stakeholder.pick is None or not analysis.limits:
        return ""
    key = analysis.keyed("limits bind", analysis.picks_key, stakeholder.name)
    if not cache.STORE.get(key, lambda: _limits_bind(analysis, stakeholder)):
        return ""
    return f" {within_noun(analysis)}"


def name_of_best(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """What the best for a role is called: ``best for the executive on target``."""
    o = stakeholder.objective
    whose = f"model for {o.label}" if o.of_model else f"for the {stakeholder.title.lower()}"
    return f"best {whose}{kept_by_best(analysis, stakeholder)}"


def name_beside(selection: Selection) -> str:
    """What the point beside the chosen one is called."""
    analysis = selection.analysis
    compare = selection.compare
    if compare in STAKEHOLDERS:
        return name_of_best(analysis, analysis.stakeholder(compare))
    return "pinned" if compare == "pin" else current_title(analysis)


def place_of_best(page: PageState, stakeholder: Stakeholder) -> str:
    """Where the best for a role is."""
    assert stakeholder.pick is not None
    return place_of(page, stakeholder.objective, stakeholder.pick)


def place_of(page: PageState, o: Objective, best: Pick) -> str:
    """Where a best is: of a ranking a model, which no threshold makes better or worse."""
    return page.label(best.model) if o.of_model else page.words(best.model, best.threshold)


def beyond_limits(page: PageState, stakeholder: Stakeholder) -> str:
    """The best model of a ranking where that misses the limits: ``0.0559 by a, which``; else nothing."""
    own, best = stakeholder.pick, best_model(page.analysis, stakeholder)
    if own is None or best is None or best.model == own.model:
        return ""
    value = figure(stakeholder.objective, best.value, page.scenario)
    return f"{value} by {page.label(best.model)}, which misses the {limit_noun(page.analysis)} in this file"


def within_noun(analysis: Analysis) -> str:
    """What is within the limits is so: ``on target``, ``within the limits``."""
    noun = limit_noun(analysis)
    return "on target" if noun == TARGET else f"within the {noun}"


def aside_words(analysis: Analysis) -> str:
    """That limits do not bind what stands there, as a remark in a heading; nothing where there are none."""
    return f"{limit_noun(analysis)} aside" if analysis.limits else ""


def _limits_bind(analysis: Analysis, stakeholder: Stakeholder) -> bool:
    """Whether there is a better figure for a role that breaks the limits."""
    o, own = stakeholder.objective, stakeholder.pick
    assert own is not None
    if o.of_model:
        best = best_model(analysis, stakeholder)
        return best is not None and best.model != own.model
    loss = o.direction.loss(analysis.points[o.id].to_numpy(np.float64))
    allowed = is_ordinary(analysis.points)
    if stakeholder.bound is not None:
        bound = stakeholder.bound
        allowed = allowed & bound.within(analysis.points[bound.objective.id].to_numpy(np.float64))
    return bool((loss[allowed] < o.direction.loss(np.asarray(own.value))).any())


def is_within_target(analysis: Analysis, bound: Bound) -> bool:
    """Whether a role's own condition asks for less than a target that everybody agreed on."""
    return (
        bound.objective.is_against_today
        and bound.value == 0
        and any(
            one.objective.change_of == bound.objective.change_of and one.value >= 0
            for one in analysis.limits
        )
    )


def limit_figure(bound: Bound, scenario: Scenario) -> str:
    """A limit's own value, a whole number of per cent without decimals: ``+30 %``."""
    is_whole = bound.objective.unit is Unit.PERCENT and bound.value.is_integer()
    return figure(bound.objective, bound.value, scenario, 0 if is_whole else None)


def limit_noun(analysis: Analysis) -> str:
    """What the limits are called together."""
    if len(analysis.limits) > 1:
        return "limits"
    return TARGET if analysis.limits[0].objective.is_against_today else "limit"


TARGET = "target"
"""What a limit on a change from today is called."""


def best_model(analysis: Analysis, stakeholder: Stakeholder) -> Pick | None:
    """The best with limits left aside, of a ranking or where nothing keeps them; None without limits."""
    o = stakeholder.objective
    if not analysis.limits or not (o.of_model or stakeholder.pick is None):
        return None
    key = analysis.keyed("best of all", analysis.picks_key, stakeholder.name)
    return cache.STORE.get(
        key, lambda: pick(analysis.points, o, analysis.evaluation, bound=stakeholder.bound)
    )


def unit_of(analysis: Analysis, o: Objective, model: str) -> str:
    """What stands behind a figure; of a loss that is only finite because it is clipped, of how many units."""
    return (infinite(analysis, model) if o.is_clipped else "") or unit_words(o, analysis.scenario)


def infinite(analysis: Analysis, model: str) -> str:
    """How many units make the unclipped log loss of a model infinite; nothing where it is finite."""
    evaluation = analysis.evaluation
    rows = evaluation.figures[evaluation.tally.index(model)].infinite_rows
    return f"{number(int(rows))} certain and wrong" if rows else ""


def range_at(selection: Selection, o: Objective, point: OperatingPoint) -> tuple[float, float]:
    """95 % interval of a figure for new data; NaN where not known.

    Of a point that nobody picked as it was sent to the browser.
    """
    analysis = selection.analysis
    if o.is_against_today and point.figures[o.id] == 0:
        return math.nan, math.nan  # what is set against itself cannot vary
    known = analysis.uncertainty
    is_sent = point.lower is None or known is None or o not in known.objectives
    if is_sent and on_new_data(selection, o, point) is None:
        return analysis.interval_of(o.id, str(point.model), point.threshold) or (
            math.nan,
            math.nan,
        )
    return range_of(selection, o, point)


def labelled(value: float, found: tuple[float, float], written: str) -> str:
    """An interval, with what it is of where the file's figure lies outside: ``new data: 261 to 326``."""
    return f"new data: {written}" if written and not found[0] <= value <= found[1] else written


def is_pinned(selection: Selection) -> bool:
    """Whether the point stands beside a pinned one, and not beside today's system."""
    return selection.compare == "pin"


def reference(selection: Selection) -> OperatingPoint:
    """What the point stands beside on the cards: the pinned one, or today's system."""
    return selection.compared if is_pinned(selection) else selection.analysis.current


def today_words(analysis: Analysis, o: Objective) -> str:
    """Today's figure, as one stands beside it: ``today’s 19,620``, or ``400 with no checks``.

    Of an objective that is itself a difference from today, what today earns; without prices nothing.
    """
    if o.is_against_today:
        earned = current_revenue(analysis)
        figure_there = "" if math.isnan(earned) else money(earned, analysis.scenario.currency)
    else:
        figure_there = figure(o, analysis.current.figures[o.id], analysis.scenario)
    if analysis.scenario.today is None:  # nobody has said what there is today
        return f"{figure_there} with {NO_CHECKS}" if figure_there else NO_CHECKS
    return f"today’s {figure_there}" if figure_there else "today"


def beside(selection: Selection, o: Objective, value: float) -> str:
    """How a figure stands to today's, or how far it is from a pinned point's."""
    analysis = selection.analysis
    there = reference(selection).figures.get(o.id, math.nan)
    if is_pinned(selection):
        gap = written_gap(o, value, there, analysis.scenario)
        return f"pinned {figure(o, there, analysis.scenario)}: {gap.words(noun=False)}"
    if math.isnan(there):
        return ""
    words = today_words(analysis, o)
    if math.isnan(value - there):
        return words
    if written_gap(o, value, there, analysis.scenario).is_same:
        return f"the same as {words}"
    better, worse = compared(o)
    return f"{worse if worse_by(o, value, there) > 0 else better} {words}"


def compared(o: Objective) -> tuple[str, str]:
    """How what is better, and what is worse, stands to today's figure.

    Of an objective that is a difference from today, today's figure is what that is added to.
    """
    return ("added to", "below") if o.is_against_today else ("beats", "worse than")


def verdict(selection: Selection, o: Objective, point: OperatingPoint) -> str:
    """Whether what a point stands beside is beaten, or beats it, beyond chance; nothing where not known."""
    analysis = selection.analysis
    other_point, value = reference(selection), point.figures.get(o.id, math.nan)
    then = other_point.figures.get(o.id, math.nan)
    if math.isnan(value - then) or written_gap(o, value, then, analysis.scenario).is_same:
        return ""
    better = ""
    if is_pinned(selection):
        better = "worse" if worse_by(o, value, then) > 0 else "better"
    if analysis.uncertainty is None:
        return "" if analysis.shows_intervals else better
    chance = chance_against(selection, o, other_point)
    return ", ".join(filter(None, [better, "" if chance is Chance.UNKNOWN else chance.value]))


def alarms_chance(selection: Selection) -> str:
    """Whether the chosen point's false alarms differ from today's beyond chance; nothing where not judged."""
    analysis = selection.analysis
    o, scenario = OBJECTIVES["false_alarms"], analysis.scenario
    here, then = (
        point.figures.get(o.id, math.nan) for point in (selection.point, analysis.current)
    )
    if scenario.inspection is not None or written_gap(o, here, then, scenario).is_same:
        return ""
    if analysis.uncertainty is None:
        return CHECKING if analysis.shows_intervals else ""
    chance = chance_against(selection, o, analysis.current)
    return "" if chance is Chance.UNKNOWN else chance.value


CHECKING = "checking"
"""What is said of what is not known yet."""


def worst(analysis: Analysis, stakeholder: Stakeholder) -> float:
    """Where a card's scale begins: the worst that another's pick or today's has for a stakeholder.

    Of a ranking, what the middle one of the models behind the best has: one hopeless model would push
    all others into one place.
    """
    o, shown = stakeholder.objective, best_on_card(analysis, stakeholder)
    if shown is None:
        return math.nan
    if o.of_model:
        by_model = analysis.points.groupby("model", sort=False)[o.id].first().to_numpy(np.float64)
        losses = np.sort(o.direction.loss(by_model[np.isfinite(by_model)]))
        behind = losses[losses > o.direction.loss(np.array(shown.value))]
        return float(o.direction.loss(behind[behind.size // 2])) if behind.size else math.nan
    rows = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    figures = analysis.points[o.id].to_numpy(np.float64)[rows]
    figures = np.append(figures, analysis.current.figures.get(o.id, math.nan))
    loss = o.direction.loss(figures[np.isfinite(figures)])
    return float(o.direction.loss(loss.max())) if loss.size else math.nan


PAST_BEST = (0.25, 1.0)
"""How far a scale goes on past the best, at least and at most, as a share of the way to it from the worst."""


def scale_end(analysis: Analysis, stakeholder: Stakeholder) -> float:
    """Where a card's scale ends: at what is best whatever it breaks, with room for an interval past the best.

    It is the same for all points, so that nothing but the chosen point moves under a hand.
    """
    o, shown = stakeholder.objective, best_on_card(analysis, stakeholder)
    if shown is None:
        return math.nan
    loss = o.direction.loss(analysis.points[o.id].to_numpy(np.float64))
    best, last = o.direction.loss(np.array([shown.value, worst(analysis, stakeholder)])).tolist()
    way = last - best
    past = best - loss[np.isfinite(loss)].min(initial=best)
    least, most = (share * way for share in PAST_BEST)
    return float(o.direction.loss(np.array([best - min(max(past, least), most)]))[0])


def scale_of(
    selection: Selection,
    stakeholder: Stakeholder,
    point: OperatingPoint,
    found: tuple[float, float],
) -> Scale | None:
    """Where a point and its interval lie between the worst pick and what is past the best."""
    analysis = selection.analysis
    if (at_end := best_on_card(analysis, stakeholder)) is None:
        return None
    o = stakeholder.objective
    last, best = worst(analysis, stakeholder), at_end.value
    end = scale_end(analysis, stakeholder)

    def share(value: float) -> float | None:
        found = (value - last) / (end - last)
        return None if math.isnan(found) else found

    def place(value: float) -> float | None:
        found = share(value)
        return None if found is None else min(1.0, max(0.0, found))

    if not math.isfinite(best - last) or best == last:
        return None
    chosen = place(point.figures[o.id])
    at_best = place(best)
    if chosen is None or at_best is None:
        return None
    low, high = (place(one) for one in found)
    today = share(analysis.current.figures.get(o.id, math.nan))
    pinned = (
        share(reference(selection).figures.get(o.id, math.nan)) if is_pinned(selection) else None
    )
    return Scale(chosen, at_best, today, pinned, low, high)


def details(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> tuple[str, ...]:
    """What else there is to say of a card's figure and of the best for its role, a sentence each."""
    o, scenario = stakeholder.objective, page.scenario
    is_earned = "payoff" in o.reads and scenario.payoff is not None
    sentences = [EARNED if is_earned else f"{capital(o.label)}: {o.term}"]
    if likely := expected_figure(page.selection, o, point):
        sentences.append(
            f"On new data about {likely}, as the best of many looks better here than it is"
        )
    own = in_file(page.analysis, o, point)
    if not math.isnan(own):
        units = number(int(sum(page.evaluation.tally.rows)))
        sentences.append(f"In the file of {units} units: {figure(o, own, scenario)}")
    if o.of_model:
        sentences.append(f"The same at every threshold of {page.label(str(point.model))}")
    elif o.in_proportion and not o.is_against_today:
        sentences.append(f"That is {number(point.figures[o.in_proportion])} of every 1,000 defects")
    sentences += filter(
        None,
        [
            guess_words(page.analysis, o, point.figures.get(o.id, math.nan)),
            _best_words(page, stakeholder),
        ],
    )
    return tuple(f"{text}." for text in sentences)


EARNED = "Revenue: what all units earn, less what false alarms and missed defects cost"


NOTABLE = 0.1
"""Share of the way to the interval's end from which on it is worth saying what to expect instead."""


def expected_figure(
    selection: Selection, o: Objective, point: OperatingPoint, *, least: float = 0.0
) -> str:
    """About what a picked point may be expected to have on new data; nothing where that reads as here's.

    Nor where it lies nearer than ``least`` of the way to the end of the 95 % interval.
    """
    analysis = selection.analysis
    picked = on_new_data(selection, o, point)
    if picked is None or analysis.held_out == "training":
        return ""
    if abs(picked.expected - picked.value) < least * (picked.high - picked.low) / 2:
        return ""
    likely, here = (
        figure(o, float(f"{value:.3g}"), analysis.scenario)
        for value in (picked.expected, picked.value)
    )
    return "" if likely == here else likely


def guess_words(analysis: Analysis, o: Objective, chosen: float = math.nan) -> str:
    """What knowing nothing but the defect rate would give, and what is worse than that; mostly nothing."""
    if o.id not in UNINFORMED:
        return ""
    rate, scenario = defect_rate_of(analysis), analysis.scenario
    value, today = UNINFORMED[o.id](rate), analysis.current.figures.get(o.id, math.nan)
    said = figure(o, value, scenario)
    text = f"Saying the defect rate, {rate_words(rate)}, of every unit would give {said}"
    worse = [
        f"{whose} {figure(o, one, scenario)}"
        for whose, one in (("today’s", today), ("the chosen", chosen))
        if worse_by(o, one, value) > 0
    ]
    if not worse:
        return text
    return f"{text}, and {joined(worse)} {'is' if len(worse) == 1 else 'are'} worse than that"


def _best_words(page: PageState, stakeholder: Stakeholder) -> str:
    """Where the best for a role is, and by which rule."""
    bound, scenario, own = stakeholder.bound, page.scenario, stakeholder.pick
    if own is None:
        kept = " that keeps the limits" if page.limits else ""
        if bound is None:
            return f"No threshold{kept} flags some units and not all"
        return f"No threshold{kept} qualifies {bound_words(bound, scenario)}"
    o = stakeholder.objective
    where = place_of_best(page, stakeholder)
    is_implied = own.bound is not None and is_within_target(page.analysis, own.bound)
    # Of a ranking no threshold is told, nor by which rule it is shown at one.
    is_threshold_free = o.of_model and own.bound is None
    rule = "" if is_implied or is_threshold_free else rule_words(own, scenario)
    there = ", ".join(filter(None, [f"{figure(o, own.value, scenario)} by {where}", rule]))
    beyond = beyond_limits(page, stakeholder)
    if beyond:
        them = "them" if len(page.limits) > 1 else "it"
        return f"Best of all models: {beyond}; of those that meet {them}: {there}"
    return f"Best for this role{within_limits(page.analysis)}: {there}"


def within_limits(analysis: Analysis) -> str:
    """That what is the best is so within the limits, one limit by its figure; nothing without limits."""
    if not analysis.limits:
        return ""
    if len(analysis.limits) > 1:
        return " within the limits"
    [bound] = analysis.limits
    if bound.objective.is_against_today and bound.value:
        return f" on target {limit_figure(bound, analysis.scenario)} in this file"
    return f" {bound_words(bound, analysis.scenario)}"

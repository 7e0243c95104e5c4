"""What inspectors do with the units of a point and are worth: two thresholds, gain, people, and price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, points_of_model
from dashboard.analysis.selection import Selection
from dashboard.page.decision_text import (
    SHARE_INSPECTED,
    SHARE_REJECTED,
    at_work_words,
    inspected_words,
)
from dashboard.page.state import PageState
from dashboard.session.choices import Choices, Point
from dashboard.words.numbers import (
    SPACE,
    before_amount,
    count,
    ends,
    figure,
    number,
    price_size,
    unit_words,
)
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint, Unit
from metrics.errors import counted
from metrics.evaluation.inspection_band_counts import ThresholdPair, counts_of_band
from metrics.evaluation.operating_points import evaluate
from metrics.inference.comparison import Chance
from metrics.inference.inspection_gain import (
    EVERYTHING,
    DecisionRule,
    best_figure,
    gain_over,
    half_curves,
)
from metrics.scenario.inspection import DAYS, Inspection
from metrics.scenario.scenario import Scenario
from metrics.selection.inspection_price import (
    as_judged,
    break_even_price,
    least_loss,
    least_point,
)
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Band:
    """What becomes of the units at a point where people inspect.

    Attributes
    ----------
    ship_below, reject_from : float
        Thresholds; what lies between them is inspected.
    shipped, inspected, rejected : float
        Shares of the units that the model ships, leaves to people, rejects.
    units : float
        That are inspected, of the scenario.
    """

    ship_below: float
    reject_from: float
    shipped: float
    inspected: float
    rejected: float
    units: float


@dataclass(frozen=True)
class Bands:
    """The bands of a model, one for each upper threshold, each array of shape (K,).

    Attributes
    ----------
    lower : ndarray
        Row of the lower threshold among the model's operating points.
    inspected, rejected : ndarray
        Shares of the units.
    """

    lower: Floats
    inspected: Floats
    rejected: Floats


def bands_of(analysis: Analysis, model: str) -> Bands | None:
    """The bands of a model; None where nobody inspects."""
    model_curve = analysis.evaluation.curve_of(model)
    if model_curve.lower is None:
        return None
    rows = np.cumsum(model_curve.distinct) - 1
    shipped = model_curve.alone.counts[model_curve.distinct].scaled(*analysis.evaluation.factors)
    counts = model_curve.counts[model_curve.distinct].scaled(*analysis.evaluation.factors)
    units = shipped.tp + shipped.fp + shipped.fn + shipped.tn
    return Bands(
        lower=rows[model_curve.lower[model_curve.distinct]].astype(np.float64),
        inspected=np.asarray(counts.inspected / units, np.float64),
        rejected=np.asarray((shipped.tp + shipped.fp) / units, np.float64),
    )


def band_at(analysis: Analysis, point: OperatingPoint) -> Band | None:
    """What becomes of the units at a point; None where nobody inspects."""
    if point.model is None:
        return None
    model_curve = analysis.evaluation.curve_of(point.model)
    bands = bands_of(analysis, point.model)
    if bands is None:
        return None
    k = model_curve.row(point.threshold)
    inspected, rejected = float(bands.inspected[k]), float(bands.rejected[k])
    thresholds = model_curve.thresholds[model_curve.distinct]
    ship_below = float(thresholds[int(bands.lower[k])])
    if point.lower is not None:
        ship_below = point.lower
        inspected = point.figures["units_inspected"] / analysis.evaluation.scaled_units
    return Band(
        ship_below=ship_below,
        reject_from=float(thresholds[k]),
        shipped=1 - inspected - rejected,
        inspected=inspected,
        rejected=rejected,
        units=float(point.figures["units_inspected"]),
    )


def best_band_of(analysis: Analysis, model: str) -> Point:
    """A model's band of least cost, or its cheapest single threshold where nobody inspects."""
    model_points = points_of_model(analysis.points, model)
    return Point(
        model, float(model_points["threshold"].iloc[int(model_points["cost_of_errors"].argmin())])
    )


def is_best_band(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether a point is its model's cheapest, which no hand has moved."""
    if point.model is None or point.lower is not None:
        return False
    return point.threshold == best_band_of(analysis, point.model).threshold


def band_words(band: Band, scenario: Scenario) -> str:
    """What becomes of the units, as the answer says it, and how many people that takes."""
    return inspected_words(band.inspected, band.rejected, band.units, scenario)


def shares_recorded(analysis: Analysis, point: OperatingPoint) -> dict[str, float]:
    """The shares of the units, as a record has them beside the counts; nothing where nobody inspects."""
    band = band_at(analysis, point)
    if band is None:
        return {}
    return {SHARE_INSPECTED: band.inspected, SHARE_REJECTED: band.rejected}


def judged_by(scenario: Scenario) -> Objective:
    """By what inspecting pays: revenue where units have prices, else the cost of errors."""
    return OBJECTIVES["cost_of_errors" if scenario.payoff is None else "revenue_impact"]


@dataclass(frozen=True)
class Gain:
    """What inspecting adds to the best single threshold, after paying for it; limits aside.

    Attributes
    ----------
    value : float
        On these rows.
    low, high : float
        95 % interval on new data, where it was not chosen; NaN where not known.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def chance(self) -> Chance:
        """Whether it is told from nothing."""
        if math.isnan(self.low + self.high):
            return Chance.UNKNOWN
        return Chance.CLEAR if self.low > 0 or self.high < 0 else Chance.POSSIBLE


def gain_of(analysis: Analysis) -> Gain:
    """What inspecting adds, whatever point is under discussion: one figure wherever it is shown."""
    scenario, hidden = analysis.scenario, analysis.picks_key.hidden
    o = judged_by(scenario)
    seed = None if analysis.uncertainty is None else analysis.seed
    return cache.STORE.get(
        analysis.keyed("gain of inspecting", scenario, seed, o, hidden),
        # By the bands that the break-even price is found by, or one contradicts the other.
        lambda: _gain(analysis, o, as_judged(analysis.evaluation, o)),
    )


def _gain(analysis: Analysis, o: Objective, judged: Evaluation) -> Gain:
    """What the best of some bands adds to the best single threshold."""
    hidden = analysis.picks_key.hidden
    return _gain_over(
        analysis, o, judged, DecisionRule(judged, hidden), DecisionRule(judged.alone, hidden)
    )


def _gain_over(
    analysis: Analysis, o: Objective, judged: Evaluation, way: DecisionRule, than: DecisionRule
) -> Gain:
    """What one way of deciding adds to another, both under the prices of an evaluation."""
    scenario, known = analysis.scenario, analysis.uncertainty
    if known is not None:
        # Halves follow from the data alone, and from prices of kinds.
        kinds = scenario.miss_cost_by_type
        priced = Scenario(miss_cost=scenario.miss_cost, miss_cost_by_type=kinds)
        key = analysis.keyed("half curves", priced if kinds else None)
        own = gain_over(
            replace(known.bootstrap, evaluation=judged),
            o,
            way,
            than,
            halves=lambda tally: cache.STORE.get(key, lambda: half_curves(tally)),
        )
        return Gain(own.value, own.low, own.high)
    figures = np.array([best_figure(of, judged, o) for of in (than, way)])
    there, here = o.direction.loss(figures)
    return Gain(float(there - here))


SHARES = (0.25, 0.5, 0.75)
"""Of as many inspectors as pay: how many there may be in the rows of the table, besides the fewest."""


@dataclass(frozen=True)
class Inspectors:
    """What so many inspectors are worth.

    Attributes
    ----------
    people : int or None
        Number of inspectors; `None` if the time of an inspection is unknown, or nobody inspects.
    a_day : float
        Units that the best band within what they can do sends them.
    model : str
    ship_below, reject_from : float
        That band.
    gain : Gain
        Over the best single threshold.
    missed, alarms : float
        Defects shipped and good units rejected, of the scenario.
    limit : float or None
        Units a day that they can do; None: as many as pay.
    over_today : Gain or None
        Over the best band of today's model with as many inspections; None where today's is no model.
    """

    people: int | None
    a_day: float
    model: str
    ship_below: float
    reject_from: float
    gain: Gain
    missed: float
    alarms: float
    limit: float | None = None
    over_today: Gain | None = None

    def is_chosen(self, page: PageState) -> bool:
        """Whether its band is the one under discussion."""
        chosen = page.chosen
        if chosen.model != self.model or chosen.threshold != self.reject_from:
            return False
        return page.ship_below(chosen.model, chosen.threshold, chosen.lower) == self.ship_below


def by_inspectors(analysis: Analysis) -> tuple[Inspectors, ...]:
    """What more and more inspectors are worth, from none up to as many as pay.

    Empty where nothing is known of a year, or nobody pays. What may be inspected a day by the scenario is a
    row of its own.
    """
    scenario, inspection = analysis.scenario, analysis.scenario.inspection
    if inspection is None or scenario.units_per_year is None:
        return ()
    hidden, o = analysis.picks_key.hidden, judged_by(scenario)
    uncapped = replace(scenario, inspection=replace(inspection, units_a_day=None))
    seed = None if analysis.uncertainty is None else analysis.seed

    def found() -> tuple[Inspectors, ...]:
        judged = as_judged(analysis.evaluation, o)

        def of_bands(a_day: float | None) -> Inspectors:
            bands = _within(judged, a_day)
            row = _inspectors(analysis, o, bands)
            # As many as pay is another number of people for today's model, which gets as many as the row.
            as_many = bands if a_day is not None else _within(judged, row.a_day)
            return replace(
                row, limit=a_day, over_today=_over_today(analysis, o, judged, bands, as_many)
            )

        most = least_point(_within(judged, None), o, hidden).inspected
        if not most > 0:
            return ()
        alone = least_point(judged.alone, o, hidden)
        model_curve = judged.alone.curves[alone.model]
        at = float(model_curve.thresholds[alone.at])
        nobody = Inspectors(
            None, 0.0, model_curve.model, at, at, Gain(0.0), alone.missed, alone.alarms,
            over_today=_over_today(analysis, o, judged, judged.alone, judged.alone),
        )  # fmt: skip
        rows = {(model_curve.model, at, at): nobody}
        levels, asked = set(_levels(scenario, most)), inspection.units_a_day
        if asked is not None and asked < most / DAYS:
            levels.add(asked)
            asked = None
        # More than pay is no limit, but that of the scenario, whose gain is said above.
        for a_day in (*sorted(levels), asked):
            row = cache.STORE.get(
                analysis.keyed("row of inspectors", uncapped, seed, o, hidden, a_day),
                partial(of_bands, a_day),
            )
            if row.a_day > 0:  # where one person does more than pays, that is the last row
                rows[row.model, row.ship_below, row.reject_from] = row
        return tuple(rows.values())

    return cache.STORE.get(analysis.keyed("inspectors", scenario, seed, o, hidden), found)


def _within(judged: Evaluation, a_day: float | None) -> Evaluation:
    """The best bands where so many units may be inspected a day; None: as many as pay."""
    scenario = judged.scenario
    assert scenario.inspection is not None
    return evaluate(
        judged.tally,
        replace(scenario, inspection=replace(scenario.inspection, units_a_day=a_day)),
        curves=judged.alone.curves,
        today_tally=judged.today_tally,
        figures=judged.figures,
    )


def last_gain(analysis: Analysis, rows: Sequence[Inspectors]) -> Gain | None:
    """What the last row's inspectors add to those of the row before; None where nobody is before."""
    if len(rows) < 2 or not rows[-2].a_day > 0:
        return None
    o, hidden, limit = judged_by(analysis.scenario), analysis.picks_key.hidden, rows[-2].limit
    seed = None if analysis.uncertainty is None else analysis.seed

    def found() -> Gain:
        judged = as_judged(analysis.evaluation, o)
        more, fewer = (DecisionRule(_within(judged, a_day), hidden) for a_day in (None, limit))
        return _gain_over(analysis, o, judged, more, fewer)

    return cache.STORE.get(
        analysis.keyed("last inspectors", analysis.scenario, seed, o, hidden, limit), found
    )


def last_words(analysis: Analysis, rows: Sequence[Inspectors]) -> str:
    """What the last people add, and whether that may be chance."""
    gain = last_gain(analysis, rows)
    more, fewer = rows[-1].people if rows else None, rows[-2].people if len(rows) > 1 else None
    if gain is None or more is None or fewer is None or more <= fewer:
        return ""
    instead = f"Having {counted(more, 'inspector')} instead of {number(fewer)}"
    return f"{instead} {_adds(analysis, gain.value)}{_sure(analysis, gain)}."


def _over_today(
    analysis: Analysis, o: Objective, judged: Evaluation, bands: Evaluation, of_today: Evaluation
) -> Gain | None:
    """What the best of some bands adds to the best of today's model; None where today's is no model."""
    others = _others(analysis)
    if others is None:
        return None
    return _gain_over(
        analysis,
        o,
        judged,
        DecisionRule(bands, analysis.picks_key.hidden),
        DecisionRule(of_today, others),
    )


def _others(analysis: Analysis) -> tuple[str, ...] | None:
    """All models but today's; None where today's is none of them."""
    models, today = analysis.evaluation.tally.models, analysis.current.model
    return None if today is None else tuple(model for model in models if model != today)


@dataclass(frozen=True)
class Plain:
    """What inspectors bring without a new model, and what the best band adds to that.

    Attributes
    ----------
    people : int or None
        Number of inspectors; `None` if the time of an inspection is unknown.
    inspected, missed, alarms : float
        Units of the scenario.
    gain : Gain
        Over the best single threshold.
    best_over : Gain
        What the best band has over this.
    """

    people: int | None
    inspected: float
    missed: float
    alarms: float
    gain: Gain
    best_over: Gain


def plain_ways(analysis: Analysis) -> tuple[Plain | None, Plain | None]:
    """Everything inspected without a model, and today's model with its best band.

    None where there are too few inspectors for everything, and where today's is no model.
    """
    scenario, hidden, o = analysis.scenario, analysis.picks_key.hidden, judged_by(analysis.scenario)
    inspection = scenario.inspection
    if inspection is None:
        return None, None
    others = _others(analysis)

    def found() -> tuple[Plain | None, Plain | None]:
        judged = as_judged(analysis.evaluation, o)
        single, best = DecisionRule(judged.alone, hidden), DecisionRule(judged, hidden)

        def of(way: DecisionRule, inspected: float, missed: float, alarms: float) -> Plain:
            gain = _gain_over(analysis, o, judged, way, single)
            over = _gain_over(analysis, o, judged, best, way)
            return Plain(scenario.inspectors(inspected), inspected, missed, alarms, gain, over)

        everything = today = None
        if inspection.most(scenario.units_per_year) == 1:
            counts = counts_of_band(EVERYTHING, judged.curves, judged.scenario).scaled(
                *judged.factors
            )
            sizes = (
                float(np.asarray(one).item()) for one in (counts.inspected, counts.fn, counts.fp)
            )
            everything = of(DecisionRule(judged, fixed=EVERYTHING), *sizes)
        if others is not None:
            own = least_point(judged, o, others)
            today = of(DecisionRule(judged, others), own.inspected, own.missed, own.alarms)
        return everything, today

    return cache.STORE.get(_last_key(analysis), found)


def _last_key(analysis: Analysis) -> cache.Key:
    """Of what is found last for the panel, once for all that it follows from."""
    seed = None if analysis.uncertainty is None else analysis.seed
    hidden, o = analysis.picks_key.hidden, judged_by(analysis.scenario)
    return analysis.keyed("plain ways", analysis.scenario, seed, o, hidden)


def is_judged(analysis: Analysis) -> bool:
    """Whether all that the panel says is known, of new data as well where that is shown."""
    return cache.STORE.has(_last_key(analysis))


def plain_lines(page: PageState) -> tuple[str, ...]:
    """What inspectors bring without a new model, and what that one adds, a sentence each."""
    everything, today = plain_ways(page.analysis)
    sentences = []
    if everything is not None:
        sentences.append(
            _plain_words(page.analysis, "Everything inspected, without a model,", everything)
        )
    if today is not None and today.best_over.value > 0:
        model = page.label(str(page.today.model))
        sentences.append(
            _plain_words(page.analysis, f"Today’s {model} with its own best band", today)
        )
    elif today is not None:
        sentences.append("The best band is of today’s own model.")
    return tuple(sentences)


def _plain_words(analysis: Analysis, what: str, way: Plain) -> str:
    people, more = "", way.best_over
    if way.people is not None:
        people = f" with {counted(way.people, 'inspector')}"
    best = f"{_adds(analysis, more.value)} more" if more.value >= 0 else _adds(analysis, more.value)
    alone = "against the best single threshold"
    adds, sure = _adds(analysis, way.gain.value), _sure(analysis, more)
    return f"{what} {adds}{people}, {alone}; the best band {best}{sure}."


def choices_with(page: PageState, row: Inspectors) -> Choices:
    """The choices with a row's band, within what its inspectors can do a day."""
    limited = page.choices.with_inspection("units_a_day", row.limit, page.dataset.scenario)
    return replace(limited, point=Point(row.model, row.reject_from))


NEARLY = 0.95
"""Share of the most that is gained from which on fewer people are named besides."""


def how_many(rows: Sequence[Inspectors]) -> str:
    """With how many people most is gained, and with how many nearly that."""
    most = max(rows, key=lambda row: row.gain.value, default=None)
    if most is None or most.people is None or not most.gain.value > 0:
        return ""
    words = f"Most is gained with {counted(most.people, 'inspector')}"
    fewer = next(row for row in rows if row.gain.value >= NEARLY * most.gain.value)
    if fewer.people is not None and fewer.people < most.people:
        share = int(100 * fewer.gain.value / most.gain.value)
        words += f"; {number(fewer.people)} would gain {share}{SPACE}% of it"
    return f"{words}."


def _levels(scenario: Scenario, most: float) -> list[float]:
    """Inspections a day of each row below as many as pay: by people where the time of one is known."""
    people, full = scenario.inspection, scenario.inspectors(most)
    if people is None or full is None:
        a_year = [share * most for share in SHARES]
    else:
        some = {1, *(math.ceil(share * full) for share in SHARES)} - {full}
        a_year = [n / people.people(1.0) for n in some]
    a_day = [one / DAYS for one in a_year]
    return [math.floor(one) if one >= 1 else one for one in a_day if one > 0]


def _inspectors(analysis: Analysis, o: Objective, evaluation: Evaluation) -> Inspectors:
    best = least_point(evaluation, o, analysis.picks_key.hidden)
    model_curve = evaluation.curves[best.model]
    assert model_curve.lower is not None
    return Inspectors(
        people=analysis.scenario.inspectors(best.inspected),
        a_day=best.inspected / DAYS,
        model=model_curve.model,
        ship_below=float(model_curve.thresholds[model_curve.lower[best.at]]),
        reject_from=float(model_curve.thresholds[best.at]),
        gain=_gain(analysis, o, evaluation),
        missed=best.missed,
        alarms=best.alarms,
    )


def shown_gain(selection: Selection) -> float:
    """What the point under discussion has over the best single threshold, on these rows."""
    analysis = selection.analysis
    o, hidden = judged_by(analysis.scenario), analysis.picks_key.hidden
    single = cache.STORE.get(  # once a scenario, not at each release
        analysis.keyed("best single threshold", analysis.scenario, o, hidden),
        lambda: least_loss(analysis.evaluation.alone, o, hidden)[0],
    )
    own = selection.point.figures.get(o.id, math.nan)
    return single - float(o.direction.loss(np.array([own]))[0])


def gain_words(selection: Selection) -> tuple[str, str]:
    """Whose gain, and what it is: ``("Inspection", "adds EUR 88 k a year, clear")``.

    Of the point under discussion; where that is not the best band, with the best beside it.
    """
    analysis = selection.analysis
    gain, shown = gain_of(analysis), shown_gain(selection)
    if shown < gain.value and _adds(analysis, shown) != _adds(analysis, gain.value):
        return (
            "This band",
            f"{_adds(analysis, shown)}, the best {_adds(analysis, gain.value, bare=True)}",
        )
    sure = "" if gain.chance is Chance.UNKNOWN else f", {gain.chance.value}"
    return "Inspection", f"{_adds(analysis, gain.value)}{sure}"


def _adds(analysis: Analysis, value: float, *, bare: bool = False) -> str:
    """``adds EUR 88 k a year``, or ``saves 1,200 false alarms a year``; bare: of another that does, too."""
    o, scenario = replace(judged_by(analysis.scenario), signed=False), analysis.scenario
    size = figure(o, abs(value), scenario)
    if bare and value >= 0:
        return size
    verbs = ("adds", "loses") if o.unit is Unit.MONEY else ("saves", "costs")
    return f"{verbs[value < 0]} {size} {unit_words(o, scenario)}".rstrip()


@dataclass(frozen=True)
class Worth:
    """What inspecting is worth, whatever point is under discussion.

    Attributes
    ----------
    objective : Objective
        In whose unit.
    price, break_even : float
        Of an inspection now, and up to which it pays.
    between : (float, float) or None
        The latter with inspectors who find least and most of what their ranges allow; None without ranges.
    gain : Gain
        Over the best single threshold.
    """

    objective: Objective
    price: float
    break_even: float
    between: tuple[float, float] | None
    gain: Gain


def worth_of(analysis: Analysis) -> Worth | None:
    """What inspecting is worth; None where nobody inspects."""
    scenario = analysis.scenario
    if scenario.inspection is None:
        return None
    o = judged_by(scenario)
    in_money = o.unit is Unit.MONEY
    price = scenario.inspection_price if in_money else scenario.inspection_alarms
    hidden = analysis.picks_key.hidden
    people = replace(scenario.inspection, price=0.0, false_alarms=None)

    def breaks_even(inspection: Inspection) -> float:
        # The price itself moves no break-even; the capacity does.
        unpriced = replace(scenario, inspection=inspection)
        return cache.STORE.get(
            analysis.keyed("break even", unpriced, o, hidden),
            lambda: break_even_price(
                replace(analysis.evaluation, scenario=unpriced), o, hidden=hidden
            ),
        )

    known = replace(people, catches_range=None, rejects_range=None, hours_a_week=None)
    between = None if people.ends is None else tuple(map(breaks_even, people.ends))
    return Worth(o, price, breaks_even(known), between, gain_of(analysis))  # type: ignore[arg-type]


def hourly_price(scenario: Scenario) -> float:
    """What an inspector's hour costs, in the currency; NaN where price or minutes are not known."""
    people = scenario.inspection
    if people is None or people.hours is None or not people.is_priced:
        return math.nan
    if people.price is None and scenario.payoff is None:
        return math.nan
    return scenario.inspection_price / people.hours


def price_words(o: Objective, price: float, scenario: Scenario) -> str:
    """A price of an inspection: ``EUR 0.71``, or ``0.4 false alarms``."""
    digits = price_size(price)
    if o.unit is Unit.MONEY:
        return f"{before_amount(scenario.currency)}{digits}"
    return f"{digits} false alarms"


@dataclass(frozen=True)
class BandPrice:
    """Price of an inspection at which the band shown is worth no more than the best single threshold.

    Attributes
    ----------
    value : float
    between : (float, float) or None
        With inspectors who find least and most of what their ranges allow; None without ranges.
    """

    value: float
    between: tuple[float, float] | None


def band_price(selection: Selection) -> BandPrice | None:
    """Up to what price the band under discussion pays; None where it inspects nothing."""
    analysis = selection.analysis
    scenario, point, o = (
        analysis.scenario,
        selection.point,
        judged_by(analysis.scenario),
    )
    inspection, below = scenario.inspection, analysis.inspected_from(*point.place)
    if inspection is None or point.model is None or below is None:
        return None
    band = ThresholdPair(analysis.evaluation.tally.index(point.model), below, point.threshold)
    single = least_loss(analysis.evaluation.alone, o, analysis.picks_key.hidden)[0]
    free = {"price": 0.0, "false_alarms": None} if o.unit is Unit.MONEY else {
        "price": None, "false_alarms": 0.0}  # fmt: skip

    def of(people: Inspection) -> float:
        unpriced = replace(scenario, inspection=replace(people, **free))  # type: ignore[arg-type]
        evaluation = replace(analysis.evaluation, scenario=unpriced)
        figure = best_figure(DecisionRule(evaluation, fixed=band), evaluation, o)
        inspected = (
            counts_of_band(band, evaluation.curves, evaluation.scenario)
            .scaled(*evaluation.factors)
            .inspected
        )
        return (single - float(o.direction.loss(np.array([figure]))[0])) / float(
            np.asarray(inspected).item()
        )

    between = None if inspection.ends is None else tuple(map(of, inspection.ends))
    return BandPrice(of(inspection), between)  # type: ignore[arg-type]


def finding(worth: Worth, band: BandPrice | None, scenario: Scenario) -> str:
    """Up to what price the band shown pays, and where it shows none any inspecting."""
    if not worth.break_even > 0:
        return "Inspecting gains nothing, whatever it costs."
    now = price_words(worth.objective, worth.price, scenario)
    if band is None:
        return (
            f"Inspecting pays while it costs less than {_most_words(worth, scenario)}; now {now}."
        )
    if not band.value > 0:
        return "The band shown gains nothing, whatever an inspection costs."
    most = _up_to(worth.objective, band.value, band.between, scenario)
    return f"The band shown pays while an inspection costs less than {most}; now {now}."


def doubtful_words(worth: Worth, band: BandPrice | None, scenario: Scenario) -> str:
    """Up to what price any inspecting pays, where the band shown is said to pay less."""
    if band is None or not worth.break_even > 0:
        return ""
    return f"Inspecting only the most doubtful units pays up to {_most_words(worth, scenario)}."


def _most_words(worth: Worth, scenario: Scenario) -> str:
    return _up_to(worth.objective, worth.break_even, worth.between, scenario)


def _up_to(
    o: Objective, price: float, between: tuple[float, float] | None, scenario: Scenario
) -> str:
    """A price of an inspection, and within what it lies by how well people inspect."""
    if between is None:
        return price_words(o, price, scenario)
    low, high = (price_words(o, one, scenario) for one in between)
    return f"{price_words(o, price, scenario)} ({low} to {high}, by how well people inspect)"


def lines(selection: Selection, worth: Worth) -> tuple[str, ...]:
    """What it gains, how sure that is, and how many people it takes, a sentence each."""
    analysis = selection.analysis
    gain, sentences = worth.gain, []
    # Of nothing no gain is said: the finding says so, or up to what price it would pay.
    if not math.isnan(gain.value) and _adds(analysis, abs(gain.value)) != _adds(analysis, 0):
        adds = f"After paying for it, the best band {_adds(analysis, gain.value)}"
        adds = f"{adds} over the best single threshold"
        sentences.append(f"{adds}{_sure(analysis, gain)}.{_rates_words(analysis, gain)}")
    people = _people_words(selection)
    return (*([people] if people else []), *sentences)


def _sure(analysis: Analysis, gain: Gain) -> str:
    """The range of a gain on new data, and whether it may be chance: `` (1 to 2 on new data, clear)``."""
    o = replace(judged_by(analysis.scenario), signed=False)
    if gain.chance is Chance.UNKNOWN:
        return " in this file"
    between = ends(o, gain.value, gain.low, gain.high, analysis.scenario)
    where = f"{between} on new data, " if between else ""
    return f" ({where}{gain.chance.value})"


def _rates_words(analysis: Analysis, gain: Gain) -> str:
    """What of inspectors the ranges on new data hold; nothing where their rates are certain."""
    people = analysis.scenario.inspection
    if people is None or people.ends is None or gain.chance is Chance.UNKNOWN:
        return ""
    sentences = []
    for ends_of, what in (
        (people.catches_range, "catch {} % of the defects"),
        (people.rejects_range, "reject {} % of the good units"),
    ):
        if ends_of is not None:
            low, high = (price_size(100 * end) for end in ends_of)
            sentences.append(what.format(f"{low} to {high}"))
    return f" Ranges allow for inspectors who {' and '.join(sentences)}."


def _people_words(selection: Selection) -> str:
    """How many people inspect; empty if the units a year are unknown, or nothing is inspected."""
    scenario, inspected = selection.analysis.scenario, selection.point.figures["units_inspected"]
    inspection, people = scenario.inspection, scenario.inspectors(inspected)
    if scenario.units_per_year is None or inspection is None or not inspected > 0:
        return ""
    words = f"As chosen, {count(inspected)} units are inspected a year."
    if people is None:
        return f"{words} How many people that takes is known once the minutes of an inspection are."
    return (
        f"{words} That takes {counted(people, 'inspector')} at a time, "
        f"{at_work_words(inspection.hours_a_week, inspection.utilisation)}."
    )


def hourly_words(scenario: Scenario) -> str:
    """What an inspector's hour costs: ``EUR 36``."""
    return f"{before_amount(scenario.currency)}{price_size(hourly_price(scenario))}"

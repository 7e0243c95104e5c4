"""`Choices`: all choices of a reader as one frozen value, and how each of them is changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from dashboard.session.inspection_numbers import (
    RATES,
    inspection_of,
    is_inspection,
    numbers_of,
    with_number,
)
from metrics import OBJECTIVES, OperatingPoint, Payoff, Scenario, Today, Unit
from metrics.evaluation.objective_in_scenario import objective_in_scenario
from metrics.io.read_options import LabelsFrom, RowsHeldOut
from metrics.scenario.capacity import UTILISATION
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Currency
from metrics.scenario.serving import MOST_REQUESTS, MOST_SECONDS, Serving, Worker
from metrics.strict_mapping import (
    STRICT,
    AnyFloat,
    Must,
    Number,
    Switch,
    Text,
    Whole,
    below,
    not_above,
    not_below,
)

StakeholderName = Literal["data", "product", "executive"]
STAKEHOLDERS = ("data", "product", "executive")
X_AXES = {"threshold": "Threshold", "flagged": "Share flagged", "recall": "Recall"}
SERVING = ("requests_per_hour", "utilisation", "price_per_worker_hour")
"""Fields of a scenario's load that a reader can choose."""
JUDGED = ("cost", *STAKEHOLDERS)
"""Stakeholder whose objective judges the differences between models. ``cost`` is the cost of errors."""
COMPARISONS = ("today", *STAKEHOLDERS, "pin")
MOST_WEIGHT = 100.0
"""Largest weight of a stakeholder."""
LEAST = 1e-9
"""Smallest cost of a miss, yearly volume and defect rate."""
MOST = 1e15
"""Largest payoff, cost of a miss and yearly volume, so that computed figures stay finite and exact."""
LONGEST_NAME, LONGEST_NOTE, LONGEST_IDENTIFIER = 200, 2_500, 1_000
"""Largest number of characters of a given name, of a note, and of an original name or a fingerprint."""
LONGEST_UNIT_NOTE, MOST_UNIT_NOTES = 200, 50
"""Largest number of characters of a note on a unit, and largest number of such notes."""


@dataclass(frozen=True)
class Point:
    """A named operating point: a model at a threshold.

    Attributes
    ----------
    below : float or None
        With inspectors, the threshold below which a unit is shipped. `None` stands for the lower threshold
        that costs least with ``threshold``.
    """

    __pydantic_config__ = STRICT

    model: Text
    threshold: AnyFloat
    below: AnyFloat | None = None

    def text(self) -> str:
        """``threshold@model``, or ``below..threshold@model`` if the point has two thresholds.

        The threshold comes first, because a model's name may contain any character.
        """
        below = "" if self.below is None else f"{self.below!r}.."
        return f"{below}{self.threshold!r}@{self.model}"

    @classmethod
    def at(cls, point: OperatingPoint, *, lower: bool = True) -> Point:
        """Name of an operating point. Without ``lower``, the name has no lower threshold."""
        return cls(str(point.model), point.threshold, point.lower if lower else None)

    @classmethod
    def of(cls, text: str) -> Point:
        """Parse the result of `text`.

        Raises
        ------
        ValueError
            If the text has another form.
        """
        threshold, _, model = text.partition("@")
        if not model or len(model) > LONGEST_IDENTIFIER:
            raise ValueError("a point reads threshold@model")
        lower, has_two, upper = threshold.rpartition("..")
        value, below = float(upper), float(lower) if has_two else None
        if math.isnan(value) or (below is not None and not below <= value):
            raise ValueError("a threshold is a number, and the lower of two comes first")
        return cls(model, value, below)


def _at_most(characters: int) -> Must:
    return Must(f"have at most {characters:,} characters", lambda text: len(text) <= characters)


def _is_zero_or_counts(value: float) -> bool:
    return value == 0 or value >= LEAST


def _is_load(values: tuple[float | None, ...]) -> bool:
    """True if there is a number for each field of `SERVING`, with requests and utilisation in bounds."""
    if len(values) != len(SERVING):
        return False
    requests, utilisation, _ = values
    return (requests or 0) < MOST_REQUESTS and (utilisation or 0) <= 1


_ObjectiveId = Annotated[Text, Must("be an objective", lambda name: name in OBJECTIVES)]
_Bound = tuple[_ObjectiveId, Number]
_Bounds = Annotated[tuple[_Bound | None, ...], Must("be three", lambda bounds: len(bounds) == 3)]
_Axes = Annotated[
    tuple[StakeholderName, StakeholderName], Must("differ", lambda axes: axes[0] != axes[1])
]
_XAxis = Annotated[Text, Must("be an axis", X_AXES.__contains__)]
_Comparison = Annotated[Text, Must("be what a point can stand beside", COMPARISONS.__contains__)]
_Judged = Annotated[Text, Must("be what gaps are judged by", JUDGED.__contains__)]
_Identifier = Annotated[Text, _at_most(LONGEST_IDENTIFIER)]
_Name = Annotated[Text, _at_most(LONGEST_NAME)]
_Note = Annotated[Text, _at_most(LONGEST_NOTE)]
_Kind = Annotated[str, _at_most(LONGEST_IDENTIFIER)]
_NotNegative = Annotated[Number, not_below(0), not_above(MOST)]
_UnitNotes = Annotated[
    tuple[tuple[_Kind, Annotated[Text, _at_most(LONGEST_UNIT_NOTE)]], ...],
    Must(f"be at most {MOST_UNIT_NOTES}", lambda notes: len(notes) <= MOST_UNIT_NOTES),
]
_Payoff = Annotated[Number, not_below(-MOST), not_above(MOST)]
_Amount = Annotated[Number, Must(f"be 0 or from {LEAST:g}", _is_zero_or_counts)]
_Share = Annotated[_Amount, not_above(1 - LEAST)]
_Incumbent = Annotated[
    Point,
    Must("be finite", lambda point: math.isfinite(point.threshold)),
    Must("have one threshold", lambda point: point.below is None),
]
_Load = Annotated[tuple[_Amount | None, ...], Must("be a load", _is_load)]
_Inspection = Annotated[tuple[_NotNegative | None, ...], Must("be an inspection", is_inspection)]
_Seconds = Annotated[Number, not_below(0), below(MOST_SECONDS)]
_Weight = Annotated[Number, not_below(0), not_above(MOST_WEIGHT)]
_Weights = Annotated[tuple[_Weight, _Weight, _Weight], Must("not all be 0", any)]


@dataclass(frozen=True)
class Choices:
    """Choices of a reader. `None` is the default of the data and its scenario.

    Attributes
    ----------
    data : str or None
        Fingerprint of the opened data.
    objectives : tuple of three objective ids
        Objectives of the data scientist, the product manager and the executive.
    bounds : tuple of three (objective id, value) or None
        Condition within which each stakeholder picks.
    point : Point or None
        The selected operating point.
    axes : two different stakeholders
        Their objectives are the axes of the front: horizontal, vertical.
    x : {"threshold", "flagged", "recall"}
        Horizontal axis of the trade-off chart.
    compare : {"today", "data", "product", "executive", "pin"}
        The selected point is compared with the current system, a stakeholder's pick, or ``pin``.
    miss_cost, defect_rate, units_per_year, currency, payoff, miss_weight, today, miss_cost_by_type
        Overrides of the scenario. A ``defect_rate`` of 0 stands for the rate in the file, ``units_per_year``
        of 0 for counts as in the file. ``today`` is a point, or "none" if everything is shipped.
        ``miss_cost_by_type`` has all kinds with a price.
    hidden : tuple of str
        Models that the page leaves out.
    gaps : {"data", "product", "executive", "cost"}
        Stakeholder whose objective judges the differences between models.
    intervals : bool
        True if the page shows intervals.
    seed : int
        Seed of the resampling.
    names, notes : tuple of (model, text)
        Given names of models, and notes on models.
    serving : tuple of three numbers or None
        Overrides of the scenario's load, in the order of `SERVING`. `None` keeps a field as it was opened,
        0 removes it. The price holds for the workers of all models.
    times : tuple of (model, seconds a unit) or None
        Scoring times that a reader typed; 0 if unknown.
    inspection : tuple of seven or twelve numbers or None
        Overrides of the scenario's inspection (`inspection_numbers`); none without a price.
    limits : tuple of (objective id, value) or None
        Limits that an acceptable point meets. `None` stands for those of the scenario.
    weights : tuple of three numbers
        Weights of the stakeholders in a compromise.
    unit_notes : tuple of (id, text)
        Notes on individual units.
    also : str or None
        Fingerprint of other data on which the picks are judged too; "none" for no other data.
    rows : {"held-out", "out-of-fold", "training"} or None
        Relation of the rows to the training data, if this was not specified when the data was opened.
    labels : {"flagged", "audit"} or None
        Units whose label was checked: those that the current system flags, or these and a random sample of
        the others. `None` for all units.
    """

    __pydantic_config__ = STRICT

    data: _Identifier | None = None
    objectives: tuple[_ObjectiveId, _ObjectiveId, _ObjectiveId] = (
        "log_loss",
        "missed_defects",
        "revenue_impact",
    )
    bounds: _Bounds = (None, None, None)
    point: Point | None = None
    axes: _Axes = ("product", "executive")
    x: _XAxis = "threshold"
    compare: _Comparison = "today"
    pin: Point | None = None
    miss_cost: Annotated[Number, not_below(LEAST), not_above(MOST)] | None = None
    defect_rate: _Share | None = None
    units_per_year: Annotated[_Amount, not_above(MOST)] | None = None
    currency: Currency | None = None
    payoff: tuple[_Payoff, _Payoff, _Payoff, _Payoff] | None = None
    miss_weight: Annotated[Number, not_below(LEAST), not_above(MOST)] | None = None
    today: _Incumbent | Literal["none"] | None = None
    hidden: tuple[_Identifier, ...] = ()
    gaps: _Judged = "cost"
    intervals: Switch = True
    seed: Annotated[Whole, not_below(0), below(2**32)] = 0
    names: tuple[tuple[_Identifier, _Name], ...] = ()
    notes: tuple[tuple[_Identifier, _Note], ...] = ()
    also: _Identifier | None = None
    serving: _Load | None = None
    times: tuple[tuple[_Identifier, _Seconds], ...] | None = None
    inspection: _Inspection | None = None
    limits: tuple[_Bound, ...] | None = None
    weights: _Weights = (1.0, 1.0, 1.0)
    miss_cost_by_type: tuple[tuple[_Kind, _NotNegative], ...] | None = None
    unit_notes: _UnitNotes = ()
    rows: Literal["held-out", "out-of-fold", "training"] | None = None
    labels: Literal["flagged", "audit"] | None = None

    def held_out(self, opened: RowsHeldOut) -> RowsHeldOut:
        """Relation of the rows to the training data: as opened, or as chosen if that is unknown."""
        return self.rows or opened if opened == "unknown" else opened

    def labels_from(self, opened: LabelsFrom) -> LabelsFrom:
        """Units whose label was checked: as opened, or as chosen if all have a label."""
        return self.labels or opened if opened == "all" else opened

    def scenario(self, base: Scenario) -> Scenario:
        """Return ``base`` with the choices applied."""
        typed = {
            name: getattr(self, name) for name in ("currency", "defect_rate", "units_per_year")
        }
        changes: dict[str, Any] = {
            name: value or None for name, value in typed.items() if value is not None
        }
        if self.miss_cost_by_type is not None:
            changes["miss_cost_by_type"] = dict(self.miss_cost_by_type) or None
        if self.payoff is not None:
            changes["payoff"] = Payoff(*self.payoff)
        if self.today == "none":
            changes["today"] = None
        elif isinstance(self.today, Point):
            changes["today"] = Today(self.today.model, self.today.threshold)
        if self.serving is not None or self.times is not None:
            changes["serving"] = self._served(base.serving or Serving())
        if self.inspection is not None:
            people = inspection_of(self.inspection)
            changes["inspection"] = people if people.is_priced else None
        return self._priced(replace(base, **changes), base.miss_weight)

    def _priced(self, scenario: Scenario, weight: float) -> Scenario:
        """Return ``scenario`` at the chosen price of a miss, or at the one that its payoffs imply."""
        if (self.miss_cost, self.payoff, self.miss_weight) == (None, None, None):
            return scenario
        alarms = self.miss_cost
        if alarms is not None and self.payoff is not None:
            weight = 1.0  # the weight of the base was for the price and payoffs of the base
        if alarms is None:
            implied = scenario.implied_miss_cost
            alarms = scenario.miss_cost if math.isnan(implied) else implied
        return scenario.with_miss_cost(
            alarms, weight if self.miss_weight is None else self.miss_weight
        )

    def _served(self, base: Serving) -> Serving:
        typed = dict(zip(SERVING, self.serving or (), strict=False))
        changes: dict[str, Any] = {k: v or None for k, v in typed.items() if v is not None}
        if changes.get("utilisation", base.utilisation) is None:
            changes["utilisation"] = UTILISATION
        models = dict(base.models)
        for model, seconds in self.times or ():
            models[model] = replace(models.get(model, Worker()), seconds_per_unit=seconds or None)
        if changes.get("price_per_worker_hour") is not None:
            models = {m: replace(w, price_per_worker_hour=None) for m, w in models.items()}
        return replace(base, **changes, models=models)

    def limits_in(self, base: Scenario) -> tuple[tuple[str, float], ...]:
        """Chosen limits, or those of ``base`` if none were chosen."""
        return tuple(base.limits.items()) if self.limits is None else self.limits

    def with_stakeholder(self, stakeholder: str, objective: str) -> Choices:
        """Set the objective of a stakeholder, and remove the condition that belonged to the old one."""
        objectives = _replaced(self.objectives, STAKEHOLDERS.index(stakeholder), objective)
        return replace(self.with_bound(stakeholder, None), objectives=objectives)

    def with_miss_cost(self, alarms: float) -> Choices:
        """Set the price of a miss; chosen payoffs change so that they imply it."""
        if self.payoff is not None:
            scenario = Scenario(payoff=Payoff(*self.payoff)).with_miss_cost(alarms)
            if not math.isnan(scenario.implied_miss_cost):
                p = scenario.payoffs
                payoff = p.ship_good, p.reject_good, p.ship_defect, p.reject_defect
                return replace(self, payoff=payoff, miss_cost=None)  # type: ignore[arg-type]
        return replace(self, miss_cost=alarms)

    def with_payoff(
        self, payoff: tuple[float, float, float, float], base: Scenario
    ) -> tuple[Choices, tuple[str, ...]]:
        """Set the payoffs, which then imply the price of a miss. Limits in false alarms become money.

        Parameters
        ----------
        payoff : tuple of four numbers
            In the order of `Payoff`.
        base : Scenario
            Scenario of the data.

        Returns
        -------
        (Choices, tuple of objective ids)
            The objectives are those whose limit was removed, because a false alarm costs no money.
        """
        priced = replace(self, payoff=payoff, miss_cost=None)
        before, after = self.scenario(base), priced.scenario(base)
        worth, given = after.false_alarm_costs, dict(self.limits_in(base))
        becomes_money = {
            name
            for name in (*given, *(bound[0] for bound in self.bounds if bound))
            if objective_in_scenario(OBJECTIVES[name], before).unit is Unit.FALSE_ALARMS
            and objective_in_scenario(OBJECTIVES[name], after).unit is Unit.MONEY
        }
        if not becomes_money:
            return priced, ()

        def converted(bound: _Bound | None) -> _Bound | None:
            if bound is None or bound[0] not in becomes_money:
                return bound
            return (bound[0], bound[1] * worth) if worth > 0 else None

        limits = tuple(bound for bound in map(converted, given.items()) if bound)
        bounds: Any = tuple(map(converted, self.bounds))
        removed = () if worth > 0 else tuple(becomes_money)
        return replace(priced, limits=limits, bounds=bounds), removed

    def with_bound(self, stakeholder: str, bound: tuple[str, float] | None) -> Choices:
        """Set the condition of a stakeholder; `None` restores its default."""
        return replace(self, bounds=_replaced(self.bounds, STAKEHOLDERS.index(stakeholder), bound))

    def with_serving(self, name: str, value: float | None) -> Choices:
        """Set a field of the load; `None` removes it."""
        now = self.serving or (None,) * len(SERVING)
        return replace(self, serving=_replaced(now, SERVING.index(name), value or 0.0))

    def with_inspection(self, name: str, value: float | None, base: Scenario) -> Choices:
        """Set a field of the inspection; `None` removes it. Without either price the inspection ends."""
        if value is None and name in RATES:
            return self
        numbers = self.inspection or numbers_of(base.inspection or Inspection())
        return replace(self, inspection=with_number(numbers, name, value))

    def with_time(self, model: str, seconds: float | None) -> Choices:
        """Set the scoring time of a model; `None` if unknown."""
        others = tuple(pair for pair in self.times or () if pair[0] != model)
        return replace(self, times=(*others, (model, seconds or 0.0)))

    def with_limit(
        self, objective: str, value: float | None, before: tuple[tuple[str, float], ...]
    ) -> Choices:
        """Set the limit on an objective; `None` removes it. ``before`` are the current limits."""
        limits = {name: limit for name, limit in before if name != objective or value is not None}
        limits |= {} if value is None else {objective: value}
        return replace(self, limits=tuple(limits.items()))

    def with_price_of(
        self, kind: str, price: float | None, opened: Mapping[str, float] | None
    ) -> Choices:
        """Set the price of a kind of defect; `None` removes it. ``opened`` are the prices of the data."""
        prices = dict((opened or {}) if self.miss_cost_by_type is None else self.miss_cost_by_type)
        prices.pop(kind, None)
        prices |= {} if price is None else {kind: price}
        return replace(self, miss_cost_by_type=tuple(prices.items()))

    def with_shown(self, model: str, shown: bool) -> Choices:
        """Show or hide a model."""
        others = tuple(name for name in self.hidden if name != model)
        return replace(self, hidden=others if shown else (*others, model))

    def with_name(self, model: str, name: str) -> Choices:
        """Set the name of a model; an empty name restores the original name."""
        return replace(self, names=_with_text(self.names, model, name))

    def with_note(self, model: str, note: str) -> Choices:
        """Set the note on a model; an empty note removes it."""
        return replace(self, notes=_with_text(self.notes, model, note))

    def with_unit_note(self, unit: str, note: str) -> Choices:
        """Set the note on a unit; an empty note removes it."""
        return replace(self, unit_notes=_with_text(self.unit_notes, unit, note.strip()))


def _replaced(values: tuple[Any, ...], k: int, value: Any) -> Any:
    return (*values[:k], value, *values[k + 1 :])


def _with_text(
    pairs: tuple[tuple[str, str], ...], model: str, text: str
) -> tuple[tuple[str, str], ...]:
    others = tuple(pair for pair in pairs if pair[0] != model)
    return (*others, (model, text)) if text else others

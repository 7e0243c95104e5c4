"""Golden values of the library: cost curve, other data, inspection, serving, break-even rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics import OBJECTIVES, OperatingPoint, evaluate, operating_points, pick
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.confusion import Confusion
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison.cost_curve_stability import cost_curve_stability
from metrics.inference.inspection_gain import inspection_gain
from metrics.inference.transfer import CarriedPoint, assess_transfers, comparable_scenario
from metrics.scenario.inspection import Inspection
from metrics.selection.cheapest_inspection_band import cheapest_band
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table
from metrics.selection.cost_curve import intervals_by_model
from metrics.selection.default_bound import default_bound
from metrics.selection.inspection_price import break_even_price
from tests.golden.library.case import COST, EVERY, MISSED, REPLICATES, SEED, Case, halves
from tests.golden.library.table import (
    Columns,
    Rows,
    field_values,
    gap_columns,
    place,
    row_by_row,
    table,
)

PEOPLE = (
    Inspection(false_alarms=0.2, catches=1.0, rejects=0.0),
    Inspection(false_alarms=0.5, catches=0.85, rejects=0.04),
)


@table("cost_curve")
def cheapest_points_by_price(case: Case) -> Rows:
    """Cheapest point along the price of a miss and along the defect rate."""
    for name, found in case.cost_curves.items():
        for segment in found.segments:
            yield {
                "along": name, "low": segment.low, "high": segment.high, **place(segment.point),
                "also": ",".join(segment.also),
            }  # fmt: skip


@table("cheapest_models")
def cheapest_models_by_price(case: Case) -> Rows:
    """Range in which a model is the cheapest, and the share of resamples in which it is."""
    for name, found in case.cost_curves.items():
        for one in intervals_by_model(found):
            yield {
                "along": name, "low": one.low, "high": one.high, "models": ",".join(one.models),
                "extreme": "" if one.extreme is None else one.extreme.name,
            }  # fmt: skip


@table("cost_curve_shares", is_slow=True)
def stability_of_cost_curve(case: Case) -> Rows:
    """Shares of the resamples in which each model is the cheapest, or tied, along both axes."""
    grids = {"miss_cost": [0.5, 3.0, 20.0], "defect_rate": [0.02, 0.1, 0.3]}
    for name, found in case.cost_curves.items():
        stable = cost_curve_stability(found, case.points, case.bootstrap, grids[name])
        yield from (
            {"along": name, "at": float(stable.along[k]), **place(stable.points[k]),
             "shares": float(np.asarray(stable.shares[k]).sum())}
            for k in range(len(stable.along))
        )  # fmt: skip


@table("transfer", is_slow=True)
def transfer_to_second_half(case: Case) -> Rows:
    """Points chosen on the first half of the file, evaluated on the second."""
    if case.scenario.miss_cost_by_type is not None:
        return
    first, second = halves(case.file)
    scenario = comparable_scenario(case.scenario, evaluate(first, case.scenario), second.models)
    if scenario is None:
        return
    here, there = (
        Bootstrap.draw(evaluate(tally, scenario), replicates=REPLICATES, seed=SEED)
        for tally in (first, second)
    )
    known = operating_points(here.evaluation, EVERY)
    carried = []
    for o in (COST, MISSED, OBJECTIVES["recall"]):
        bound = default_bound(o, here.evaluation)
        found = pick(known, o, here.evaluation, bound=bound)
        if found is not None:
            optimism = {COST.id: -2.5} if o is COST else {}
            carried.append(CarriedPoint(o, found.model, found.threshold, bound, optimism))
    bounds = [b for b in case.limits if not b.objective.id.startswith("worst_")]
    for one, judged in zip(
        carried, assess_transfers(carried, here, there, limits=bounds), strict=True
    ):
        yield {
            "objective": one.objective.id, "model": one.model, "threshold": one.threshold,
            "here": judged.here, "here_low": judged.here_range[0], "here_high": judged.here_range[1],
            "there": judged.there, "there_low": judged.there_range[0],
            "there_high": judged.there_range[1], "best_threshold": judged.best_threshold,
            "best": judged.best, **gap_columns(judged.regret, "regret_"),
            "worse": judged.worse, "kept": judged.meets_condition, "misplaced": judged.misplaced,
            "expected": judged.expected, "broken": ",".join(b.objective.id for b in judged.broken),
        }  # fmt: skip


@table("bands")
def cheapest_bands(case: Case) -> Rows:
    """Two thresholds of lowest cost of each model, for several inspectors."""
    entered = [] if case.scenario.inspection is None else [
        replace(case.scenario.inspection, price=None, false_alarms=case.scenario.inspection_alarms)
    ]  # fmt: skip
    for k, people in enumerate((*PEOPLE, *entered)):
        for at_most in (1.0, 0.1):
            for curve in case.evaluation.alone.curves:
                found = cheapest_band(
                    curve, people, miss_cost=case.evaluation.miss_cost, at_most=at_most,
                    factors=case.evaluation.factors,
                )  # fmt: skip
                yield {"people": k, "at_most": at_most, "model": curve.model, **field_values(found)}


@table("inspected")
def gain_of_inspection(case: Case) -> Rows:
    """Gain of inspection, its highest worthwhile price, and the number of inspectors."""
    if case.scenario.inspection is None:
        return
    judged_by = COST if case.scenario.payoff is None else OBJECTIVES["revenue_impact"]
    for o in (COST, judged_by) if case.is_first else (judged_by,):
        gain = inspection_gain(case.bootstrap.part(0, 60), o)
        yield {
            "objective": o.id, "break_even": break_even_price(case.evaluation, o),
            "gain": gain.value, "cross_fitted": gain.cross_fitted, "low": gain.low, "high": gain.high,
            "chosen": ",".join(
                f"{pair.model}:{pair.lower!r}..{pair.upper!r}" for two in gain.chosen for pair in two
            ),
        }  # fmt: skip


@table("people")
def required_inspectors(case: Case) -> Rows:
    """Inspectors needed for several numbers of units per year."""
    for units in (0.0, 1e3, 5e4, 3e5):
        found = case.scenario.inspectors(units)
        if found is not None:
            yield {"units": units, "people": found}


@table("serving")
def serving_by_model(case: Case) -> Columns:
    """Workers and cost of serving each model, and the cheapest model for the load."""
    if case.scenario.serving is None:
        return {}
    named = serving_table(case.points, case.scenario, case.limits)
    table = named.rename(columns={"meets_limits": "keeps"})  # name in the golden values
    columns = [name for name in table.columns if name not in ("missing", "net_missing")]
    found = {name: table[name].tolist() for name in columns}
    return {**found, "is_cheapest": [m == cheapest_to_serve(named) for m in found["model"]]}


@table("break_even_rates")
def break_even_defect_rates(case: Case) -> Columns:
    """Defect rate at which a named point earns a given percentage more than the current system."""

    def counts(point: OperatingPoint) -> Confusion:
        return Confusion(*(np.array(float(n)) for n in (point.tp, point.fp, point.fn, point.tn)))

    if case.scenario.payoff is None or case.scenario.inspection is not None:
        return {}
    return row_by_row([
        {"point": name, "percent": percent,
         "rate": break_even_defect_rate(counts(point), counts(case.today), case.scenario, percent)}
        for name, point in case.named.items()
        for percent in (0.0, 1.0, 10.0)
    ])  # fmt: skip

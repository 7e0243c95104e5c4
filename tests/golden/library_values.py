"""Golden values of the library, as tables of numbers for a file under a scenario.

Only public functions of ``metrics`` are called, each in one place. If a function is moved or renamed, only
its call here changes, and no golden value. `TABLES` lists every quantity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    Objective,
    OperatingPoint,
    Pick,
    Scenario,
    Scores,
    Tally,
    evaluate,
    guaranteed,
    is_on_front,
    open_scores,
    operating_points,
    pick,
    point_at,
    read_scenario,
    tally_scores,
    today_point,
)
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.calibration import logistic_calibration, reliability
from metrics.evaluation.confusion import Confusion, confusion_curve, with_worst_recalls
from metrics.evaluation.decision_curve import decision_curve
from metrics.evaluation.label_doubts import label_doubts
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.calibration_intervals import (
    calibration_in_the_large,
    logistic_calibration_interval,
    reliability_interval,
)
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.certificates.certification import Certification, certification
from metrics.inference.choice.optimism import interval_at_choice, mean_optimism
from metrics.inference.choice.replicate_choices import choose_in_replicates
from metrics.inference.comparison import (
    Gap,
    compare_cheapest,
    paired_difference,
    rank_ranges,
)
from metrics.inference.cost_curve_stability import cost_curve_stability
from metrics.inference.cross_fitting import cross_fitted
from metrics.inference.curve_bands import (
    attainment_band,
    net_benefit_band,
    precision_recall_band,
    roc_band,
)
from metrics.inference.front_stability import front_probabilities
from metrics.inference.inspection_gain import inspection_gain
from metrics.inference.intervals import count_intervals, intervals
from metrics.inference.intervals_along_curves import uncertainty
from metrics.inference.scarcity import about_groups, scarcities
from metrics.inference.transfer import CarriedPoint, assess_transfers, comparable_scenario
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import implied_odds
from metrics.selection.cheapest_inspection_band import cheapest_band
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.selection.compromise import compromises, regret_matrix
from metrics.selection.cost_curve import by_defect_rate, by_miss_cost, intervals_by_model
from metrics.selection.default_bound import default_bound
from metrics.selection.feasibility import feasibility
from metrics.selection.inspection_price import break_even_price
from metrics.selection.limits import limit_of, meets_all
from metrics.selection.picks import cheapest_of_each_model, implied_threshold
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.miss_prices import with_miss_prices
from metrics.tally.point_failures import count_failures
from metrics.tally.unit_lists import Point
from metrics.tally.worst_recall import worst_recalls
from tests.golden.cells import FILES

HERE = Path(__file__).parent
SEED, REPLICATES = 11, 200
MOST_POINTS, FEWER_POINTS = 200, 30
"""Operating points per model under the first scenario of a file, and under the others."""
EVERY = list(OBJECTIVES.values())
STAKEHOLDERS = ("log_loss", "missed_defects", "revenue_impact")
PICKED = (
    "log_loss", "roc_auc", "missed_defects", "missed_value", "false_alarms", "cost_of_errors", "recall",
    "precision", "f1", "mcc", "share_flagged", "revenue_impact", "revenue_impact_net", "worst_kind_recall",
)  # fmt: skip
"""Objectives whose pick is written."""
COMPARED = ("cost_of_errors", "missed_defects", "false_alarms", "recall", "revenue_impact")
"""Objectives in which the named points are compared."""
WITH_INTERVAL = [o for o in EVERY if o.has_interval and not o.is_slow]
PEOPLE = (
    Inspection(false_alarms=0.2, catches=1.0, rejects=0.0),
    Inspection(false_alarms=0.5, catches=0.85, rejects=0.04),
)
EQUAL = (1.0, 1.0, 1.0)
"""Weights of the stakeholders."""
COST, MISSED = OBJECTIVES["cost_of_errors"], OBJECTIVES["missed_defects"]

Columns = dict[str, list[Any]]
Rows = Iterator[dict[str, Any]]
Floats = NDArray[np.float64]


@cache
def opened(file: str) -> Scores:
    """Golden file, opened with its options."""
    path = HERE / "files" / f"{file}.parquet"
    return open_scores(str(path), label="label", id="id", **FILES[file].options)


@cache
def tallied(file: str) -> Tally:
    return tally_scores(opened(file))


@cache
def worst_of(file: str) -> tuple[Any, Any]:
    """Recall of the worst kind and of the worst segment by threshold."""
    return worst_recalls(opened(file), tallied(file))


def scenario_of(name: str) -> Scenario:
    return read_scenario(HERE / "scenarios" / f"{name}.toml")


@cache
def halves(file: str) -> tuple[Tally, Tally]:
    """First and second half of a file, as if they were two deliveries."""
    frame = pd.read_parquet(HERE / "files" / f"{file}.parquet")
    middle = len(frame) // 2
    first, second = (
        tally_scores(open_scores(part, label="label", id="id", **FILES[file].options))
        for part in (frame[:middle], frame[middle:])
    )
    return first, second


@dataclass(frozen=True)
class Case:
    """File under a scenario, and the values that all tables are made from."""

    file: str
    name: str

    @property
    def is_first(self) -> bool:
        """True if the scenario is the first one of the file."""
        return FILES[self.file].scenarios[0] == self.name

    @property
    def is_full(self) -> bool:
        """True if all quantities are computed, including slow ones."""
        return self.is_first and FILES[self.file].is_quick

    @cached_property
    def scenario(self) -> Scenario:
        return scenario_of(self.name)

    @property
    def scores(self) -> Scores:
        return opened(self.file)

    @cached_property
    def tally(self) -> Tally:
        counted, prices = tallied(self.file), self.scenario.miss_cost_by_type
        if prices is None:
            return counted
        return with_miss_prices(counted, self.scores, prices, self.scenario.miss_cost)

    @cached_property
    def evaluation(self) -> Evaluation:
        curves = tuple(confusion_curve(self.tally, m) for m in range(len(self.tally.models)))
        columns = self.scores.columns
        if columns.segments or columns.defect_type is not None:
            curves = with_worst_recalls(curves, *worst_of(self.file))
        return evaluate(self.tally, self.scenario, curves=curves)

    @cached_property
    def points(self) -> pd.DataFrame:
        return operating_points(self.evaluation, EVERY)

    @cached_property
    def bootstrap(self) -> Bootstrap:
        return Bootstrap.draw(self.evaluation, replicates=REPLICATES, seed=SEED)

    @cached_property
    def limits(self) -> tuple[Bound, ...]:
        return tuple(Bound(OBJECTIVES[name], v) for name, v in self.scenario.limits.items())

    @cached_property
    def certification(self) -> Certification:
        return certification(self.evaluation, [limit_of(bound) for bound in self.limits])

    @cached_property
    def today(self) -> OperatingPoint:
        return today_point(self.evaluation, EVERY)

    @cached_property
    def stakeholders(self) -> list[Objective]:
        """Objectives of three stakeholders; the cost of errors replaces an undefined one."""
        asked = [OBJECTIVES[name] for name in STAKEHOLDERS]
        return [COST if self.points[o.id].isna().all() else o for o in asked]

    @cached_property
    def picks(self) -> list[Pick | None]:
        """Picks of the stakeholders within the limits."""
        return [self.pick(o, self.limits) for o in self.stakeholders]

    @cached_property
    def made(self) -> list[Pick]:
        return [one for one in self.picks if one is not None]

    def pick(self, o: Objective, limits: Sequence[Bound] = ()) -> Pick | None:
        bound = default_bound(o, self.evaluation)
        return pick(self.points, o, self.evaluation, bound=bound, limits=limits)

    @cached_property
    def few(self) -> list[int]:
        """First and last model; under the first scenario also the second."""
        return sorted({0, int(self.is_first), len(self.tally.models) - 1})

    @cached_property
    def cheapest(self) -> Pick:
        found = pick(self.points, COST, self.evaluation)
        assert found is not None
        return found

    def positions(self, model: int, most: int) -> NDArray[np.intp]:
        """Evenly spaced positions on a model's curve, including both ends."""
        return spread(np.flatnonzero(self.evaluation.curves[model].distinct), most)

    @cached_property
    def named(self) -> dict[str, OperatingPoint]:
        """Named points: cheapest point, picks, compromise."""
        points = {"cheapest": OperatingPoint.from_points(self.points, self.cheapest.row)}
        for name, one in zip(("data", "product", "executive"), self.picks, strict=True):
            if one is not None:
                points[name] = OperatingPoint.from_points(self.points, one.row)
        fair = self.compromises[0].point
        return points if fair is None else {**points, "fair": fair}

    @cached_property
    def cost_curves(self) -> dict[str, Any]:
        """Cheapest point along two axes; empty with inspectors, whose bands depend on the price."""
        if self.scenario.inspection is not None:
            return {}
        return {
            "miss_cost": by_miss_cost(self.points, self.evaluation),
            "defect_rate": by_defect_rate(self.points, self.evaluation),
        }

    @cached_property
    def compromises(self) -> Any:
        return self.compromises_by(EQUAL)

    def compromises_by(self, weights: Sequence[float]) -> Any:
        kept = self.points[meets_all(self.points, self.limits)]
        return compromises(
            kept if self.made and len(kept) else self.points,
            self.stakeholders,
            [one.row for one in self.made],
            today=[self.today.figures[o.id] for o in self.stakeholders],
            weights=weights,
        )

    def row_of(self, point: OperatingPoint | Pick) -> int:
        """Position of a point among the operating points."""
        [at] = np.flatnonzero(self.points.index == point.row)
        return int(at)

    def values(self, o: Objective, point: OperatingPoint) -> Floats:
        """Figure of a point in every resample, shape (R,)."""
        if point is self.today:
            return self.bootstrap.of_today(o)[:, 0]
        return self.bootstrap.values_at(o, str(point.model), point.threshold)


def spread(positions: NDArray[Any], most: int) -> NDArray[Any]:
    """At most `most` evenly spaced values of an array, including both ends."""
    if positions.size <= most:
        return positions
    at = np.unique(np.linspace(0, positions.size - 1, most).round().astype(np.intp))
    return np.asarray(positions[at])


def row_by_row(rows: Sequence[dict[str, Any]]) -> Columns:
    """Columns of rows that all have the same keys."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def as_columns(quantity: Columns | Rows) -> Columns:
    """Columns of a quantity that may be given row by row."""
    return quantity if isinstance(quantity, dict) else row_by_row([*quantity])


def of_fields(value: Any) -> dict[str, Any]:
    """Numbers and names of a flat value by field."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def place(point: OperatingPoint | Pick | None) -> dict[str, Any]:
    if point is None:
        return {"model": "", "threshold": math.nan}
    return {"model": point.model or "", "threshold": float(point.threshold)}


# The scenario and the operating points.


def world(case: Case) -> Columns:
    """Values that follow from a scenario on a file."""
    scenario, evaluation = case.scenario, case.evaluation
    defects, goods = evaluation.factors
    pays = scenario.payoffs
    return row_by_row([{
        "factor_on_defects": float(defects), "factor_on_goods": float(goods),
        "miss_cost": evaluation.miss_cost, "units": evaluation.scaled_units,
        "implied_threshold": implied_threshold(evaluation),
        "implied_odds": implied_odds(scenario, case.tally.class_mass),
        "ship_good": pays.ship_good, "reject_good": pays.reject_good,
        "ship_defect": number(pays.ship_defect), "reject_defect": pays.reject_defect,
        "miss_cost_of_payoffs": pays.miss_cost,
        "inspection_alarms": scenario.inspection_alarms,
        "inspection_price": scenario.inspection_price,
        "requests_per_unit": scenario.requests_per_unit,
        "rows": int(case.tally.rows.sum()), "positives": int(case.tally.rows[1]),
        "groups": about_groups(case.tally),
        **{f"today_{name}": value for name, value in place(case.today).items()},
    }])  # fmt: skip


def points(case: Case) -> Columns:
    """All columns of the operating points."""
    most = MOST_POINTS if case.is_first else FEWER_POINTS
    rows = np.flatnonzero(np.append(True, np.diff(case.points["model"].cat.codes) != 0))
    ends = np.append(rows[1:], len(case.points))
    shown = np.concatenate([spread(np.arange(a, b), most) for a, b in zip(rows, ends, strict=True)])
    frame = case.points.iloc[shown]
    # Whether counts are whole depends on the scenario. Columns without any value are dropped.
    numbers = frame.drop(columns="model").astype(np.float64).dropna(axis="columns", how="all")
    named = {str(name): column.tolist() for name, column in numbers.items()}
    return {"model": frame["model"].tolist()} | named


def defined(case: Case) -> Columns:
    """Number of operating points at which each objective is defined, and number of points of each model."""
    finite = {o.id: int(case.points[o.id].notna().sum()) for o in EVERY}
    sizes = case.points["model"].value_counts(sort=False)
    return {
        "of": [*finite, *(str(model) for model in sizes.index)],
        "points": [*finite.values(), *sizes.tolist()],
    }


def today(case: Case) -> Columns:
    """Counts and figures of the current system."""
    return {
        "of": [*case.today.counts, *case.today.figures],
        "value": [float(v) for v in (*case.today.counts.values(), *case.today.figures.values())],
    }


def models(case: Case) -> Columns:
    """Figures of whole models."""
    return row_by_row([
        {
            "model": name,
            "log_loss": own.log_loss, "log_loss_clipped": own.log_loss_clipped,
            "infinite_rows": own.infinite_rows, "brier": own.brier,
            "calibration_error": own.calibration_error,
            "roc_auc": own.roc_auc.value, "roc_auc_bound": own.roc_auc.bound,
            "average_precision": own.average_precision.value,
            "average_precision_bound": own.average_precision.bound,
        }
        for name, own in zip(case.tally.models, case.evaluation.figures, strict=True)
    ])  # fmt: skip


def between_thresholds(case: Case) -> Rows:
    """Figures at thresholds that are no score of the file."""
    for m in case.few:
        curve = case.evaluation.curves[m]
        if curve.lower is not None:
            continue
        for share in (0.31, 0.62, 0.93):
            k = int(share * (curve.thresholds.size - 2))
            at = (curve.thresholds[k] + curve.thresholds[k + 1]) / 2
            point = point_at(case.evaluation, [OBJECTIVES[o] for o in COMPARED], curve.model, at)
            yield place(point) | point.counts | dict(point.figures)


# Picks, limits, compromises.


def picks(case: Case) -> Rows:
    """Pick of each objective with and without limits."""
    limit_sets = [(), case.limits] if case.limits else [()]
    for name in PICKED:
        o = OBJECTIVES[name]
        bound = default_bound(o, case.evaluation)
        for limits in limit_sets:
            found = pick(case.points, o, case.evaluation, bound=bound, limits=limits)
            yield {
                "objective": name, "within_limits": bool(limits), **place(found),
                "row": -1 if found is None else found.row,
                "value": math.nan if found is None else found.value,
                "rule": "" if found is None else found.rule.name,
                "bound_on": "" if bound is None else bound.objective.id,
                "bound": math.nan if bound is None else bound.value,
            }  # fmt: skip


def cheapest(case: Case) -> Columns:
    """Cheapest point of every model, within the limits and ignoring them."""
    return row_by_row([
        {"within_limits": bool(limits), **place(one), "value": one.value}
        for limits in ((), case.limits)
        for one in cheapest_of_each_model(case.points, limits=limits)
    ])  # fmt: skip


def limits(case: Case) -> Rows:
    """Each limit compared with all operating points, and the smallest relaxation that makes it feasible."""
    found = feasibility(case.points, case.limits, [one.row for one in case.made])
    for k, one in enumerate(found.attainability):
        relaxed = found.relaxations[k] if found.relaxations else None
        yield {
            "objective": one.bound.objective.id, "limit": one.bound.value,
            "models": ",".join(one.models),
            "best": one.best, **{f"best_{k}": v for k, v in place(one.point).items()},
            "relaxed": math.nan if relaxed is None else relaxed.bound.value,
            **{f"relaxed_{k}": v for k, v in place(None if relaxed is None else relaxed.point).items()},
            **{f"nearest_{k}": v for k, v in place(found.nearest).items()},
            "all_met": int(found.meets.sum()), "is_kept": found.is_feasible,
        }  # fmt: skip


def certificates(case: Case) -> Columns:
    """Operating points that are certified to meet the limits on new data."""
    if not case.limits:
        return {}
    found = case.certification
    rows = []
    of_each = (*zip((b.objective.id for b in case.limits), found.each, strict=True),)
    for name, own in (*of_each, ("together", found.together)):
        rows.append({
            "limit": name,
            "certified": -1 if own is None else int(own.sum()),
            "certified_rows": -1 if own is None else int(np.flatnonzero(own).sum()),
            "models": found.models,
        })  # fmt: skip
    for row, needed in zip(rows, (*found.needed, None), strict=True):
        row["needed"] = -1 if needed is None else needed.count
    return row_by_row(rows)


def standings(case: Case) -> Rows:
    """Standing of the limits at the named points."""
    if not case.limits:
        return
    found = case.certification
    for name, point in case.named.items():
        met = [b.is_met(float(point.figures[b.objective.id])) for b in case.limits]
        at = case.row_of(point)
        each = [found.standing(k, at, is_met=ok).name for k, ok in enumerate(met)]
        together = found.standing_of_all(at, are_met=all(met)).name
        yield {"point": name, **place(point), "each": ",".join(each), "together": together}


GUARANTEES = (
    ["recall >= 0.5"], ["share_flagged <= 0.3", "missed_defects_per_1000_defects <= 700"],
)  # fmt: skip


def guarantees(case: Case) -> Rows:
    """Number of points of a model that are certified to meet a limit."""
    if case.scenario.inspection is not None:
        return
    for texts in GUARANTEES:
        found = guaranteed(case.evaluation, texts, confidence=0.9)
        for model in case.tally.models:
            own = found.loc[found["model"] == model, "threshold"]
            yield {
                "limits": " and ".join(texts), "model": model, "points": len(own),
                "lowest": float(own.min()), "highest": float(own.max()),
            }  # fmt: skip


def settled(case: Case) -> Rows:
    """Compromise of each method, and the regret of each stakeholder at the compromise."""
    for weights in (EQUAL, (3.0, 1.0, 0.5)):
        for one in case.compromises if weights == EQUAL else case.compromises_by(weights):
            regrets = one.regrets if one.point is not None else [math.nan] * 3
            yield {
                "weights": "-".join(map(str, weights)), "method": one.method.name,
                **place(one.point), **{f"regret_{k}": float(regrets[k]) for k in range(3)},
            }  # fmt: skip


def regrets(case: Case) -> Columns:
    """Scale of the regrets, and number of points available to a compromise."""
    matrix = regret_matrix(case.points, case.stakeholders, [one.row for one in case.made])
    return row_by_row([
        {
            "objective": o.id, "scale": float(matrix.scales[k]), "weight": float(matrix.weights[k]),
            "candidates": len(matrix.positions), "rows": int(matrix.positions.sum()),
            "total": float(matrix.regrets[:, k].sum()),
            "largest": float(matrix.regrets[:, k].max(initial=-math.inf)),
            **{f"at_pick_{p}": float(own[k]) for p, own in enumerate(matrix.at_picks)},
        }
        for k, o in enumerate(case.stakeholders)
    ])  # fmt: skip


def fronts(case: Case) -> Rows:
    """Pareto front: number of points of each model, and their rows."""
    wanted = case.stakeholders, [OBJECTIVES["recall"], OBJECTIVES["false_alarms"]]
    for objectives in wanted:
        figures = case.points[[o.id for o in objectives]].to_numpy(np.float64)
        kept = is_on_front(figures, [o.direction for o in objectives])
        for model in case.tally.models:
            own = np.flatnonzero(kept & (case.points["model"] == model).to_numpy())
            yield {
                "objectives": ",".join(o.id for o in objectives), "model": model,
                "on_front": own.size, "rows": int(own.sum()),
            }  # fmt: skip


# Resamples.


def ranges(case: Case) -> Columns:
    """95% intervals of every objective at some points of some models."""
    rows = []
    for m in case.few:
        at = case.positions(m, 5)[1 : 5 if case.is_first else 3]
        for o in WITH_INTERVAL:
            known = at[:1] if o.of_model else at
            found = intervals(case.bootstrap, o, m, known)
            rows += [
                {"model": case.tally.models[m], "objective": o.id, "position": int(k),
                 "low": low, "high": high}
                for k, low, high in zip(known, found.low, found.high, strict=True)
            ]  # fmt: skip
    return row_by_row([row for row in rows if not math.isnan(row["low"])])


def count_ranges(case: Case) -> Rows:
    """95% intervals of the counts."""
    for m in case.few:
        at = case.positions(m, 5)
        curve = case.evaluation.curves[m]
        found = count_intervals(case.bootstrap, m, at)
        for name, own in found.items():
            yield from (
                {"model": curve.model, "count": name, "position": int(k), "low": low, "high": high}
                for k, low, high in zip(at, own.low, own.high, strict=True)
            )


def shown_ranges(case: Case) -> Rows:
    """Intervals of all points as charts draw them; most are interpolated."""
    known = uncertainty(case.bootstrap, case.stakeholders)
    for o in dict.fromkeys(case.stakeholders):
        for m in case.few:
            own = known.range_of(o, m)
            at = spread(np.arange(own.low.size), 1 if o.of_model else 9)
            yield from (
                {"objective": o.id, "model": case.tally.models[m], "at": int(k),
                 "low": float(own.low[k]), "high": float(own.high[k])}
                for k in at
            )  # fmt: skip


def of_gap(gap: Gap | None) -> dict[str, Any]:
    if gap is None:
        return dict.fromkeys(("size", "low", "high", "better"), math.nan) | {"chance": ""}
    return {
        "size": gap.size, "low": gap.low, "high": gap.high, "better": gap.better,
        "chance": gap.chance.name,
    }  # fmt: skip


def named_pairs(case: Case) -> Iterator[tuple[str, str]]:
    names = [*case.named, "today"]
    yield from (("cheapest", other) for other in names[1:])
    yield from ((one, "today") for one in names[1:-1])
    yield from (
        pair for pair in (("data", "product"), ("product", "executive")) if {*pair} <= {*names}
    )


def paired(case: Case) -> Rows:
    """Paired differences between the named points in several objectives."""
    known = {**case.named, "today": case.today}
    drawn = {
        (name, o): case.values(OBJECTIVES[o], point)
        for name, point in known.items()
        for o in COMPARED
    }
    for one, other in named_pairs(case):
        for name in COMPARED:
            size = float(known[one].figures[name]) - float(known[other].figures[name])
            found = paired_difference(
                OBJECTIVES[name],
                drawn[one, name],
                drawn[other, name],
                size,
                blocks=case.bootstrap.blocks,
            )
            yield {"first": one, "second": other, "objective": name, **of_gap(found)}


def places(case: Case) -> Rows:
    """Models that could be the best, and the range of ranks of each model."""
    best = cheapest_of_each_model(case.points)
    for o in (COST, OBJECTIVES["roc_auc"]):
        values = np.array([float(case.points[o.id].to_numpy()[case.row_of(one)]) for one in best])
        drawn = np.column_stack(
            [case.bootstrap.values_at(o, one.model, one.threshold) for one in best]
        )
        first, last = rank_ranges(o, values, drawn, blocks=case.bootstrap.blocks)
        yield from (
            {"objective": o.id, "model": one.model, "may_be_best": bool(first[k] == 1),
             "first": float(first[k]), "last": float(last[k])}
            for k, one in enumerate(best)
        )  # fmt: skip


def cheapest_two(case: Case) -> Columns:
    """Cheapest model compared with its rival."""
    found = compare_cheapest(case.points, case.bootstrap)
    if found is None:
        return {}
    return row_by_row([{
        **{f"best_{k}": v for k, v in place(found.best).items()},
        **{f"rival_{k}": v for k, v in place(found.rival).items()},
        "tied": ",".join(found.tied), **of_gap(found.gap), "is_clear": found.is_clear,
    }])  # fmt: skip


def scarce(case: Case) -> Columns:
    """Quantities that the file has too few of."""
    found = scarcities(case.tally, of_values=case.tally.values is not None)
    return row_by_row([{"of": one.of.name, "count": float(one.count)} for one in found])


def limits_missed(case: Case) -> Rows:
    """Shares of the resamples in which a named point misses each limit, and any limit."""
    if not case.limits:
        return
    for name, point in {**case.named, "today": case.today}.items():
        missed = np.zeros(case.bootstrap.replicates, bool)
        for bound in case.limits:
            drawn = case.values(bound.objective, point)
            own = ~bound.within(drawn)
            missed |= own
            yield {
                "point": name, "limit": bound.objective.id, "share": float(own.mean()),
                "undefined": int(np.isnan(drawn).sum()),
            }  # fmt: skip
        yield {"point": name, "limit": "any", "share": float(missed.mean()), "undefined": 0}


def front_shares(case: Case) -> Rows:
    """Shares of the resamples in which points are on the front, and the possible range of the front."""
    asked = [spread(np.flatnonzero(curve.distinct), 9) for curve in case.evaluation.curves]
    shares = front_probabilities(case.bootstrap, case.stakeholders, asked)
    for m in case.few:
        for position, share in zip(asked[m], shares[m], strict=True):
            yield {
                "model": case.tally.models[m], "position": int(position), "share": float(share),
            }  # fmt: skip


def attained(case: Case) -> Rows:
    """Band that contains the front of two objectives."""
    where = [case.positions(m, 40) for m in range(len(case.tally.models))]
    band = attainment_band(case.bootstrap, MISSED, OBJECTIVES["false_alarms"], where)
    if band is None:
        return
    for side, line in (("easily", band.easily), ("hardly", band.hardly)):
        flat = np.asarray(line, np.float64)
        shown = flat[spread(np.arange(len(flat)), 10)]
        yield from ({"side": side, "across": float(x), "up": float(y)} for x, y in shown)


def on_new_data(case: Case) -> Rows:
    """Value of the picks on rows that were not used to choose them, by two estimates."""
    few = case.bootstrap.part(0, 50)
    for o in (COST, OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]):
        bound, found = default_bound(o, case.evaluation), case.pick(o)
        if found is None:
            continue
        choice = Choice(o, bound)
        crossed = cross_fitted(case.evaluation, o, found.model, bound)
        at = interval_at_choice(few, choice, found.model, found.threshold, [o])[o.id]
        yield {
            "objective": o.id, **place(found), "value": at.value, "expected": at.expected,
            "low": at.low, "high": at.high,
            "crossed": math.nan if crossed is None else crossed.value,
            "lower_half": math.nan if crossed is None else crossed.thresholds[0],
            "upper_half": math.nan if crossed is None else crossed.thresholds[1],
        }  # fmt: skip


def chosen_again(case: Case) -> Rows:
    """Points that the resamples choose, and mean optimism of the choice."""
    objectives = [COST, MISSED]
    few = case.bootstrap.part(0, 50)
    own = [Choice(o, default_bound(o, case.evaluation), case.limits) for o in case.stakeholders]
    wanted: dict[str, Choice | CompromiseChoice] = {
        "cost": Choice(COST, None), "cost within limits": Choice(COST, None, case.limits),
        "fair": CompromiseChoice(tuple(own), case.limits, (1.0, 1.0, 1.0), None),
    }  # fmt: skip
    for name, choice in wanted.items():
        [found] = choose_in_replicates(few, [choice])
        optimism = mean_optimism(few, choice, objectives)
        yield {
            "choice": name, "cost": optimism[COST.id], "missed": optimism[MISSED.id],
            "models": int(found.models.sum()), "positions": int(found.positions.sum()),
        }  # fmt: skip


# Calibration and the curves of a model.


def calibration(case: Case) -> Rows:
    """Calibration by bin: mean score and observed share."""
    if case.tally.scale == "rank":
        return
    for m in case.few if case.is_first else case.few[:1]:
        found, ends = reliability(case.evaluation.alone, m), reliability_interval(case.bootstrap, m)
        yield from (
            {"model": case.tally.models[m], "bin": k, "predicted": float(found.predicted[k]),
             "observed": float(found.observed[k]), "units": float(found.units[k]),
             "low": float(ends.low[k]), "high": float(ends.high[k])}
            for k in range(len(found.units))
        )  # fmt: skip


def recalibrated(case: Case) -> Rows:
    """Overall calibration, and the log loss after recalibration."""
    if case.tally.scale == "rank":
        return
    for m in case.few:
        found = logistic_calibration(case.evaluation.alone, m)
        ends = logistic_calibration_interval(case.bootstrap, m)
        large = calibration_in_the_large(case.bootstrap, m)
        yield {
            "model": case.tally.models[m], **of_fields(found),
            "intercept_low": ends.intercept[0], "intercept_high": ends.intercept[1],
            "slope_low": ends.slope[0], "slope_high": ends.slope[1],
            "in_the_large_low": large[0], "in_the_large_high": large[1],
        }  # fmt: skip


def curves(case: Case) -> Rows:
    """Bands of the ROC, precision-recall and net benefit curves, and the decision curve."""
    bootstrap = replace(case.bootstrap, evaluation=case.evaluation.alone)
    along = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    for m in case.few:
        at = case.positions(m, 30)
        decided = decision_curve(bootstrap.evaluation, m, along)
        bands = {
            "roc": roc_band(bootstrap, m, at, along),
            "precision_recall": precision_recall_band(bootstrap, m, at, along * 2),
            "net_benefit": net_benefit_band(bootstrap, m, at[[at.size // 2]], along),
        }
        for k, x in enumerate(along.tolist()):
            ends = {f"{name}_low": float(own.low[k]) for name, own in bands.items()}
            ends |= {f"{name}_high": float(own.high[k]) for name, own in bands.items()}
            yield {
                "model": case.tally.models[m], "at": x,
                "net_benefit": float(decided.net_benefit[k]),
                "flag_everything": float(decided.flag_everything[k]), **ends,
            }  # fmt: skip


# Parts of the units.


def parts(case: Case) -> Rows:
    """Counts and shares by segment and kind of defect, at the cheapest point and at the current system."""
    columns = case.scores.columns
    if not columns.segments and columns.defect_type is None:
        return
    named = [place(case.cheapest), place(case.today)]
    at = sorted({p["threshold"] for p in named if math.isfinite(p["threshold"])})
    counted = count_breakdowns(case.scores, at, BreakdownColumns.of(columns))
    for own in counted.all:
        for point in named:
            if point["threshold"] not in at or not point["model"]:
                continue
            model, threshold = point["model"], point["threshold"]
            flagged, shipped = own.flagged_and_shipped(model, threshold)
            ends = [
                flagged_share_interval(own, model, threshold, label, independent=True)
                for label in (0, 1)
            ]
            for c, category in enumerate(own.categories):
                yield {
                    "column": own.column, "category": category, **point,
                    "tp": float(flagged[0, c, 1]), "fp": float(flagged[0, c, 0]),
                    "fn": float(shipped[0, c, 1]), "tn": float(shipped[0, c, 0]),
                    "recall_low": float(ends[1].low[c]), "recall_high": float(ends[1].high[c]),
                    "alarms_low": float(ends[0].low[c]), "alarms_high": float(ends[0].high[c]),
                }  # fmt: skip


def flips(case: Case) -> Rows:
    """Number of units that the named points and the current system treat differently, and the first units."""
    today = None if case.scenario.today is None else (case.today.model, case.today.threshold)
    for name in ("cheapest", "executive"):
        if name not in case.named:
            continue
        point = case.named[name]
        curve = case.evaluation.curve_of(str(point.model))
        k = curve.position(point.threshold)
        below = None if curve.lower is None else float(curve.thresholds[curve.lower[k]])
        found = count_failures(
            case.scores,
            Point(str(point.model), point.threshold, below, today),  # type: ignore[arg-type]
        )
        for which, units in found.lists.items():
            yield {
                "point": name, "list": which.name, "count": int(units.count),
                "rows": int(units.rows.sum()), "first": int(units.rows[0]) if units.rows.size else -1,
            }  # fmt: skip
        for column, pairs in found.pairs.items():
            for (kind, part), counts in sorted(pairs.counts.items()):
                yield {
                    "point": name, "list": f"{kind} in {column} {part}", "count": int(counts.sum()),
                    "rows": int((counts * [[1, 2, 4], [8, 16, 32]]).sum()), "first": -1,
                }  # fmt: skip


def doubts(case: Case) -> Columns:
    """Units whose labels two models contradict."""
    if case.tally.scale == "rank":
        return {}
    point = case.named["cheapest"]
    typical = dict.fromkeys(case.tally.models[-2:], (0.1, 0.45))
    found = label_doubts(case.scores, typical, Point(str(point.model), point.threshold, None, None))
    return row_by_row([{
        "defects": found.defects.count, "goods": found.goods.count,
        "defect_rows": int(found.defects.rows.sum()), "good_rows": int(found.goods.rows.sum()),
        "missed": float(found.missed), "flagged": float(found.flagged),
        "doubted_goods": float(found.doubted[0]), "doubted_defects": float(found.doubted[1]),
    }])  # fmt: skip


# The cost curve, other data, inspection, serving.


def cost_curve(case: Case) -> Rows:
    """Cheapest point along the price of a miss and along the defect rate."""
    for name, found in case.cost_curves.items():
        for segment in found.segments:
            yield {
                "along": name, "low": segment.low, "high": segment.high, **place(segment.point),
                "also": ",".join(segment.also),
            }  # fmt: skip


def cheapest_models(case: Case) -> Rows:
    """Range in which a model is the cheapest, and the share of resamples in which it is."""
    for name, found in case.cost_curves.items():
        for one in intervals_by_model(found):
            yield {
                "along": name, "low": one.low, "high": one.high, "models": ",".join(one.models),
                "extreme": "" if one.extreme is None else one.extreme.name,
            }  # fmt: skip


def cost_curve_shares(case: Case) -> Rows:
    """Shares of the resamples in which each model is the cheapest, or tied, along both axes."""
    grids = {"miss_cost": [0.5, 3.0, 20.0], "defect_rate": [0.02, 0.1, 0.3]}
    for name, found in case.cost_curves.items():
        stable = cost_curve_stability(found, case.points, case.bootstrap, grids[name])
        yield from (
            {"along": name, "at": float(stable.along[k]), **place(stable.points[k]),
             "shares": float(np.asarray(stable.shares[k]).sum())}
            for k in range(len(stable.along))
        )  # fmt: skip


def transfer(case: Case) -> Rows:
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
            "best": judged.best, **{f"regret_{k}": v for k, v in of_gap(judged.regret).items()},
            "worse": judged.worse, "kept": judged.meets_condition, "misplaced": judged.misplaced,
            "expected": judged.expected, "broken": ",".join(b.objective.id for b in judged.broken),
        }  # fmt: skip


def bands(case: Case) -> Rows:
    """Two thresholds of lowest cost of each model, for several inspectors."""
    own = [] if case.scenario.inspection is None else [
        replace(case.scenario.inspection, price=None, false_alarms=case.scenario.inspection_alarms)
    ]  # fmt: skip
    for k, people in enumerate((*PEOPLE, *own)):
        for at_most in (1.0, 0.1):
            for curve in case.evaluation.alone.curves:
                found = cheapest_band(
                    curve, people, miss_cost=case.evaluation.miss_cost, at_most=at_most,
                    factors=case.evaluation.factors,
                )  # fmt: skip
                yield {"people": k, "at_most": at_most, "model": curve.model, **of_fields(found)}


def inspected(case: Case) -> Rows:
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


def people(case: Case) -> Rows:
    """Inspectors needed for several numbers of units per year."""
    for units in (0.0, 1e3, 5e4, 3e5):
        found = case.scenario.inspectors(units)
        if found is not None:
            yield {"units": units, "people": found}


def serving(case: Case) -> Columns:
    """Workers and cost of serving each model, and the cheapest model for the load."""
    if case.scenario.serving is None:
        return {}
    named = serving_table(case.points, case.scenario, case.limits)
    table = named.rename(columns={"meets_limits": "keeps"})  # name in the golden values
    columns = [name for name in table.columns if name not in ("missing", "net_missing")]
    found = {name: table[name].tolist() for name in columns}
    return {**found, "is_cheapest": [m == cheapest_to_serve(named) for m in found["model"]]}


def break_even_rates(case: Case) -> Columns:
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


TABLES: dict[str, Callable[[Case], Columns | Rows]] = {
    one.__name__: one
    for one in (
        world, points, defined, today, models, between_thresholds, picks, cheapest, limits, certificates,
        standings, guarantees, settled, regrets, fronts, ranges, count_ranges, shown_ranges, paired, places,
        cheapest_two, scarce, limits_missed, front_shares, attained, on_new_data, chosen_again, calibration,
        recalibrated, curves, parts, flips, doubts, cost_curve, cheapest_models, cost_curve_shares, transfer,
        bands, inspected, people, serving, break_even_rates,
    )
}  # fmt: skip
"""All quantities by name."""
DEAR = frozenset(
    one.__name__
    for one in (
        guarantees, shown_ranges, places, front_shares, attained, on_new_data, chosen_again, recalibrated,
        curves, cost_curve_shares, transfer,
    )
)  # fmt: skip
"""Slow quantities (`Case.is_full`)."""


def library_values(file: str, scenario: str) -> dict[str, Columns]:
    """All tables of a cell that have rows."""
    case = Case(file, scenario)
    asked = (name for name in TABLES if case.is_full or name not in DEAR)
    found = {name: as_columns(TABLES[name](case)) for name in asked}
    return {name: table for name, table in found.items() if table}

"""Golden values of the library: intervals, differences, places, optimism of choices."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from metrics import OBJECTIVES
from metrics.inference.choice.cross_fitting import cross_fit
from metrics.inference.choice.front_band import attainment_band
from metrics.inference.choice.front_stability import front_probabilities
from metrics.inference.choice.optimism import mean_optimism
from metrics.inference.choice.replicate_choices import choose_in_replicates
from metrics.inference.comparison.cheapest_models import compare_cheapest
from metrics.inference.comparison.paired_difference import paired_difference
from metrics.inference.comparison.rank_ranges import rank_ranges
from metrics.inference.intervals import intervals
from metrics.inference.intervals_along_curves import uncertainty
from metrics.inference.scarcity import scarcities
from metrics.inference.share_intervals import count_intervals
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.selection.default_bound import default_bound
from metrics.selection.picks import cheapest_of_each_model
from tests.golden.library.case import COMPARED, COST, EVERY, MISSED, Case, spread
from tests.golden.library.table import Columns, Rows, gap_columns, place, row_by_row, table
from tests.metrics.interval_at_choice import interval_at_choice

WITH_INTERVAL = [o for o in EVERY if o.has_interval and not o.is_slow]


@table("ranges")
def intervals_of_objectives(case: Case) -> Columns:
    """95% intervals of every objective at some points of some models."""
    rows = []
    for m in case.some_models:
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


@table("count_ranges")
def intervals_of_counts(case: Case) -> Rows:
    """95% intervals of the counts."""
    for m in case.some_models:
        at = case.positions(m, 5)
        curve = case.evaluation.curves[m]
        found = count_intervals(case.bootstrap, m, at)
        for name, ends in found.items():
            yield from (
                {"model": curve.model, "count": name, "position": int(k), "low": low, "high": high}
                for k, low, high in zip(at, ends.low, ends.high, strict=True)
            )


@table("shown_ranges", is_slow=True)
def interpolated_intervals(case: Case) -> Rows:
    """Intervals of all points as charts draw them; most are interpolated."""
    known = uncertainty(case.bootstrap, case.stakeholders)
    for o in dict.fromkeys(case.stakeholders):
        for m in case.some_models:
            ends = known.range_of(o, m)
            at = spread(np.arange(ends.low.size), 1 if o.of_model else 9)
            yield from (
                {"objective": o.id, "model": case.tally.models[m], "at": int(k),
                 "low": float(ends.low[k]), "high": float(ends.high[k])}
                for k in at
            )  # fmt: skip


def named_pairs(case: Case) -> Iterator[tuple[str, str]]:
    names = [*case.named, "today"]
    yield from (("cheapest", other) for other in names[1:])
    yield from ((one, "today") for one in names[1:-1])
    yield from (
        pair for pair in (("data", "product"), ("product", "executive")) if {*pair} <= {*names}
    )


@table("paired")
def differences_of_named_points(case: Case) -> Rows:
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
            yield {"first": one, "second": other, "objective": name, **gap_columns(found)}


@table("places", is_slow=True)
def places_of_models(case: Case) -> Rows:
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


@table("cheapest_two")
def cheapest_model_and_rival(case: Case) -> Columns:
    """Cheapest model compared with its rival."""
    found = compare_cheapest(case.points, case.bootstrap)
    if found is None:
        return {}
    return row_by_row([{
        **{f"best_{k}": v for k, v in place(found.best).items()},
        **{f"rival_{k}": v for k, v in place(found.rival).items()},
        "tied": ",".join(found.tied), **gap_columns(found.gap), "is_clear": found.is_clear,
    }])  # fmt: skip


@table("scarce")
def scarce_quantities(case: Case) -> Columns:
    """Quantities that the file has too few of."""
    found = scarcities(case.tally, of_values=case.tally.values is not None)
    return row_by_row([{"of": one.of.name, "count": float(one.count)} for one in found])


@table("limits_missed")
def shares_of_limits_missed(case: Case) -> Rows:
    """Shares of the resamples in which a named point misses each limit, and any limit."""
    if not case.limits:
        return
    for name, point in {**case.named, "today": case.today}.items():
        missed_any = np.zeros(case.bootstrap.replicates, bool)
        for bound in case.limits:
            drawn = case.values(bound.objective, point)
            missed = ~bound.within(drawn)
            missed_any |= missed
            yield {
                "point": name, "limit": bound.objective.id, "share": float(missed.mean()),
                "undefined": int(np.isnan(drawn).sum()),
            }  # fmt: skip
        yield {"point": name, "limit": "any", "share": float(missed_any.mean()), "undefined": 0}


@table("front_shares", is_slow=True)
def shares_on_front(case: Case) -> Rows:
    """Shares of the resamples in which points are on the front, and the possible range of the front."""
    asked = [spread(np.flatnonzero(curve.distinct), 9) for curve in case.evaluation.curves]
    shares = front_probabilities(case.bootstrap, case.stakeholders, asked)
    for m in case.some_models:
        for position, share in zip(asked[m], shares[m], strict=True):
            yield {
                "model": case.tally.models[m], "position": int(position), "share": float(share),
            }  # fmt: skip


@table("attained", is_slow=True)
def band_of_front(case: Case) -> Rows:
    """Band that contains the front of two objectives."""
    where = [case.positions(m, 40) for m in range(len(case.tally.models))]
    band = attainment_band(case.bootstrap, MISSED, OBJECTIVES["false_alarms"], where)
    if band is None:
        return
    for side, line in (("easily", band.easily), ("hardly", band.hardly)):
        flat = np.asarray(line, np.float64)
        shown = flat[spread(np.arange(len(flat)), 10)]
        yield from ({"side": side, "across": float(x), "up": float(y)} for x, y in shown)


@table("on_new_data", is_slow=True)
def picks_on_new_data(case: Case) -> Rows:
    """Value of the picks on rows that were not used to choose them, by two estimates."""
    few = case.bootstrap.part(0, 50)
    for o in (COST, OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]):
        bound, found = default_bound(o, case.evaluation), case.pick(o)
        if found is None:
            continue
        choice = Choice(o, bound)
        crossed = cross_fit(case.evaluation, o, found.model, bound)
        at = interval_at_choice(few, choice, found.model, found.threshold, [o])[o.id]
        yield {
            "objective": o.id, **place(found), "value": at.value, "expected": at.expected,
            "low": at.low, "high": at.high,
            "crossed": math.nan if crossed is None else crossed.value,
            "lower_half": math.nan if crossed is None else crossed.thresholds[0],
            "upper_half": math.nan if crossed is None else crossed.thresholds[1],
        }  # fmt: skip


@table("chosen_again", is_slow=True)
def choices_in_resamples(case: Case) -> Rows:
    """Points that the resamples choose, and mean optimism of the choice."""
    objectives = [COST, MISSED]
    few = case.bootstrap.part(0, 50)
    choices = [Choice(o, default_bound(o, case.evaluation), case.limits) for o in case.stakeholders]
    wanted: dict[str, Choice | CompromiseChoice] = {
        "cost": Choice(COST, None), "cost within limits": Choice(COST, None, case.limits),
        "fair": CompromiseChoice(tuple(choices), case.limits, (1.0, 1.0, 1.0), None),
    }  # fmt: skip
    for name, choice in wanted.items():
        [found] = choose_in_replicates(few, [choice])
        optimism = mean_optimism(few, choice, objectives)
        yield {
            "choice": name, "cost": optimism[COST.id], "missed": optimism[MISSED.id],
            "models": int(found.models.sum()), "positions": int(found.positions.sum()),
        }  # fmt: skip

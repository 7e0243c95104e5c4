"""Golden values that only the app computes, as tables of numbers for a file under a scenario.

Only this module of the golden values calls the app. The choices come from a link, whose form is stable. If a
part of the app moves, only its call here changes, and no golden value.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from typing import Any
from urllib.parse import parse_qsl

from dashboard import page_view
from dashboard.analysis import certified, inspection, optimism, resampled_figures
from dashboard.analysis.analysis import Analysis, Stakeholder, openings, point_of
from dashboard.analysis.decide import alternatives, compromises
from dashboard.analysis.differences import difference, within_chance
from dashboard.analysis.evidence import transfer
from dashboard.analysis.failures.failure_counts import Count
from dashboard.analysis.failures.parts import Rate
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.models import best_points as model_gaps
from dashboard.analysis.models import other_models
from dashboard.analysis.models import table as models
from dashboard.cli.main import main
from dashboard.data.dataset import Dataset
from dashboard.decisions.decision import Decision, Figure, Spot
from dashboard.export import decision_to_record
from dashboard.session import url
from dashboard.session.choices import Choices
from metrics import Bound, Objective, OperatingPoint, Pick, pick
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.choice.optimism import interval_at_choice
from metrics.inference.comparison import Gap, paired_difference
from metrics.selection.choice import Choice
from metrics.selection.limits import meets_all
from tests.golden.library.case import GOLDEN, MISSED, opened, scenario_of
from tests.golden.library.table import (
    Columns,
    Rows,
    as_columns,
    number,
    of_gap,
    place,
    row_by_row,
)
from tests.golden.scenarios_by_file import APP, COMMANDS, DECIDED, FILES, OTHER

Page = page_view.PageView


def choices_of(link: str) -> Choices:
    """Choices of a link; all of them must be valid."""
    choices, refused = url.from_query(dict(parse_qsl(link, keep_blank_values=True)))
    assert not refused, refused
    return choices


@cache
def dataset_of(file: str, scenario: str) -> Dataset:
    scores = opened(file)
    title = f"{file}.parquet"
    return Dataset(
        scores.fingerprint, title, (title,), scores, scenario_of(scenario), 4096, "command line"
    )


@cache
def page_of(file: str, scenario: str) -> Page:
    """Page of a cell with all intervals computed."""
    dataset, choices = dataset_of(file, scenario), choices_of(APP[file, scenario])
    resampled_figures.resample(page_view.build(choices, dataset, "light").analysis)
    page = page_view.build(choices, dataset, "light")
    assert page.analysis.uncertainty is not None
    return page


def ends(found: tuple[float, float] | None, name: str = "") -> dict[str, float]:
    low, high = found or (math.nan, math.nan)
    return {f"{name}low": float(low), f"{name}high": float(high)}


def gap_columns(found: Gap | None, name: str = "") -> dict[str, Any]:
    return {f"{name}{key}": value for key, value in of_gap(found).items()}


def app_picks(page: Page) -> Rows:
    """Pick of each stakeholder, selected point, and point of comparison."""
    for s in page.analysis.stakeholders:
        yield {
            "point": s.name, "objective": s.objective.id, **place(s.pick),
            "value": math.nan if s.pick is None else s.pick.value,
            "rule": "" if s.pick is None else s.pick.rule.name,
            "bound_on": "" if s.bound is None else s.bound.objective.id,
            "bound": math.nan if s.bound is None else s.bound.value,
        }  # fmt: skip
    others: dict[str, OperatingPoint | None] = {
        "selected": page.selection.point,
        "current": page.analysis.current,
        "beside": page.selection.compared,
        **{found.method.name: found.point for found in compromises.compromises_of(page.analysis)},
    }
    named = [(name, place(point)) for name, point in others.items()]
    named += [
        (f"opening of {model}", {"model": model, "threshold": float(at)})
        for model, at in openings(page.analysis).items()
    ]
    empty = {"value": math.nan, "rule": "", "bound_on": "", "bound": math.nan}
    yield from ({"point": name, "objective": "", **at, **empty} for name, at in named)


def gap_to_pick(page: Page, o: Objective, best: Pick | None) -> Gap | None:
    """Difference of the selected point to a pick; `None` without a pick."""
    if best is None:
        return None
    return difference(
        page.analysis, o, page.selection.point, point_of(page.analysis.points, best.row)
    )


def app_expected(page: Page) -> Rows:
    """Selected point on new data, and its differences to the current system and to each pick."""
    objectives = {
        o.id: o
        for o in (*(s.objective for s in page.analysis.stakeholders), *resampled_figures.COMPARED)
    }
    selected = page.selection.point
    for o in objectives.values():
        found = optimism.on_new_data(page.analysis, o, selected)
        yield {
            "objective": o.id, "value": float(selected.figures[o.id]),
            "expected": math.nan if found is None else found.expected,
            **ends(optimism.range_of(page.analysis, o, selected)),
            **gap_columns(difference(page.analysis, o, selected, page.analysis.current), "current_"),
            **{
                key: value
                for s in page.analysis.stakeholders
                for key, value in gap_columns(gap_to_pick(page, o, s.pick), f"{s.name}_").items()
            },
            "is_unsettled": o.id in within_chance(page.selection),
        }  # fmt: skip


def range_at_best(analysis: Analysis, s: Stakeholder) -> tuple[float, float]:
    """Interval of the best figure for a stakeholder, which allows for its choice."""
    o = s.objective
    best = pick(analysis.points, o, analysis.evaluation, bound=s.bound)
    if best is None or not o.has_interval or o.is_slow:
        return math.nan, math.nan
    choice = Choice(o, s.bound, models=analysis.models)
    found = interval_at_choice(analysis.bootstrap, choice, best.model, best.threshold, [o])[o.id]
    return found.low, found.high


def app_gaps_to_picks(page: Page) -> Columns:
    """Cost of the selected point to each stakeholder, and the interval of the stakeholder's best."""
    return row_by_row([
        {
            "stakeholder": s.name,
            **gap_columns(gap_to_pick(page, s.objective, s.pick)),
            **ends(range_at_best(page.analysis, s), "best_"),
        }
        for s in page.analysis.stakeholders
    ])  # fmt: skip


def app_limits_missed(page: Page) -> Rows:
    """Shares of the resamples that miss the limits, and the standing of the limits."""
    points = {"selected": page.selection.point}
    points |= {
        s.name: point_of(page.analysis.points, s.pick.row)
        for s in page.analysis.stakeholders
        if s.pick is not None
    }
    found = certified.certified(page.analysis)
    for name, point in points.items():
        for limits in (*((bound,) for bound in page.analysis.limits), page.analysis.limits):
            yield {
                "point": name, "limits": ",".join(bound.objective.id for bound in limits),
                "missed": limits_missed(page.analysis, limits, point).share,
                "standing": ""
                if found is None
                else certified.standing_of(page.analysis, found, limits, point).name,
            }  # fmt: skip
    # The current system is no pick and its counts are integers, so many resamples are exactly at this limit.
    own = Bound(MISSED, float(page.analysis.current.figures[MISSED.id]))
    missed = limits_missed(page.analysis, (own,), page.analysis.current).share
    yield {"point": "current", "limits": "its own", "missed": missed, "standing": ""}


def app_models(page: Page) -> Rows:
    """Each model at its best threshold for each stakeholder."""
    points = page.analysis.points
    meets = meets_all(points, page.analysis.limits) & is_ordinary(points)
    within = {*points["model"][meets]} if page.analysis.limits else set()
    for row in models.rows_of(page.analysis):
        for s, best in zip(page.analysis.stakeholders, row.best, strict=True):
            first, last = best.places or (0, 0)
            yield {
                "model": row.model, "stakeholder": s.name, "value": best.value, **ends(best.ends),
                "rank": best.rank or 0, "first": first, "last": last,
                "threshold": math.nan if best.pick is None else best.pick.threshold,
                "auc": row.auc, "slope": row.slope, "serving_cost": row.serving_cost,
                "infinite_rows": row.infinite_rows,
                "keeps_limits": row.model in within,
            }  # fmt: skip


def app_model_pairs(page: Page) -> Rows:
    """Differences between every two models in two objectives."""
    bootstrap = page.analysis.bootstrap
    for name in ("cost", "product"):
        stakeholder = model_gaps.comparing_stakeholder(page.analysis, name)
        found, o = model_gaps.gaps_of(page.analysis, stakeholder), stakeholder.objective
        ranges = optimism.intervals_of_best_points(page.analysis, stakeholder)
        first_four = zip(found.picks[:4], found.places[:4], strict=True)
        for (first, places), (second, _) in combinations(first_four, 2):
            one, other = (bootstrap.values_at(o, p.model, p.threshold) for p in (first, second))
            size = first.value - second.value
            gap = paired_difference(o, one, other, size, blocks=bootstrap.blocks)
            yield {
                "judged_by": name, "first": first.model, "second": second.model,
                **gap_columns(gap), "first_place": places[0], "last_place": places[1],
                **ends(ranges[first.model], "first_"),
            }  # fmt: skip


def app_others(page: Page) -> Rows:
    """Selected point compared with every other model and the current system."""
    others = (
        *other_models.other_models(
            page.selection,
            model_gaps.comparing_stakeholder(page.analysis, page.choices.gaps),
        ),
        other_models.current_as_other_model(page.selection),
    )
    for one in others:
        for o, gap in zip(other_models.compared_objectives(page.analysis), one.gaps, strict=True):
            yield {
                **place(one.point), "objective": o.id, "keeps_limits": one.meets_limits,
                **gap_columns(gap),
            }  # fmt: skip


def app_alternatives(page: Page) -> Columns:
    """Alternatives: half the figure, other prices of a miss, a better threshold of the current system."""
    known, rows = page.analysis.uncertainty, []
    assert known is not None

    def add(name: str, at: Mapping[str, Any], size: float, chance: str = "") -> None:
        rows.append({"what": name, **at, "size": size, "chance": chance})

    for s in page.analysis.choosing:
        there = alternatives.halving(page.selection, s.objective).exchange
        if there is not None:
            gap = resampled_figures.gap(
                page.analysis, s.objective, page.selection.point, there.point
            )
            chance = "" if gap is None else gap.chance.name
            add(
                f"half for {s.name}",
                place(there.point),
                there.point.figures[s.objective.id],
                chance,
            )
    prices = alternatives.other_miss_costs(page.selection)
    if prices is not None:
        for at in prices.cheapest:
            add("another price of a miss", place(at.point), at.price)
        if prices.holds is not None:
            add("cheapest from", place(prices.holds.point), prices.holds.low)
            add("cheapest to", place(prices.holds.point), prices.holds.high)
    better = models.better_threshold(page.analysis)
    if better is not None:
        add("current model at its best", place(better.point), better.gain, better.chance.name)
        add("best of all", place(better.point), better.most)
    cheapest = alternatives.cheapest_model(page.analysis)
    if cheapest is not None:
        cost = cheapest.point.figures["cost_of_errors"]
        add("cheapest model", place(cheapest.point), cost, cheapest.chance.name)
    return row_by_row(rows)


def app_regrets(page: Page) -> Columns:
    """Compromises by the stakeholders' weights."""
    return row_by_row([
        {"method": found.method.name, **place(found.point),
         **{f"regret_{k}": float(found.regrets[k]) if found.point else math.nan for k in range(3)}}
        for found in compromises.compromises_of(page.analysis)
    ])  # fmt: skip


def app_failures(page: Page) -> Columns:
    """Errors of the selected point by segment and kind, compared with the current system."""
    found, rows = failures_of(page.selection), []

    def add(what: str, of: str, count: Count | None) -> None:
        if count is not None:
            rows.append({
                "what": what, "of": of, "value": count.value, "in_file": count.in_file,
                **ends(count.ends), "chance": "",
            })  # fmt: skip

    def rate(what: str, of: str, own: Rate | None) -> None:
        if own is not None:
            rows.append({
                "what": what, "of": of, "value": own.value, "in_file": own.of, **ends(own.ends),
                "chance": own.chance.name,
            })  # fmt: skip

    for name, against in (("defects", found.defects), ("goods", found.goods)):
        if against is not None:
            for way in ("both", "newly", "no_longer", "neither"):
                add(way, name, getattr(against, way))
            for which, treated in zip(("flagged", "shipped"), against.treated, strict=False):
                for way, count in zip(("rejected", "inspected", "shipped"), treated, strict=True):
                    add(f"{way}, {which} before", name, count)
    for column in found.columns:
        for part in column.parts:
            of = f"{column.column} {part.category}"
            for name in ("missed", "by_today", "newly_caught", "newly_missed", "false_alarms"):
                add(name, of, getattr(part, name))
            for name in ("recall", "false_alarm_rate", "lost"):
                rate(name, of, getattr(part, name))
            rows.append({
                "what": "than today", "of": of, "value": part.defects,
                "in_file": math.nan if part.by_today is None else part.by_today.in_file,
                **ends(None), "chance": part.than_today.name,
            })  # fmt: skip
    for crossed in found.crossed:
        for kind, cells in crossed.kinds:
            for name, cell in zip(crossed.parts, cells, strict=True):
                if cell is not None:
                    rows.append({
                        "what": "missed of kind", "of": f"{kind} in {crossed.column} {name}",
                        "value": cell.missed, "in_file": cell.of, **ends(None), "chance": "",
                    })  # fmt: skip
    return row_by_row(rows)


def app_inspection(page: Page) -> Columns:
    """Value of inspectors: the band, the price and the gain."""
    if page.analysis.scenario.inspection is None:
        return {}
    rows: list[dict[str, Any]] = []

    def add(what: str, value: float | None, found: tuple[float, float] | None = None) -> None:
        rows.append({"what": what, "value": number(value), **ends(found)})

    band = inspection.band_at(page.analysis, page.selection.point)
    if band is not None:
        for name in ("ship_below", "reject_from", "shipped", "inspected", "rejected", "units"):
            add(f"band {name}", getattr(band, name))
    worth = inspection.worth_of(page.analysis)
    if worth is not None:
        add("price", worth.price)
        add("break even", worth.break_even, worth.between)
        add("gain", worth.gain.value, (worth.gain.low, worth.gain.high))
    price = inspection.band_price(page.selection)
    if price is not None:
        add("price of the band", price.value, price.between)
    add("gain shown", inspection.shown_gain(page.selection))
    return row_by_row(rows)


def app_transfer(page: Page) -> Rows:
    """Selected point, picks and fair option on another file."""
    file = OTHER.get(page.analysis.dataset.title.removesuffix(".parquet"))
    if file is None:
        return
    other = dataset_of(file, "plain")
    scenario = transfer.transfer_scenario(page.analysis, other)
    if scenario is None:
        return
    asked = [
        *transfer.selected_to_transfer(page.selection), *transfer.picks_to_transfer(page.analysis),
        *transfer.fair_to_transfer(page.selection),
    ]  # fmt: skip
    for one in transfer.transfer_points(page.analysis, other, scenario, asked):
        there = one.transfer
        if there is not None:
            yield {
                "objective": one.objective.id, "model": one.model, "threshold": one.threshold,
                "here": there.here, **ends(there.here_range, "here_"),
                "there": there.there, **ends(there.there_range, "there_"),
                "best_threshold": there.best_threshold, "best": there.best,
                **gap_columns(there.regret, "regret_"), "expected": there.expected,
                "worse": there.worse, "kept": there.meets_condition, "misplaced": there.misplaced,
                "broken": ",".join(b.objective.id for b in there.broken),
            }  # fmt: skip


def decision_figures(decision: Decision) -> Columns:
    """Figures of a recorded decision, with their intervals."""
    groups: dict[str, tuple[Figure, ...]] = {
        "selected": decision.figures,
        "current": decision.figures_today,
        **{f"{one.stakeholder} own": (one.own,) for one in decision.stakeholders},
        **{f"{one.stakeholder} selected": (one.chosen,) for one in decision.stakeholders},
    }
    return row_by_row([
        {"of": name, "objective": own.id, "value": own.value, "low": own.low, "high": own.high,
         "expected": number(own.expected)}
        for name, every in groups.items() for own in every
    ])  # fmt: skip


def decision_facts(decision: Decision) -> Columns:
    """Numbers of a recorded decision other than figures: scenario, points, counts, certificate."""
    facts: dict[str, float | None] = {
        "seed": decision.seed, "rows": decision.data.rows, "defects": decision.data.defects,
        "limits missed": decision.missed,
        **{f"count {name}": value for name, value in decision.counts.items()},
    }  # fmt: skip
    for name, spot in _spots(decision):
        facts |= {f"{name} threshold": spot.threshold, f"{name} ship below": spot.ship_below}
    if decision.certificate is not None:
        facts |= {
            "confidence": decision.certificate.confidence,
            "certified among": decision.certificate.models,
        }
    world = {
        key: own for key, own in _flat("scenario", decision.scenario) if not isinstance(own, str)
    }
    facts |= world
    return {"fact": [*facts], "value": [number(value) for value in facts.values()]}


def decision_names(decision: Decision) -> Columns:
    """Names in a recorded decision: models, objectives, verdicts, standings; no sentences."""
    names = {
        "fingerprint": decision.data.fingerprint, "models": ",".join(decision.data.models),
        "scale": decision.data.scale, "held out": decision.data.held_out,
        "unsettled": ",".join(decision.unsettled),
        **{f"{name} model": spot.model or "" for name, spot in _spots(decision)},
        **{f"{one.stakeholder} objective": one.objective for one in decision.stakeholders},
        **{f"{one.stakeholder} verdict": one.verdict for one in decision.stakeholders},
    }  # fmt: skip
    names |= {key: own for key, own in _flat("scenario", decision.scenario) if isinstance(own, str)}
    if decision.certificate is not None:
        names["together"] = decision.certificate.together
        names |= {f"limit {one.objective}": one.standing for one in decision.certificate.limits}
    return {"fact": [*names], "name": [*names.values()]}


def _spots(decision: Decision) -> list[tuple[str, Spot]]:
    picks = ((f"{one.stakeholder} pick", one.pick) for one in decision.stakeholders)
    known = [(name, pick) for name, pick in picks if pick is not None]
    return [("selected", decision.chosen), ("current", decision.today), *known]


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Leaves of nested values by path."""
    if isinstance(value, Mapping):
        return [leaf for key, own in sorted(value.items()) for leaf in _flat(f"{name} {key}", own)]
    if isinstance(value, list | tuple):
        return [leaf for k, own in enumerate(value) for leaf in _flat(f"{name} {k}", own)]
    return [(name, value)]


def command_values(file: str, scenario: str) -> Columns:
    """Output of ``common-ground evaluate --json``: models by path, and both ends of the front."""
    own, out = FILES[file], io.StringIO()
    options = [
        f"--{name.replace('_', '-')}={own.options[name]}" for name in own.options if name in PLAIN
    ]
    options += [f"--by={name}" for name in own.options.get("segments", ())]
    options += [f"--type={own.options['defect_type']}"] if "defect_type" in own.options else []
    given = scenario_of(scenario)
    if given.today is not None:
        options.append(f"--today={given.today.model}@{given.today.threshold}")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        status = main([
            "evaluate", str(GOLDEN / "files" / f"{file}.parquet"), "--label=label", "--id=id", *options,
            f"--scenario={GOLDEN / 'scenarios' / f'{scenario}.toml'}", "--json", *COMMAND,
        ])  # fmt: skip
    answer = json.loads(out.getvalue())
    front = answer["front"]
    kept = {
        "status": status, "rows": answer["rows"], "positives": answer["positives"],
        "models": answer["models"], "front points": len(front), "front first": front[:2],
        "front last": front[-2:], "guaranteed points": len(answer["guaranteed"]["points"]),
        "guaranteed": answer["guaranteed"]["least_cost"],
        "codes": ",".join(problem["code"] for problem in answer["problems"]),
    }  # fmt: skip
    leaves = _flat("", kept)
    return {
        "path": [path.strip() for path, _ in leaves],
        "value": [
            number(v) if v is None or isinstance(v, int | float) else math.nan for _, v in leaves
        ],
        "name": [v if isinstance(v, str) else "" for _, v in leaves],
    }


PLAIN = ("weight", "value", "group", "scale")
COMMAND = (
    "--at=0.35", "--bootstrap=100", "--seed=5", "--review=0.4,0.9,0.02", "--review-at-most=0.2",
    "--guarantee=recall >= 0.4", "--confidence=0.9",
)  # fmt: skip
"""Options of ``common-ground evaluate`` whose output is stored."""
DECISION_TABLES = {
    "decision_figures": decision_figures,
    "decision_facts": decision_facts,
    "decision_names": decision_names,
}
"""All quantities of a recorded decision by name."""


APP_TABLES: dict[str, Callable[[Page], Columns | Rows]] = {
    one.__name__: one
    for one in (
        app_picks, app_expected, app_gaps_to_picks, app_limits_missed, app_models, app_model_pairs,
        app_others, app_alternatives, app_regrets, app_failures, app_inspection, app_transfer,
    )
}  # fmt: skip
"""All quantities of the app by name, except those of the decision."""


def app_values(file: str, scenario: str) -> dict[str, Columns]:
    """All tables of a cell that have rows; most cells have only some."""
    found: dict[str, Columns] = {}
    if (file, scenario) in COMMANDS:
        found["command"] = command_values(file, scenario)
    if (file, scenario) in APP:
        page = page_of(file, scenario)
        found |= {name: as_columns(make(page)) for name, make in APP_TABLES.items()}
    if (file, scenario) in DECIDED:
        decision = decision_to_record.decision_of(page_of(file, scenario), {})
        found |= {f"app_{name}": make(decision) for name, make in DECISION_TABLES.items()}
    return {name: table for name, table in found.items() if table}

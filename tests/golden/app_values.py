"""Golden values of the app that no page of ``tests/dashboard/test_said.py`` shows, as tables of numbers.

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
from dashboard.analysis import certified, optimism, resampled_figures
from dashboard.analysis.evidence import transfer
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.models import best_points
from dashboard.analysis.points_table import point_of
from dashboard.cli.main import main
from dashboard.data.dataset import Dataset
from dashboard.decisions.decision import Decision, Figure, Spot
from dashboard.export import decision_to_record
from dashboard.session import url
from dashboard.session.choices import Choices
from metrics import Bound
from metrics.inference.comparison.paired_difference import paired_difference
from tests.golden.library.case import GOLDEN, MISSED, open_golden, scenario_of
from tests.golden.library.table import (
    Columns,
    Rows,
    as_columns,
    gap_columns,
    number,
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
    scores = open_golden(file)
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
    its_misses = Bound(MISSED, float(page.analysis.current.figures[MISSED.id]))
    missed = limits_missed(page.analysis, (its_misses,), page.analysis.current).share
    yield {"point": "current", "limits": "its own", "missed": missed, "standing": ""}


def app_model_pairs(page: Page) -> Rows:
    """Differences between every two models in two objectives."""
    bootstrap = page.analysis.bootstrap
    for name in ("cost", "product"):
        stakeholder = best_points.comparing_stakeholder(page.analysis, name)
        found, o = best_points.best_points_of(page.analysis, stakeholder), stakeholder.objective
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
        {"of": name, "objective": figure.id, "value": figure.value, "low": figure.low,
         "high": figure.high, "expected": number(figure.expected)}
        for name, figures in groups.items() for figure in figures
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
    scenario = _flat("scenario", decision.scenario)
    facts |= {key: value for key, value in scenario if not isinstance(value, str)}
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
    scenario = _flat("scenario", decision.scenario)
    names |= {key: value for key, value in scenario if isinstance(value, str)}
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
        return [
            leaf for key, inner in sorted(value.items()) for leaf in _flat(f"{name} {key}", inner)
        ]
    if isinstance(value, list | tuple):
        return [leaf for k, inner in enumerate(value) for leaf in _flat(f"{name} {k}", inner)]
    return [(name, value)]


def command_values(file: str, scenario: str) -> Columns:
    """Output of ``common-ground evaluate --json``: models by path, and both ends of the front."""
    opening, out = FILES[file].options, io.StringIO()
    options = [f"--{name}={opening[name]}" for name in opening if name in PLAIN]
    options += [f"--by={name}" for name in opening.get("segments", ())]
    options += [f"--type={opening['defect_type']}"] if "defect_type" in opening else []
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
    one.__name__: one for one in (app_limits_missed, app_model_pairs, app_transfer)
}
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

"""Write a register, links, a tally file and a scenario, once: ``python -m tests.golden.make_written``.

These files represent what people have when the code changes. Later versions must read them as this version
wrote them, so existing files are never replaced. To write them again, first delete the folder ``written``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import tomli_w

from dashboard.decisions.decision import Decision, Statement
from dashboard.decisions.register import Register
from dashboard.export.decision_to_record import decision_of, recorded_scenario
from dashboard.session import url
from dashboard.session.choices import Choices, Point
from metrics import described, save_tally, tally_scores
from metrics.tally.breakdown import BreakdownColumns
from tests.golden.app_values import page_of
from tests.golden.golden_files import (
    TALLIED_FILE,
    WRITTEN,
    choices_read,
    counts_read,
    decisions_read,
    scenario_read,
)
from tests.golden.library_values import opened, scenario_of

LINKS = {
    "data alone": Choices(data="sha256:" + "0f" * 32),
    "objectives, bounds and axes": Choices(
        objectives=("brier", "recall", "revenue_impact_percent"),
        bounds=(None, ("share_flagged", 0.3), ("missed_defects", 40.5)),
        axes=("data", "executive"),
        x="recall",
    ),
    "points": Choices(
        point=Point("svm, rbf@2", 0.75, 0.1 + 0.2), pin=Point("rule", float("inf")), compare="pin"
    ),
    "a scenario": Choices(
        miss_cost=12.5,
        defect_rate=0.031,
        units_per_year=2.4e6,
        currency="CHF",
        payoff=(4.0, -1.5, -20.0, -1.25),
        today=Point("rule", 0.4),
        gaps="cost",
    ),
    "nothing of it": Choices(
        defect_rate=0.0,
        units_per_year=0.0,
        today="none",
        limits=(),
        serving=(0.0,) * 3,
        miss_cost_by_type=(),
        also="none",
    ),
    "names and notes": Choices(
        hidden=("rule", "a,b\\c"),
        names=(("boosting", "gradient boosting, v2"), ("svm", "Stützvektoren <1>")),
        notes=(("svm", "retrained = yes & shipped?"),),
        x="flagged",
    ),
    "limits and weights": Choices(
        limits=(("recall", 0.8), ("revenue_impact_percent", -2.5), ("precision", 1 / 3)),
        weights=(2.0, 0.0, 1.5),
        compare="executive",
        rows="out-of-fold",
    ),
    "a load": Choices(
        serving=(900_000.0, 0.7, 0.3),
        times=(("boosting", 0.0015), ("svm, rbf", 0.00625), ("rule", 0.0)),
        rows="held-out",
    ),
    "inspection": Choices(
        point=Point("boosting", 0.6, 0.2),
        inspection=(0.5, None, 0.9, 0.02, 900.0, 0.1, 0.7, 80.0, 0.8, 0.95, None, 0.1),
        rows="training",
    ),
    "kinds, units and the seed": Choices(
        miss_cost_by_type=(("crack", 12.0), ("", 0.0), ("hot spot, large", 2.5)),
        unit_notes=(("u17", "a shadow, no crack"), ("u\\3", "relabelled")),
        also="sha256:" + "a1" * 32,
        intervals=False,
        seed=2**32 - 1,
        compare="data",
    ),
}
"""Ten choices that together use every key of a link."""

SAID = (
    ("governors", "dear_miss", None, ""),
    ("defects25", "infeasible", None, "The night shift was not asked. 25 defects are few."),
    ("inspection", "inspection_paid", None, ""),
    ("weights", "rate", 1, "None of us saw “week 7”."),
)
"""File, scenario, number of the replaced decision, and objections of each decision."""
STATEMENTS = {
    "data": Statement("Ada", "agrees", ""),
    "product": Statement("Ben", "accepts", "Until the spring."),
    "executive": Statement("Çelik", "objects", "Too many good units are lost; “ask again”."),
}


def decision(number: int) -> Decision:
    """Decision of a number, at a fixed time."""
    file, scenario, supersedes, objections = SAID[number]
    page = page_of(file, scenario)
    notes = (("u3", "checked twice"), ("u14", "a scratch")) if supersedes else ()
    page = replace(page, choices=replace(page.choices, unit_notes=notes))
    made = decision_of(
        page,
        dict([*STATEMENTS.items()][: number + 1]),
        why=f"Reason {number + 1}.",
        objections=objections,
        supersedes=supersedes,
    )
    return replace(made, at=f"2026-05-0{number + 1}T09:30:00.000000Z")


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main(folder: Path = WRITTEN) -> int:
    """Write all files into an empty folder."""
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty: nothing was written.", file=sys.stderr)
        return 1
    folder.mkdir(exist_ok=True)
    register = Register(folder / "decisions.sqlite")
    for number in range(len(SAID)):
        register.append(decision(number), f"attempt {number}")
    links = {name: urlencode(url.to_query(choices)) for name, choices in LINKS.items()}
    links |= {f"of decision {one.number}": one.decision.query for one in register.all()}
    opened_links = {
        name: {"link": link, "choices": choices_read(link)} for name, link in links.items()
    }
    keys = {key for choices in LINKS.values() for key in url.to_query(choices)}
    assert len(keys) == len(fields(Choices)), "every choice is in a link"
    scores = opened(TALLIED_FILE)
    tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns, ("rule", 0.5)))
    save_tally(described(tally, scores, max_thresholds=4096), folder / f"{TALLIED_FILE}.tally")
    for name in ("inspection_paid", "serving", "kinds"):
        document = recorded_scenario(scenario_of(name))
        (folder / f"{name}.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    texts = {
        "decisions.json": decisions_read(folder / "decisions.sqlite"),
        "links.json": opened_links,
        "tally.json": counts_read(folder / f"{TALLIED_FILE}.tally"),
        "scenarios.json": {
            path.name: scenario_read(path) for path in sorted(folder.glob("*.toml"))
        },
    }
    for name, value in texts.items():
        (folder / name).write_text(json_text(value), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

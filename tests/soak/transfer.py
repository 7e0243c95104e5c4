"""How often "does not hold on other data" is said: without a drift, and with one of known size.

``python -m tests.soak.transfer [DRAWS A LINE] [FILE...]`` prints the table of the guide's method.md for the
sample, and for other score files: random halves of a file, one against the other; and rows drawn anew
from it, of whose defects one in five has the scores of a good unit.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import evaluate, operating_points, today_point
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.optimism import mean_optimism
from metrics.inference.replicate_choices import Choice
from metrics.inference.transfer import (
    CarriedPoint,
    Transfer,
    assess_transfers,
    comparable_scenario,
)
from metrics.io.open import open_scores
from metrics.scenario.scenario import Scenario, read_scenario
from metrics.selection.compromise import compromises
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from metrics.tally.threaded_counting import tally_scores
from sample_data import SCENARIO, SCORES
from tests.metrics.strategies import Rows, as_scores

DRAWS = 40
MOST, LEAST = 6.5, 80.0
"""Per cent of the draws in which something may be said without a drift, and must be with one."""
DRIFT = 0.2
DEFECTS, RATE = 400, 0.1
ROLES = tuple(OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact"))
COST = OBJECTIVES["cost_of_errors"]
OBSERVED = Scenario()
LIMITS = (Bound(OBJECTIVES["revenue_impact_percent"], 30.0),)
LEVEL = 0.025
"""Of the chosen point, and of all others together."""


@dataclass(frozen=True)
class File:
    """All rows of a score file, and how they are looked at."""

    name: str
    rows: Rows
    scenario: Scenario = OBSERVED
    limits: tuple[Bound, ...] = ()


def read(path: Path) -> Rows:
    """The rows of a score file, without their groups."""
    scores = open_scores(path)
    batches = list(scores.batches())

    def column(name: str) -> np.ndarray:
        return np.concatenate([batch.column(name).to_numpy() for batch in batches])

    return Rows(column("label"), {model: column(model) for model in scores.models})


def halves(rows: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Both halves of the rows, cut at random."""
    order = rng.permutation(rows.labels.size)
    return rows.take(order[::2]), rows.take(order[1::2])


def fresh(rows: Rows, rng: np.random.Generator) -> Rows:
    """As many rows as hold `DEFECTS`, drawn from those of a file."""
    kinds = [
        rng.choice(np.flatnonzero(rows.labels == k), n)
        for k, n in ((1, DEFECTS), (0, round(DEFECTS / RATE) - DEFECTS))
    ]
    # A row that is drawn twice is two units: under one id they would share a bucket, as a group does.
    return replace(rows.take(rng.permutation(np.concatenate(kinds))), ids=())


def drifted(rows: Rows, rng: np.random.Generator) -> Rows:
    """The same, but one of five defects has the scores of a good unit: so many more are missed."""
    lost = np.flatnonzero((rows.labels == 1) & (rng.random(rows.labels.size) < DRIFT))
    goods = rng.choice(np.flatnonzero(rows.labels == 0), lost.size)
    order = np.arange(rows.labels.size)
    order[lost] = goods
    return replace(rows, scores={model: own[order] for model, own in rows.scores.items()})


def judged(here: Rows, there: Rows, file: File) -> dict[str, list[Transfer]]:
    """What the page says of the chosen point, and of the roles' picks and the fair option."""
    first, second = (tally_scores(as_scores(rows)) for rows in (here, there))
    evaluation = evaluate(first, file.scenario)
    points = operating_points(evaluation, [*ROLES, COST, *(b.objective for b in file.limits)])
    picks = {o: pick(points, o, evaluation, limits=file.limits) for o in ROLES}
    chosen = pick(points, COST, evaluation, limits=file.limits) or pick(points, COST, evaluation)
    assert chosen is not None
    scenario = comparable_scenario(file.scenario, evaluation, second.models)
    assert scenario is not None
    both = [Bootstrap.draw(evaluate(tally, scenario)) for tally in (first, second)]
    wanted = (*ROLES, COST, OBJECTIVES["recall"], *(b.objective for b in file.limits))

    def optimism(o: Objective) -> dict[str, float]:
        return mean_optimism(both[0], Choice(o, limits=file.limits), wanted)

    families: dict[str, list[CarriedPoint]] = {"chosen": [], "picks": []}
    of_cost = optimism(COST)
    for o in (COST, *ROLES):
        own = CarriedPoint(o, chosen.model, chosen.threshold, None, of_cost, o is COST)
        families["chosen"].append(own)
    for o, p in picks.items():
        if p is not None:
            families["picks"].append(CarriedPoint(o, p.model, p.threshold, None, optimism(o)))
    rows = [p.row for p in picks.values() if p is not None]
    today = today_point(evaluation, [*ROLES])
    fair = compromises(points, ROLES, rows, today=[today.figures[o.id] for o in ROLES])[0].point
    if fair is not None:
        fair_point = CarriedPoint(COST, str(fair.model), fair.threshold, seeks_threshold=False)
        families["picks"].append(fair_point)
    at = {p.threshold for own in families.values() for p in own if np.isfinite(p.threshold)}
    apart = tally_scores(as_scores(there), thresholds=[np.array(sorted(at))] * len(first.models))
    exact = Bootstrap.draw(evaluate(apart, scenario, today_tally=both[1].evaluation.today_tally))
    return {
        name: assess_transfers(own, *both, exact=exact, limits=file.limits, level=LEVEL)
        for name, own in families.items()
    }


def said(file: File, draws: int, *, drift: bool, seed: int = 0) -> Counter[str]:
    """How often something is said, and what, in so many draws."""
    out: Counter[str] = Counter()
    for k in range(draws):
        rng = np.random.default_rng([seed, k, drift])
        if drift:
            here, there = fresh(file.rows, rng), drifted(fresh(file.rows, rng), rng)
        else:
            here, there = halves(file.rows, rng)
        found = judged(here, there, file)
        fails = {name: any(one.fails for one in own) for name, own in found.items()}
        out.update(name for name, any_fails in fails.items() if any_fails)
        out["any"] += any(fails.values())
        every = [one for own in found.values() for one in own]
        out["worse"] += any(one.worse for one in every)
        out["limit"] += any(one.broken or not one.kept for one in every)
        out["threshold"] += any(one.misplaced for one in every)
    return out


COLUMNS = ("any", "chosen", "picks", "worse", "limit", "threshold")


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where something is said too often without a drift, or too seldom with one."""
    draws = int(arguments[0]) if arguments else DRAWS
    of_sample = read(SCORES)
    files = [
        File("sample", of_sample),
        File("sample, its scenario", of_sample, read_scenario(SCENARIO), LIMITS),
        *(File(Path(path).stem, read(Path(path))) for path in arguments[1:]),
    ]
    print("| rows | drift | " + " | ".join(COLUMNS) + " |")
    print("|---" * (2 + len(COLUMNS)) + "|")
    bad = []
    for file in files:
        for drift in (False, True):
            found = said(file, draws, drift=drift)
            shares = {name: 100 * found[name] / draws for name in COLUMNS}
            figures = " | ".join(f"{shares[name]:.1f}" for name in COLUMNS)
            print(
                f"| {file.name} | {f'{DRIFT:.0%}' if drift else 'none'} | {figures} |", flush=True
            )
            slack = 300 * (0.05 * 0.95 / draws) ** 0.5 * (draws < 500)
            is_bad = shares["any"] < LEAST - 3 * slack if drift else shares["any"] > MOST + slack
            if is_bad:
                bad.append((file.name, drift, shares["any"]))
    print(f"{draws:,} draws a line")
    for one in bad:
        print("too often without a drift, or too seldom with one:", one)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

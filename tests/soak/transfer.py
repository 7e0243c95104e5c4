"""Simulation of other data: how often "does not hold on other data" is reported, with and without a drift.

``python -m tests.soak.transfer [DRAWS A LINE] [FILE...]`` prints a table for the sample and other score
files. It compares random halves of a file, and the file with rows drawn from it, of whose defects one in
five has the scores of a good unit.

``python -m tests.soak.transfer made [DRAWS A LINE]`` does the same with two distributions whose truth is
known: unchanged, with a higher defect rate, with defects that look good, or with more false alarms.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import current_point, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.optimism import mean_optimism
from metrics.inference.confidence_level import TAIL
from metrics.inference.transfer import (
    FALSE_ALARMS,
    RECALL,
    CarriedPoint,
    Transfer,
    assess_transfers,
    comparable_scenario,
)
from metrics.scenario.scenario import Scenario
from metrics.scenario.scenario_file import read_scenario
from metrics.selection.choice import Choice
from metrics.selection.compromise import compromises
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from sample_data import SCENARIO
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import tally_of
from tests.soak.known_population import normal_scores, read_rows, standard_errors

DRAWS = 40
MOST, LEAST = 6.5, 80.0
"""Largest per cent of draws with a finding without a drift, and smallest per cent with a drift."""
DRIFT = 0.2
"""Share of the defects that look like good units after a drift."""
DEFECTS, RATE = 400, 0.1
ROLES = tuple(OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact"))
COST = OBJECTIVES["cost_of_errors"]
OBSERVED = Scenario()
LIMITS = (Bound(OBJECTIVES["revenue_impact_percent"], 30.0),)


@dataclass(frozen=True)
class File:
    """All rows of a score file, with the scenario and limits to analyse them with."""

    name: str
    rows: Rows
    scenario: Scenario = OBSERVED
    limits: tuple[Bound, ...] = ()


def halves(rows: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Two random halves of the rows."""
    order = rng.permutation(rows.labels.size)
    return rows.take(order[::2]), rows.take(order[1::2])


def draw_rows(rows: Rows, rng: np.random.Generator) -> Rows:
    """Rows drawn from a file; they have about `DEFECTS` defects."""
    kinds = [
        rng.choice(np.flatnonzero(rows.labels == k), n)
        for k, n in ((1, DEFECTS), (0, round(DEFECTS / RATE) - DEFECTS))
    ]
    # A row that is drawn twice counts as two units. With one id they would share a bucket, like a group.
    return replace(rows.take(rng.permutation(np.concatenate(kinds))), ids=())


def add_drift(rows: Rows, rng: np.random.Generator) -> Rows:
    """The same rows, but one of five defects has the scores of a good unit, so that more are missed."""
    lost = np.flatnonzero((rows.labels == 1) & (rng.random(rows.labels.size) < DRIFT))
    goods = rng.choice(np.flatnonzero(rows.labels == 0), lost.size)
    order = np.arange(rows.labels.size)
    order[lost] = goods
    return replace(rows, scores={model: of_model[order] for model, of_model in rows.scores.items()})


def transfers_by_family(here: Rows, there: Rows, file: File) -> dict[str, list[Transfer]]:
    """Findings of the page about the selected point, the stakeholders' picks and the fair option."""
    first, second = (tally_of(rows) for rows in (here, there))
    evaluation = evaluate(first, file.scenario)
    points = operating_points(evaluation, [*ROLES, COST, *(b.objective for b in file.limits)])
    picks = {o: pick(points, o, evaluation, limits=file.limits) for o in ROLES}
    chosen = pick(points, COST, evaluation, limits=file.limits) or pick(points, COST, evaluation)
    assert chosen is not None
    scenario = comparable_scenario(file.scenario, evaluation, second.models)
    assert scenario is not None
    both = [Bootstrap.draw(evaluate(tally, scenario)) for tally in (first, second)]
    wanted = (*ROLES, COST, RECALL, FALSE_ALARMS, *(b.objective for b in file.limits))

    def optimism(o: Objective) -> dict[str, float]:
        return mean_optimism(both[0], Choice(o, limits=file.limits), wanted)

    families: dict[str, list[CarriedPoint]] = {"chosen": [], "picks": []}
    of_cost = optimism(COST)
    for o in (COST, *ROLES):
        carried = CarriedPoint(o, chosen.model, chosen.threshold, None, of_cost, o is COST)
        families["chosen"].append(carried)
    for o, p in picks.items():
        if p is not None:
            families["picks"].append(CarriedPoint(o, p.model, p.threshold, None, optimism(o)))
    rows = [p.row for p in picks.values() if p is not None]
    today = current_point(evaluation, [*ROLES])
    fair = compromises(points, ROLES, rows, today=[today.figures[o.id] for o in ROLES])[0].point
    if fair is not None:
        fair_point = CarriedPoint(COST, str(fair.model), fair.threshold, seeks_threshold=False)
        families["picks"].append(fair_point)
    at = {p.threshold for points in families.values() for p in points if np.isfinite(p.threshold)}
    apart = tally_of(there, thresholds=[np.array(sorted(at))] * len(first.models))
    exact = Bootstrap.draw(
        evaluate(apart, scenario, current_tally=both[1].evaluation.current_tally)
    )
    return {
        name: assess_transfers(points, *both, exact=exact, limits=file.limits, level=TAIL)
        for name, points in families.items()
    }


def count_findings(file: File, draws: int, *, drift: bool, seed: int = 0) -> Counter[str]:
    """Number of draws with a finding, and the count of each finding."""
    out: Counter[str] = Counter()
    for k in range(draws):
        rng = np.random.default_rng([seed, k, drift])
        if drift:
            here, there = draw_rows(file.rows, rng), add_drift(draw_rows(file.rows, rng), rng)
        else:
            here, there = halves(file.rows, rng)
        found = transfers_by_family(here, there, file)
        fails = {name: any(one.fails for one in of_family) for name, of_family in found.items()}
        out.update(name for name, any_fails in fails.items() if any_fails)
        out["any"] += any(fails.values())
        every = [one for of_family in found.values() for one in of_family]
        out["worse"] += any(one.worse for one in every)
        out["limit"] += any(one.broken or not one.meets_condition for one in every)
        out["threshold"] += any(one.misplaced for one in every)
    return out


COLUMNS = ("any", "chosen", "picks", "worse", "limit", "threshold")


@dataclass(frozen=True)
class Change:
    """Differences of the other data.

    Attributes
    ----------
    rate : float
        Factor on the defect rate.
    lost : float
        Share of the defects that look like good units.
    alarms : float
        Added to the values of good units before these become scores between 0 and 1.
    """

    rate: float = 1.0
    lost: float = 0.0
    alarms: float = 0.0


def normal_law(rate: float, change: Change, units: int, rng: np.random.Generator) -> Rows:
    """Three models whose log odds are normal; they share part of the noise."""
    labels = (rng.random(units) < rate).astype(np.int8)
    seen = np.where(rng.random(units) < change.lost, 0, labels)
    skills = {f"m{skill}": skill for skill in (1.8, 2.2, 2.4)}
    return Rows(labels, normal_scores(seen, skills, change.alarms * (1 - labels) - 2.5, rng))


def tied_law(rate: float, change: Change, units: int, rng: np.random.Generator) -> Rows:
    """Six models with at most a hundred distinct scores; a third of the defects are hard to detect."""
    labels = (rng.random(units) < rate).astype(np.int8)
    seen = np.where(rng.random(units) < change.lost, 0, labels)
    hard = rng.random(units) < 0.35
    common = 0.7 * rng.exponential(size=units)
    scores = {}
    for k in range(6):
        height = common + 0.6 * rng.exponential(size=units) + change.alarms * (1 - labels)
        height += seen * np.where(hard, 0.6, 2.6 + 0.1 * k)
        scores[f"t{k}"] = np.round(height / (1 + height), 2)
    return Rows(labels, scores)


LAWS = {"normal": normal_law, "tied": tied_law}
MADE_RATE = 0.03
NOTHING, MORE_DEFECTS = Change(), Change(rate=1.5)
CHANGES = {
    "nothing": (NOTHING, (60, 120, 300)),
    "defect rate 3 to 4.5%": (MORE_DEFECTS, (120, 300)),
    "a fifth of the defects lost": (Change(lost=0.2), (300,)),
    "scores of good units up": (Change(alarms=0.25), (300,)),
}
MADE_COLUMNS = ("any", "worse", "misses_more", "flags_more", "threshold", "defect rate")


def said_of_made(law: str, change: Change, defects: int, draws: int) -> Counter[str]:
    """Number of draws of generated rows with a finding; findings about the defect rate are separate."""
    out: Counter[str] = Counter()
    units, file = round(defects / MADE_RATE), File(law, Rows(np.zeros(0, np.int8), {}))
    for k in range(draws):
        rng = np.random.default_rng([k, defects, len(law), int(100 * change.lost)])
        here = LAWS[law](MADE_RATE, NOTHING, units, rng)
        there = LAWS[law](change.rate * MADE_RATE, change, units, rng)
        every = [
            one
            for of_family in transfers_by_family(here, there, file).values()
            for one in of_family
        ]
        out["any"] += any(one.fails for one in every)
        out["worse"] += any(one.worse for one in every)
        out["misses_more"] += any(one.misses_more for one in every)
        out["flags_more"] += any(one.flags_more for one in every)
        out["threshold"] += any(one.misplaced for one in every)
        prior = [one.prior is not None and one.prior.is_significant for one in every]
        out["defect rate"] += any(prior)
        out["any or defect rate"] += any(prior) or any(one.fails for one in every)
    return out


def main_of_made(draws: int) -> int:
    """Print the table of generated rows. Return 1 if findings are too frequent."""
    print(f"| law | defects | change | {' | '.join(MADE_COLUMNS)} | any or defect rate |")
    print("|---" * (4 + len(MADE_COLUMNS)) + "|")
    slack, is_bad = standard_errors(3, draws), False
    for name, (change, sizes) in CHANGES.items():
        for law in LAWS:
            for defects in sizes:
                found = said_of_made(law, change, defects, draws)
                shares = [
                    100 * found[column] / draws for column in (*MADE_COLUMNS, "any or defect rate")
                ]
                figures = " | ".join(f"{share:.1f}" for share in shares)
                print(f"| {law} | {defects} | {name} | {figures} |", flush=True)
                wrong = shares[-1] if change is NOTHING else shares[0]
                is_bad |= change in (NOTHING, MORE_DEFECTS) and wrong > 5 + slack
    return int(is_bad)


def main(arguments: Sequence[str]) -> int:
    """Print the table. Return 1 if findings are too frequent without a drift, or too rare with a drift."""
    if arguments[:1] == ["made"]:
        return main_of_made(int(arguments[1]) if arguments[1:] else DRAWS)
    draws = int(arguments[0]) if arguments else DRAWS
    of_sample = read_rows()
    files = [
        File("sample", of_sample),
        File("sample, its scenario", of_sample, read_scenario(SCENARIO), LIMITS),
        *(File(Path(path).stem, read_rows(Path(path))) for path in arguments[1:]),
    ]
    print("| rows | drift | " + " | ".join(COLUMNS) + " |")
    print("|---" * (2 + len(COLUMNS)) + "|")
    bad = []
    for file in files:
        for drift in (False, True):
            found = count_findings(file, draws, drift=drift)
            shares = {name: 100 * found[name] / draws for name in COLUMNS}
            figures = " | ".join(f"{shares[name]:.1f}" for name in COLUMNS)
            print(
                f"| {file.name} | {f'{DRIFT:.0%}' if drift else 'none'} | {figures} |", flush=True
            )
            slack = standard_errors(3, draws) * (draws < 500)
            is_bad = shares["any"] < LEAST - 3 * slack if drift else shares["any"] > MOST + slack
            if is_bad:
                bad.append((file.name, drift, shares["any"]))
    print(f"{draws:,} draws a line")
    for one in bad:
        print("too often without a drift, or too seldom with one:", one)
    return int(bool(bad)) or main_of_made(draws)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Simulation of the cross-fitted gain of inspection: its bias, and how often its interval holds the truth.

``python -m tests.soak.inspection [SETS]`` draws data sets from known distributions, in which the gain of any
two thresholds is an integral. The interval should hold the gain of the thresholds that the halves chose.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.inspection_gain import ThresholdPair, inspection_gain
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import tally_of
from tests.soak.known_population import normal_scores, standard_errors

SETS = 400
LINES = ((2_000, 0.05), (5_000, 0.05), (20_000, 0.05), (2_000, 0.2))
"""Number of units, and defect rate."""
APART = (2.0, 1.8)
"""Difference of the mean scores of defects and good units, by model; standard deviations are 1."""
PEOPLE = Inspection(false_alarms=0.1, catches=0.9, rejects=0.02)
MISS = 5.0
COST = OBJECTIVES["cost_of_errors"]
LEAST, MOST = 92.0, 97.0
"""Bounds of the per cent of the intervals that hold the true gain."""


def cost(one: ThresholdPair, units: int, rate: float) -> float:
    """Expected cost of a choice on this number of units, in false alarms."""
    low, high = (np.log(t / (1 - t)) if t < 1 else np.inf for t in (one.lower, one.upper))
    above = APART[one.model]
    bad = np.array([ndtr(low - above), ndtr(high - above)])
    good = np.array([ndtr(low), ndtr(high)])
    missed = bad[0] + (1 - PEOPLE.catches) * (bad[1] - bad[0])
    alarms = 1 - good[1] + PEOPLE.rejects * (good[1] - good[0])
    seen = rate * (bad[1] - bad[0]) + (1 - rate) * (good[1] - good[0])
    assert PEOPLE.false_alarms is not None
    each = rate * MISS * missed + (1 - rate) * alarms + PEOPLE.false_alarms * seen
    return float(units * each)


def draw_rows(units: int, rate: float, rng: np.random.Generator) -> Rows:
    """Labels and scores of drawn units. A score is a logistic function of a normal value."""
    labels = (rng.random(units) < rate).astype(np.int8)
    skills = {f"model {m}": above for m, above in enumerate(APART)}
    return Rows(labels, normal_scores(labels, skills, 0.0, rng, common=0.36))


def simulate(units: int, rate: float, sets: int) -> tuple[float, float, float]:
    """Bias of the estimated gain, its standard error, and coverage of its interval."""
    rng = np.random.default_rng([units, round(1000 * rate)])
    off, inside = [], []
    for k in range(sets):
        tally = tally_of(draw_rows(units, rate, rng))
        bootstrap = Bootstrap.draw(
            evaluate(tally, Scenario(inspection=PEOPLE, miss_cost=MISS)), replicates=400, seed=k
        )
        found = inspection_gain(bootstrap, COST)
        truth = float(
            np.mean([cost(s, units, rate) - cost(b, units, rate) for b, s in found.chosen])
        )
        off.append(found.cross_fitted - truth)
        inside.append(found.low <= truth <= found.high)
    error = float(np.std(off) / np.sqrt(sets))
    return float(np.mean(off)), error, 100 * float(np.mean(inside))


def main(arguments: Sequence[str]) -> int:
    """Print the table. Return 1 if a line with at least 100 defects has a bias or low coverage."""
    sets = int(arguments[0]) if arguments else SETS
    bad = 0
    for units, rate in LINES:
        mean, error, held = simulate(units, rate, sets)
        slack = standard_errors(2, sets)
        wrong = abs(mean) > 2 * error or not LEAST - slack <= held <= MOST + slack
        bad += wrong and units * rate >= 100
        print(
            f"{units:,} units, {100 * rate:g}% defects: cross-fitted {mean:+.2f} (standard error "
            f"{error:.2f}) off; interval holds it in {held:.1f}%" + (" WRONG" if wrong else ""),
            flush=True,
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Simulation of limits certified on costs, against the current system and at several looks.

``python -m tests.soak.against_current [DRAWS]`` prints the rows of the guide's method.md. The
truth and a paired test for comparison are sums over rows, computed without the library.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.inference.certificates.guarantee import clearly_better, guaranteed
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.kernel import Floats
from metrics.tally.tally_scores import tally_scores
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import tally_of
from tests.soak.known_population import (
    MISS_COST,
    Population,
    normal_scores,
    read_rows,
    standard_errors,
)

DRAWS, ROWS, LOOKS = 300, 4000, 10
MISSED = -85.5
PAY = Payoff(9.0, -6.75, MISSED, -6.75)


def populations() -> list[Population]:
    """The real models of the sample, and three generated models that share part of their noise."""
    rng = np.random.default_rng(31)
    labels = (rng.random(200_000) < 0.05).astype(np.int8)
    skills = {"m0": 1.8, "m1": 2.3, "m2": 2.6}
    generated = Rows(labels, normal_scores(labels, skills, -2.0, rng))
    return [
        Population("sample", read_rows(), ROWS, current=("contrast_rule", 0.5), payoff=PAY),
        Population("made", generated, ROWS, current=("m0", 0.3), payoff=PAY),
    ]


def revenue_by_row(rows: Rows, model: str, threshold: float) -> Floats:
    """Revenue of each row at a point."""
    is_flagged, is_defect = rows.scores[model] >= threshold, rows.labels == 1
    of_good = np.where(is_flagged, PAY.reject_good, PAY.ship_good)
    return np.where(is_defect, np.where(is_flagged, PAY.reject_defect, MISSED), of_good)


def paired_test(population: Population, rows: Rows, times: float) -> bool:
    """Whether a normal paired test shows that the best point earns `times` the current revenue."""
    best, current = population.best_earning, population.current
    gain = revenue_by_row(rows, best.model, best.threshold) - times * revenue_by_row(rows, *current)
    return bool(gain.mean() * gain.size**0.5 > 1.645 * gain.std())


def evaluation_against(rows: Rows, model: str, threshold: float) -> Evaluation:
    """Evaluation of rows with a point as the current system."""
    current = Today(model, threshold)
    tally = tally_of(rows, by=BreakdownColumns(today=(model, threshold)), also=[threshold])
    return evaluate(tally, Scenario(miss_cost=MISS_COST, payoff=PAY, today=current))


def count_statements(population: Population, draws: int) -> Counter[str]:
    """Number of draws in which each statement is made, and in which it is wrong."""
    out: Counter[str] = Counter()
    best, current = population.best_earning, population.current
    gain = best.figures["revenue_impact_percent"]
    cost = population.cheapest.figures["cost_of_errors"]
    limits = {
        "gain 10": "revenue_impact_percent >= 10",
        "gain 2/3 of the best": f"revenue_impact_percent >= {gain * 2 / 3!r}",
        "gain a little above the best": f"revenue_impact_percent >= {gain + 0.3!r}",
        "cost 1.3 times the least": f"cost_of_errors <= {1.3 * cost!r}",
        "cost a little below the least": f"cost_of_errors <= {cost - 0.5!r}",
    }
    for k in range(draws):
        rows = population.draw(np.random.default_rng([7, k]))
        evaluation = evaluation_against(rows, *current)
        for name, limit in limits.items():
            points = guaranteed(evaluation, [limit])
            out[f"{name}: certified"] += not points.empty
            out[f"{name}: broken"] += population.breaks(points, [limit])
        out["gain 10: paired test"] += paired_test(population, rows, 1.1)
        out["kept although another is better"] += clearly_better(evaluation).empty
        # With the best of all points as the current system, no point is better.
        ideal = evaluation_against(rows, best.model, best.threshold)
        out["not kept although the best"] += not clearly_better(ideal).empty
    return out


def count_looks(population: Population, draws: int) -> Counter[str]:
    """Number of draws in which a limit certified at one of several looks at growing data is broken."""
    out: Counter[str] = Counter()
    limit = ["recall >= 0.8"]
    for k in range(draws):
        data = population.draw(np.random.default_rng([8, k]))
        wrong = {1: False, LOOKS: False}
        for look in range(1, LOOKS + 1):
            seen = data.take(slice(0, look * ROWS // LOOKS))
            evaluation = evaluate(tally_scores(seen), Scenario())
            for looks in wrong:
                points = guaranteed(evaluation, limit, looks=looks)
                wrong[looks] |= population.breaks(points, limit)
                if look == LOOKS:
                    out[f"{looks} said: certified at the last"] += not points.empty
        for looks, is_wrong in wrong.items():
            out[f"{looks} said: broken at any"] += is_wrong
    return out


def main(arguments: list[str]) -> int:
    """Print the counts. Return 1 if a statement is wrong too often or made too seldom."""
    draws = int(arguments[0]) if arguments else DRAWS
    bad = 0
    for population in populations():
        best = population.best_earning
        gain, cost = (
            best.figures["revenue_impact_percent"],
            population.cheapest.figures["cost_of_errors"],
        )
        print(
            f"{population.name}: best {best.model} at {best.threshold:.4g}, +{gain:.1f}%, "
            f"least cost {cost:.0f}"
        )
        found = count_statements(population, draws) + count_looks(population, draws)
        for name in sorted(found):
            share = 100 * found[name] / draws
            error = (share * (100 - share) / draws) ** 0.5
            print(f"  {name}: {share:.1f}% ({error:.1f})", flush=True)
            is_wrong = "broken" in name or name.startswith(("kept", "not kept"))
            bad += (
                is_wrong and not name.startswith("1 said") and share > 5 + standard_errors(3, draws)
            )
        bad += found["gain 10: certified"] < 0.95 * draws
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

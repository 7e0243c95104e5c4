"""Simulation of thresholds near the cheapest one: expected figures and intervals against the truth.

``python -m tests.soak.neighbours_of_picks [DRAWS]`` prints a table for each population of
`tests.soak.intervals_at_picks`, which also computes truth and picks. A neighbour flags some more or fewer
units than the cheapest threshold.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics import OBJECTIVES
from metrics.inference.choice.optimism import (
    ChosenBeside,
    Correction,
    Shape,
    at_choice,
    mean_optimism,
    share_of_optimism,
)
from metrics.inference.intervals import intervals
from metrics.inference.samples_on_new_data import samples_in_interval
from metrics.inference.share_intervals import is_of_shares
from metrics.selection.choice import Choice
from metrics.tally.kernel import Floats
from tests.soak.intervals_at_picks import (
    FIGURES,
    SIZES,
    Sample,
    normal_population,
    sample_population,
)
from tests.soak.known_population import Population

FLAGGED = (0.3, 0.5, 0.7, 0.85, 0.95, 1.0, 1.05, 1.2, 1.5, 2.0, 3.0)
"""Units that the neighbours flag, over those that the cheapest threshold flags."""
PICK = FLAGGED.index(1.0)


@dataclass(frozen=True, eq=False)
class Beside:
    """A figure at the neighbours of the cheapest threshold; each array has the shape (draws, neighbours).

    Attributes
    ----------
    truth, figure, expected, low, high : ndarray
    met : ndarray
        Share of simulated new samples in which the figure is no worse than that of the truly cheapest point.
    is_met : ndarray
        Whether the true figure is no worse than that of the truly cheapest point.
    """

    truth: Floats
    figure: Floats
    expected: Floats
    low: Floats
    high: Floats
    met: Floats
    is_met: Floats


def simulate_neighbours(population: Population, draws: int) -> dict[str, Beside]:
    """Figures, intervals and shares that the library gives for the neighbours in many samples."""
    by_draw = [_of_draw(population, draw) for draw in range(draws)]
    return {
        name: Beside(*np.moveaxis(np.array([one[name] for one in by_draw]), 0, 1))
        for name in FIGURES
    }


def _of_draw(population: Population, draw: int) -> dict[str, list[Floats]]:
    rng = np.random.default_rng([53, draw, population.rows])
    sample = Sample(population, population.draw(rng), draw)
    pick = sample.pick("cost_of_errors")
    assert pick is not None
    thresholds, figures, _ = sample.curves[pick[0]]
    share = figures["share_flagged"]
    at_pick = int(np.flatnonzero(thresholds == pick[1])[0])
    near = [int(np.abs(share - more * share[at_pick]).argmin()) for more in FLAGGED]
    truth = population.figures(pick[0], thresholds[near])
    best = population.cheapest.figures

    bootstrap, choice = sample.bootstrap, Choice(OBJECTIVES["cost_of_errors"])
    evaluation = bootstrap.evaluation
    m = evaluation.tally.index(pick[0])
    curve = evaluation.curves[m]
    positions = np.array([curve.position(at) for at in thresholds[near]])
    k = int(positions[PICK])
    objectives = [OBJECTIVES[name] for name in FIGURES]
    optimism = mean_optimism(bootstrap, choice, objectives, at=(m, k))
    shares = share_of_optimism(bootstrap, choice, (m, k))
    found = {}
    for o in objectives:
        ends, drawn = intervals(bootstrap, o, m, positions), bootstrap.values(o, m, positions)
        observed, low, high = figures[o.id][near], ends.low, ends.high
        shape = Shape.of(drawn[:, PICK], is_share=is_of_shares(evaluation, o))
        chosen = at_choice(o, observed[PICK], low[PICK], high[PICK], optimism[o.id], shape)
        beside = ChosenBeside(chosen, low[PICK], high[PICK])
        correction = Correction.beside(o, [beside], [shares[positions]], observed)
        corrected = correction.apply(o, slice(None), observed, low, high)
        aim = o.direction.loss(np.array(best[o.id]))
        samples = [
            samples_in_interval(drawn[:, k], *(float(column[k]) for column in corrected))
            for k in range(len(near))
        ]
        met = np.array([np.mean(o.direction.loss(one) <= aim) for one in samples])
        found[o.id] = [truth[o.id], observed, *corrected, met, o.direction.loss(truth[o.id]) <= aim]
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    draws = int(arguments[0]) if arguments else 200
    print("| population | defects | figure | flagged | true optimism | said | held | met | said |")
    print("|---" * 9 + "|")
    for make in (sample_population, normal_population):
        for rows, rate in SIZES:
            population = make(rows, rate)
            for name, near in simulate_neighbours(population, draws).items():
                held = (near.low <= near.truth) & (near.truth <= near.high)
                columns = (
                    near.figure - near.truth,
                    near.figure - near.expected,
                    held,
                    near.is_met,
                    near.met,
                )
                for k, more in enumerate(FLAGGED):
                    cells = " | ".join(f"{column[:, k].mean():.3g}" for column in columns)
                    print(f"| {population.name} | {rows * rate:.0f} | {name} | {more} | {cells} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

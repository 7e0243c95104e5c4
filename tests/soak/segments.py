"""Simulation of segments: how often the intervals of all segments hold the truth at once.

``python -m tests.soak.segments [DATA SETS A CELL]`` prints the tables of the guide's simulations.md; the
second has the worst part's recall, observed and after shrinking, and how often its interval holds the truth.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from metrics.inference.category_intervals import flagged_share_interval, worst_share
from metrics.tally.breakdown import Breakdown
from tests.soak.generated_scores import BUCKETS, GROUP, Cell, Floats, generate_rows
from tests.soak.known_population import standard_errors

SETS = 400
LEAST = 93.0
"""Per cent of the data sets in which all intervals of a column must hold at once."""
OFFSETS = np.array([-0.9, -0.4, 0.0, 0.0, 0.3, 0.6])
"""Added to the log odds of the units of each part."""
SHARES = np.array([0.05, 0.1, 0.15, 0.2, 0.2, 0.3])
"""Share of the units in each part."""
LABELS = {1: "recall", 0: "false alarm rate"}
CELLS = [
    *(Cell(rows, prevalence) for prevalence in (0.03, 0.3) for rows in (500, 4000, 40_000)),
    Cell(4000, 0.3, grouped=True),
    Cell(40_000, 0.03, grouped=True),
    Cell(4000, 0.3, weighted=True),
    Cell(40_000, 0.03, weighted=True),
]


def truths(cell: Cell) -> dict[int, Floats]:
    """True flagged share of each class in each part."""
    above = cell.middle + OFFSETS - cell.cut(0)
    return {label: np.asarray(ndtr(above + cell.shifts[0] * label)) for label in LABELS}


def count_by_part(cell: Cell, rng: np.random.Generator) -> Breakdown:
    """Counts of a generated data set by parts. All rows of a group are in one part."""
    labels, scores, buckets, weights = generate_rows(cell, rng)
    of = np.arange(cell.rows) // GROUP if cell.grouped else np.arange(cell.rows)
    parts = rng.choice(OFFSETS.size, of[-1] + 1, p=SHARES)[of]
    flagged = scores[0] + OFFSETS[parts] >= cell.cut(0)
    places = buckets.astype(np.intp), parts, np.zeros(cell.rows, np.intp), flagged.astype(np.intp)
    shape = BUCKETS, OFFSETS.size, 1, 2, 2
    counts: NDArray[np.int64] = np.zeros(shape, np.int64)
    np.add.at(counts, (*places, labels), 1)
    sums = None
    if cell.weighted:
        sums = np.zeros(shape)
        np.add.at(sums, (*places, labels), weights)
    names = tuple(f"part {k}" for k in range(OFFSETS.size))
    return Breakdown("part", names, ("a",), np.array([[cell.cut(0)]]), counts, sums)


def coverage_by_class(cell: Cell, sets: int, *, seed: int = 0) -> dict[int, float]:
    """Share of generated data sets, in per cent, in which all parts' intervals hold the truth, by class.

    A part without a unit of the class has no interval and is ignored.
    """
    true, held = truths(cell), dict.fromkeys(LABELS, 0)
    alone = not (cell.grouped or cell.weighted)
    for k in range(sets):
        rng = np.random.default_rng([seed, k, cell.rows, int(1000 * cell.prevalence)])
        parts = count_by_part(cell, rng)
        for label in LABELS:
            ends = flagged_share_interval(parts, "a", cell.cut(0), label, independent=alone)
            misses = (ends.low > true[label]) | (ends.high < true[label])
            held[label] += not misses.any()
    return {label: 100 * count / sets for label, count in held.items()}


def table_row(cell: Cell, held: dict[int, float]) -> str:
    """Row of the table with one kind of data sets."""
    said = " | ".join(f"{held[label]:.1f}" for label in LABELS)
    return f"| {cell.rows:,} | {cell.prevalence:.0%} | {cell.row_words} | {said} |"


WORST = {
    "eight parts alike": (np.full(8, 0.7), np.full(8, 15)),
    "eight parts alike, more units": (np.full(8, 0.7), np.full(8, 60)),
    "eight parts, one worse": (np.array([0.5, *[0.75] * 7]), np.full(8, 25)),
    "twenty parts of any recall": (np.linspace(0.55, 0.9, 20), np.arange(10, 50, 2)),
    "five parts": (np.array([0.8, 0.7, 0.6, 0.75, 0.75]), np.full(5, 30)),
}
"""True recall and defects of each part."""


class Worst(NamedTuple):
    """The worst observed recall and its interval, on average over data sets.

    Attributes
    ----------
    value, shrunken : float
        Observed recall, and after shrinking.
    above, below, holds : float
        Per cent of the intervals that are above the truth, are below the truth, or hold the truth.
    """

    value: float
    shrunken: float
    above: float
    below: float
    holds: float


def simulate_worst(recalls: Floats, defects: NDArray[np.intp], sets: int, seed: int = 0) -> Worst:
    """Worst part of generated data sets with these true recalls and numbers of defects by part."""
    by_set = []
    for k in range(sets):
        caught = np.random.default_rng([seed, k]).binomial(defects, recalls)
        counts = np.zeros((1, recalls.size, 1, 2, 2), np.int64)
        counts[0, :, 0, 1, 1], counts[0, :, 0, 0, 1] = caught, defects - caught
        names = tuple(f"part {part}" for part in range(recalls.size))
        parts = Breakdown("part", names, ("a",), np.array([[0.5]]), counts)
        observed = worst_share([parts], "a", 0.5, independent=True)
        least = float(recalls.min())
        misses = 100.0 * (observed.low > least), 100.0 * (observed.high < least)
        by_set.append([observed.value, observed.shrunken, *misses])
    value, shrunken, above, below = np.mean(by_set, axis=0).tolist()
    return Worst(value, shrunken, above, below, 100 - above - below)


def main_of_worst(sets: int) -> bool:
    """Print the table of the worst part. Return whether its interval holds too seldom."""
    print("\n| parts | true | read | shrunken | interval above, % | below, % | holds, % |")
    print("|---|---|---|---|---|---|---|")
    is_bad = False
    for name, (recalls, defects) in WORST.items():
        value, shrunken, above, below, holds = simulate_worst(recalls, defects, sets)
        print(
            f"| {name} | {recalls.min():.2f} | {value:.2f} | {shrunken:.2f} | {above:.1f} | {below:.1f} "
            f"| {holds:.1f} |"
        )
        is_bad |= bool(holds < 95 - standard_errors(2, sets))
    return is_bad


def main(arguments: list[str]) -> int:
    """Print the table. Return 1 if intervals of rows without groups hold together too seldom."""
    sets = int(arguments[0]) if arguments else SETS
    print(f"| units | defective | rows | {' | '.join(LABELS.values())} |\n|---|---|---|---|---|")
    slack = standard_errors(2, sets)
    too_seldom = []
    for cell in CELLS:
        held = coverage_by_class(cell, sets)
        print(table_row(cell, held), flush=True)
        if not cell.grouped and min(held.values()) < LEAST - slack:
            too_seldom.append(cell)
    return int(bool(too_seldom) | main_of_worst(sets))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

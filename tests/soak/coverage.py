"""Simulation of intervals: how often 95% intervals hold the truth of generated data sets.

``python -m tests.soak.coverage [DATA SETS A CELL]`` prints the two tables of the guide's simulations.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison.paired_difference import paired_difference
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import intervals
from metrics.tally.tally import Tally
from tests.soak.generated_scores import (
    AT_RATE,
    GIVEN,
    KINDS,
    OBSERVED,
    POINTS,
    Cell,
    generate_rows,
    tally_of_rows,
    truths,
)
from tests.soak.known_population import standard_errors

SETS = 400


def intervals_by_kind(
    cell: Cell, tally: Tally, seed: int, replicates: int
) -> Iterator[tuple[str, Interval]]:
    """Intervals on one data set by kind."""
    evaluation = evaluate(tally, OBSERVED)
    observed = Bootstrap.draw(evaluation, replicates=replicates, seed=seed)
    given = replace(observed, evaluation=evaluate(tally, GIVEN, curves=evaluation.curves))
    at = [evaluation.curves[m].positions([cell.cut(m)]) for m in range(2)]
    for kind in cell.kinds:
        name, _, of = kind.partition(" ")
        if of == "difference":
            first, second = (observed.values(OBJECTIVES[name], m, at[m])[:, 0] for m in range(2))
            gap = paired_difference(OBJECTIVES[name], first, second, 0.0, blocks=observed.blocks)
            yield kind, Interval(np.array([gap.low]), np.array([gap.high]))
        else:
            resampled = given if of else observed
            yield kind, intervals(resampled, OBJECTIVES[name], 0, at[0])


def coverage_by_kind(
    cell: Cell, sets: int, *, seed: int = 0, replicates: int = 1000
) -> dict[str, float]:
    """Share of generated data sets, in per cent, in which the interval of each kind holds the truth.

    A set with only one class has no interval and counts as a miss.
    """
    true, held = truths(cell), dict.fromkeys(cell.kinds, 0)
    for k in range(sets):
        rng = np.random.default_rng([seed, k, cell.rows, int(1000 * cell.prevalence), cell.grouped])
        labels, scores, buckets, weights = generate_rows(cell, rng)
        if np.unique(labels).size < 2:
            continue
        tally = tally_of_rows(cell, labels, scores, buckets, weights)
        for kind, ends in intervals_by_kind(cell, tally, k, replicates):
            held[kind] += bool(ends.low[0] <= true[kind] <= ends.high[0])
    return {kind: 100 * count / sets for kind, count in held.items()}


CELLS = [
    *(
        Cell(rows, prevalence, grouped)
        for grouped in (False, True)
        for prevalence in (0.03, 0.3)
        for rows in (500, 4000, 40_000)
    ),
    Cell(4000, 0.3, True, failing=True),
    Cell(40_000, 0.03, weighted=True),
    Cell(4000, 0.3, weighted=True),
]


OF_A_POINT = KINDS[: len(POINTS) + len(AT_RATE)]
OF_A_MODEL = KINDS[len(OF_A_POINT) :]
"""Columns of the first table, and of the second: figures of a whole model, and differences of two models."""


def heading(kinds: Sequence[str]) -> str:
    """First two lines of a table, in Markdown."""
    names = " | ".join(kind.replace("_", " ") for kind in kinds)
    return f"| units | defective | rows | {names} |\n" + "|---" * (3 + len(kinds)) + "|"


def table_row(cell: Cell, held: dict[str, float], kinds: Sequence[str]) -> str:
    """Row of a table with one data set."""
    said = " | ".join(f"{held[kind]:.1f}" if kind in held else "–" for kind in kinds)
    return f"| {cell.rows:,} | {cell.prevalence:.0%} | {cell.row_words} | {said} |"


def kinds_off(cell: Cell, held: dict[str, float], sets: int) -> list[str]:
    """Kinds with a coverage outside 92% to 97%, up to chance; only for cells that promise 95%."""
    slack = standard_errors(2, sets)
    return [
        f"{kind} of {cell.rows:,} units, {cell.prevalence:.0%} defective: {share:.1f}"
        for kind, share in held.items()
        if cell.promised and not 92 - slack <= share <= 97 + slack
    ]


def main(arguments: list[str]) -> int:
    """Print the tables. Return 1 if coverage is too low without groups and with enough defects."""
    sets = int(arguments[0]) if arguments else SETS
    print(heading(OF_A_POINT), flush=True)
    every = {}
    for cell in CELLS:
        every[cell] = coverage_by_kind(cell, sets)
        print(table_row(cell, every[cell], OF_A_POINT), flush=True)
    print("", heading(OF_A_MODEL), sep="\n")
    for cell, held in every.items():
        print(table_row(cell, held, OF_A_MODEL))
    off = [one for cell, held in every.items() for one in kinds_off(cell, held, sets)]
    error = standard_errors(1, sets)
    print(f"\n{sets:,} data sets a cell; Monte Carlo error of a share of 95%: {error:.1f}")
    for one in off:
        print(f"outside 92 to 97: {one}")
    return int(bool(off))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

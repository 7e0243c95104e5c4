"""How often the interval of a figure holds the truth at a point that was picked for being the best.

``python -m tests.soak.picks [DRAWS A CELL] [FILE...]`` prints the table of the guide's method.md, of the
sample or of other score files: rows are drawn from the file, whose own figures are the truth.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import evaluate, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals import intervals
from metrics.inference.optimism import interval_at_choice
from metrics.inference.replicate_choices import Choice
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from metrics.tally.threaded_counting import tally_scores
from sample_data import SCORES
from tests.metrics.strategies import Rows, as_scores
from tests.soak.transfer import read

DRAWS = 40
COST, RECALL, MISSED, FLAGGED = (
    OBJECTIVES[name] for name in ("cost_of_errors", "recall", "missed_defects", "share_flagged")
)
FIGURES = (COST, RECALL, MISSED, FLAGGED)
CHOICES = {
    "cheapest": Choice(COST),
    "cheapest with recall >= 0.8": Choice(COST, limits=(Bound(RECALL, 0.8),)),
    "fewest missed": Choice(MISSED),
}
ENOUGH = 100
"""Defects from which on an interval must hold what it says; with fewer stands a warning."""


@dataclass(frozen=True)
class Cell:
    """So many rows of a file with a share of defects."""

    name: str
    file: Rows
    rows: int
    prevalence: float

    def draw(self, rng: np.random.Generator) -> Rows:
        """Rows of the file, each class as often as chance will."""
        defects = int(rng.binomial(self.rows, self.prevalence))
        kinds = [
            rng.choice(np.flatnonzero(self.file.labels == kind), count)
            for kind, count in ((1, defects), (0, self.rows - defects))
        ]
        drawn = self.file.take(rng.permutation(np.concatenate(kinds)))
        # A row that is drawn twice is two units: under one id they would share a bucket, as a group does.
        return replace(drawn, ids=())

    def truth(self, model: str, threshold: float) -> dict[str, float]:
        """Figures of a point on average over all draws."""
        flagged = self.file.scores[model] >= threshold
        caught, alarms = (flagged[self.file.labels == kind].mean() for kind in (1, 0))
        defects = self.rows * self.prevalence
        missed, alarmed = defects * (1 - caught), (self.rows - defects) * alarms
        return {
            "cost_of_errors": 5 * missed + alarmed,
            "recall": caught,
            "missed_defects": missed,
            "share_flagged": (defects * caught + alarmed) / self.rows,
        }


def held(
    cell: Cell, draws: int, seed: int = 0
) -> Iterator[tuple[str, dict[str, tuple[float, ...]]]]:
    """By choice and figure: the share of the draws in which the plain and the adjusted interval hold.

    And how much wider the adjusted is.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for k in range(draws):
        rng = np.random.default_rng([seed, k, cell.rows, int(1000 * cell.prevalence)])
        evaluation = evaluate(tally_scores(as_scores(cell.draw(rng))), Scenario())
        bootstrap = Bootstrap.draw(evaluation, seed=k)
        points = operating_points(evaluation, [*FIGURES, OBJECTIVES["revenue_impact"]])
        for name, choice in CHOICES.items():
            best = pick(points, choice.objective, evaluation, limits=choice.limits)
            if best is None:
                continue
            counts[name, "", "picked"] += 1
            true = cell.truth(best.model, best.threshold)
            found = interval_at_choice(bootstrap, choice, best.model, best.threshold, FIGURES)
            m = evaluation.tally.index(best.model)
            at = evaluation.curves[m].positions([best.threshold])
            for o in FIGURES:
                plain, own = intervals(bootstrap, o, m, at), found[o.id]
                low, high = plain.low.item(), plain.high.item()
                counts[name, o.id, "plain"] += low <= true[o.id] <= high
                counts[name, o.id, "adjusted"] += own.low <= true[o.id] <= own.high
                counts[name, o.id, "wider"] += (own.high - own.low) / (high - low)  # type: ignore[assignment]
    for name in CHOICES:
        picked = max(counts[name, "", "picked"], 1)
        yield (
            name,
            {
                o.id: tuple(
                    counts[name, o.id, what] / picked for what in ("plain", "adjusted", "wider")
                )
                for o in FIGURES
            },
        )


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where an interval with enough defects holds less, or more, than it says."""
    draws = int(arguments[0]) if arguments else DRAWS
    files = {"sample": read(SCORES)} | {Path(p).stem: read(Path(p)) for p in arguments[1:]}
    sizes = ((1000, 0.03), (4000, 0.03), (4000, 0.1))
    cells = [Cell(name, rows, n, rate) for name, rows in files.items() for n, rate in sizes]
    names = " | ".join(o.id.replace("_", " ") for o in FIGURES)
    print(f"| file | rows | defects | picked | {names} |")
    print("|---" * (4 + len(FIGURES)) + "|")
    off = []
    slack = 300 * (0.05 * 0.95 / draws) ** 0.5 if draws < 1000 else 0.0
    for cell in cells:
        for name, found in held(cell, draws):
            said = " | ".join(
                f"{100 * plain:.0f} → {100 * own:.0f} ({wider:.2f})"
                for plain, own, wider in found.values()
            )
            print(
                f"| {cell.name} | {cell.rows:,} | {cell.prevalence:.0%} | {name} | {said} |",
                flush=True,
            )
            if cell.rows * cell.prevalence >= ENOUGH:
                off += [
                    (cell.name, cell.rows, name, figure, own)
                    for figure, (_, own, _) in found.items()
                    if not 92 - slack <= 100 * own <= 98 + slack
                ]
    for one in off:
        print("holds too seldom, or too often:", one)
    return int(bool(off))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

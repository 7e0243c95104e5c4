"""How often a point that was picked to meet a target misses it in truth, by the share that the page says.

``python -m tests.soak.limits_missed [DRAWS] [FILE]`` prints the table: rows are drawn from the file, whose
own figures are the truth. The target lies from 1.5 standard errors better to 2 worse than what can be had.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from metrics.evaluation.operating_points import evaluate, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.optimism import mean_optimism
from metrics.inference.replicate_choices import Choice
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from metrics.tally.threaded_counting import tally_scores
from sample_data import SCORES
from tests.metrics.strategies import as_scores
from tests.soak.picks import COST, Cell
from tests.soak.transfer import read

DRAWS = 150
AWAY = np.arange(-1.5, 2.1, 0.5)
"""Standard errors between the target and what is to be had."""
SAID = (0.0, 0.2, 0.4, 0.6, 1.0)


def shares(cell: Cell, draws: int) -> list[tuple[float, bool]]:
    """The share of the resamples in which a picked point misses the target, and whether it does in truth."""
    found: list[tuple[float, bool]] = []
    best_in_truth, error = 0.0, 0.0
    for k in range(draws):
        rng = np.random.default_rng([7, k])
        evaluation = evaluate(tally_scores(as_scores(cell.draw(rng))), Scenario())
        bootstrap = Bootstrap.draw(evaluation, seed=k)
        best = pick(operating_points(evaluation, [COST]), COST, evaluation)
        assert best is not None
        m = evaluation.tally.index(best.model)
        at = evaluation.curves[m].positions([best.threshold])
        drawn = bootstrap.values(COST, m, at)[:, 0]
        counts = evaluation.curves[m].counts[at]
        here = float(np.ravel(COST.values(counts, evaluation.context(m)))[0])
        true = cell.truth(best.model, best.threshold)["cost_of_errors"]
        if not k:
            best_in_truth, error = true, float(drawn.std())
        for target in (best_in_truth + AWAY * error).tolist():
            if here > target:
                continue
            choice = Choice(COST, limits=(Bound(COST, target),))
            optimism = mean_optimism(bootstrap, choice, [COST], at=(m, int(at[0])))[COST.id]
            found.append((float((drawn - optimism > target).mean()), true > target))
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where what is said to be missed in about half of all is missed far more or less."""
    draws = int(arguments[0]) if arguments else DRAWS
    file = read(Path(arguments[1]) if len(arguments) > 1 else SCORES)
    found = np.array(shares(Cell("file", replace(file, ids=()), 4000, 0.1), draws))
    print("| said | points | said on average | missed |\n|---|---|---|---|")
    off = False
    for low, high in itertools.pairwise(SAID):
        own = found[(found[:, 0] >= low) & (found[:, 0] < high + (high == 1))]
        said, missed = own.mean(axis=0) if len(own) else (np.nan, np.nan)
        print(f"| {low:.1f} to {high:.1f} | {len(own)} | {said:.2f} | {missed:.2f} |", flush=True)
        off |= not abs(said - missed) <= 0.15  # true where there is none
    return int(off)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Simulation of limits certified on costs, against the current system and at several looks.

``python -m tests.soak.against_current [DRAWS]`` prints the rows of the guide's method.md. Truth and the
paired test that the answers are held against are plain sums over rows, which share nothing with the library.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from metrics.evaluation.operating_points import evaluate
from metrics.inference.certificates.guarantee import clearly_better, guaranteed
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.kernel import Floats
from metrics.tally.threaded_counting import tally_scores
from sample_data import SCORES
from tests.metrics.strategies import Rows, as_scores
from tests.metrics.tallied import tally_of

DRAWS, ROWS, LOOKS = 300, 4000, 10
PAY = Payoff(9.0, -6.75, -85.5, -6.75)
MISSED = -85.5
MISS_COST = 5.0
REAL = (
    "contrast_rule", "small_tree", "naive_bayes", "logistic_regression", "nearest_neighbours", "mlp_pixels",
    "calibrated_svm", "random_forest", "class_weighted_trees", "gradient_boosting", "two_stage_boosting",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Population:
    """All units of a population, and its current system."""

    name: str
    is_defect: NDArray[np.bool_]
    scores: dict[str, Floats]
    model: str
    threshold: float

    def earned(self, flagged: NDArray[np.bool_]) -> Floats:
        """Revenue of each unit."""
        good = np.where(flagged, PAY.reject_good, PAY.ship_good)
        return np.where(self.is_defect, np.where(flagged, PAY.reject_defect, MISSED), good)

    @cached_property
    def _in_order(self) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Sorted scores of each model, and the numbers of defects and good units below each and in total."""
        found = {}
        for model, own in self.scores.items():
            order = np.argsort(own, kind="stable")
            missed, passed = (
                np.append(0.0, np.cumsum(kind[order])) for kind in (self.is_defect, ~self.is_defect)
            )
            found[model] = own[order], missed, passed
        return found

    @cached_property
    def current(self) -> Floats:
        """Revenue of each unit under the current system."""
        return self.earned(self.scores[self.model] >= self.threshold)

    def figures(self, model: str, thresholds: Floats) -> tuple[Floats, Floats, Floats]:
        """Revenue above the current system's in per cent, cost of `ROWS` rows, and recall."""
        ordered, missed, passed = self._in_order[model]
        at = np.searchsorted(ordered, thresholds, side="left")
        fn, tn = missed[at], passed[at]
        tp, fp = missed[-1] - fn, passed[-1] - tn
        pay = PAY.ship_good * tn + PAY.reject_good * fp + PAY.reject_defect * tp
        pay = pay + MISSED * fn
        share = ROWS / self.is_defect.size
        return 100 * (pay / self.current.sum() - 1), share * (MISS_COST * fn + fp), tp / missed[-1]

    @cached_property
    def best(self) -> tuple[str, float, float, float]:
        """Point with the highest revenue, its revenue, and the least cost of any point."""
        found = []
        for model, own in self.scores.items():
            at = np.unique(own)
            gains, costs, _ = self.figures(model, at)
            k = int(gains.argmax())
            found.append((float(gains[k]), model, float(at[k]), float(costs.min())))
        gain, model, threshold, _ = max(found)
        return model, threshold, gain, min(one[3] for one in found)

    def draw(self, rng: np.random.Generator, rows: int = ROWS) -> Rows:
        """A sample."""
        which = rng.integers(0, self.is_defect.size, rows)
        scores = {model: own[which] for model, own in self.scores.items()}
        return Rows(self.is_defect[which].astype(np.int8), scores)


def populations() -> list[Population]:
    """The real models of the sample, and three parametric models that share part of their noise."""
    table = pq.read_table(SCORES, columns=["label", *REAL]).to_pandas()
    real = {model: table[model].to_numpy(np.float64) for model in REAL}
    rng = np.random.default_rng(31)
    defects = rng.random(200_000) < 0.05
    common = rng.standard_normal(defects.size)
    made = {
        f"m{k}": skill * defects + 0.8 * common + 0.6 * rng.standard_normal(defects.size)
        for k, skill in enumerate((1.8, 2.3, 2.6))
    }
    made = {model: 1 / (1 + np.exp(2.0 - own)) for model, own in made.items()}
    return [
        Population("sample", table["label"].to_numpy() == 1, real, "contrast_rule", 0.5),
        Population("made", defects, made, "m0", 0.3),
    ]


def paired_test(population: Population, which: Rows, times: float) -> bool:
    """Whether a normal paired test shows that the best point earns `times` the current revenue."""
    model, threshold, *_ = population.best
    sample = Population("", which.labels == 1, which.scores, population.model, population.threshold)
    gain = sample.earned(which.scores[model] >= threshold) - times * sample.current
    return bool(gain.mean() * gain.size**0.5 > 1.645 * gain.std())


def counted(population: Population, draws: int) -> Counter[str]:
    """How often each statement is made, and how often it is wrong."""
    out: Counter[str] = Counter()
    model, threshold, gain, cost = population.best
    gains = {"10": 10.0, "2/3 of the best": gain * 2 / 3, "a little above the best": gain + 0.3}
    costs = {"1.3 times the least": 1.3 * cost, "a little below the least": cost - 0.5}
    current = Today(population.model, population.threshold)
    for k in range(draws):
        data = population.draw(np.random.default_rng([7, k]))
        by = BreakdownColumns(today=(current.model, current.threshold))
        tally = tally_of(data, by=by, also=[current.threshold])
        evaluation = evaluate(tally, Scenario(miss_cost=MISS_COST, payoff=PAY, today=current))
        for limit, (position, values) in {"gain": (0, gains), "cost": (1, costs)}.items():
            for words, value in values.items():
                named = "revenue_impact_percent >=" if limit == "gain" else "cost_of_errors <="
                points = guaranteed(evaluation, [f"{named} {value!r}"])
                out[f"{limit} {words}: certified"] += not points.empty
                sign = -1 if limit == "gain" else 1
                wrong = any(
                    (
                        sign * (population.figures(str(name), own.to_numpy())[position] - value)
                        > 1e-9
                    ).any()
                    for name, own in points.groupby("model")["threshold"]
                )
                out[f"{limit} {words}: broken"] += wrong
        out["gain 10: paired test"] += paired_test(population, data, 1.1)
        out["kept although another is better"] += clearly_better(evaluation).empty
        # With the best of all points as the current system, no point is better.
        by = BreakdownColumns(today=(model, threshold))
        tally = tally_of(data, by=by, also=[threshold])
        ideal = Scenario(miss_cost=MISS_COST, payoff=PAY, today=Today(model, threshold))
        out["not kept although the best"] += not clearly_better(evaluate(tally, ideal)).empty
    return out


def looked_at(population: Population, draws: int) -> Counter[str]:
    """Number of draws in which a limit certified at one of several looks at growing data is broken."""
    out: Counter[str] = Counter()
    for k in range(draws):
        data = population.draw(np.random.default_rng([8, k]))
        wrong = {1: False, LOOKS: False}
        for look in range(1, LOOKS + 1):
            seen = as_scores(data.take(slice(0, look * ROWS // LOOKS)))
            evaluation = evaluate(tally_scores(seen), Scenario())
            for looks in wrong:
                points = guaranteed(evaluation, ["recall >= 0.8"], looks=looks)
                wrong[looks] |= any(
                    (population.figures(str(name), own.to_numpy())[2] < 0.8 - 1e-9).any()
                    for name, own in points.groupby("model")["threshold"]
                )
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
        model, threshold, gain, cost = population.best
        print(
            f"{population.name}: best {model} at {threshold:.4g}, +{gain:.1f}%, least cost {cost:.0f}"
        )
        found = counted(population, draws) + looked_at(population, draws)
        for name in sorted(found):
            share = 100 * found[name] / draws
            error = (share * (100 - share) / draws) ** 0.5
            print(f"  {name}: {share:.1f}% ({error:.1f})", flush=True)
            slack = 300 * (0.05 * 0.95 / draws) ** 0.5
            is_wrong = "broken" in name or name.startswith(("kept", "not kept"))
            bad += is_wrong and not name.startswith("1 said") and share > 5 + slack
        bad += found["gain 10: certified"] < 0.95 * draws
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

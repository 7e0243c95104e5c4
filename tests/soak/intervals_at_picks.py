"""Simulation of picked points: how often intervals hold the truth, and how often limits are met as stated.

``python -m tests.soak.intervals_at_picks [DRAWS A CELL]`` prints the tables of "What holds at a pick" in the
guide. Samples are drawn from two populations. For the rows of the sample file, their own figures are the
truth. For generated models with normal scores, the truth is a formula. Truth, counts and picks are computed
here and not by the library.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from dashboard.cli.evaluate.figures import evaluation_json
from dashboard.cli.evaluate.intervals import add_intervals
from metrics import OBJECTIVES, Bound, Scenario, evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.optimism import interval_at_choice
from metrics.inference.samples_on_new_data import samples_in_interval
from metrics.scenario.scenario import Today
from metrics.selection.choice import Choice
from metrics.tally.kernel import Floats
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import tally_of
from tests.soak.known_population import (
    LESS_IS_BETTER,
    Counts,
    Population,
    figures_of_counts,
    normal_scores,
    read_rows,
    revenue,
    standard_errors,
)

DRAWS = 40
SIZES = ((2000, 0.03), (4000, 0.03), (3000, 0.1))
"""Rows and defect rate: 60, 120 and 300 defects."""
MOST_BEYOND = 4.0
"""Per cent of the draws in which the truth may lie beyond either end of an interval."""
APART = 8.0
"""Points between how often a limit is said to be met and how often it is."""
SAID = (0.0, 0.1, 0.3, 0.5, 0.7, 0.88, 0.985, 1.01)

Figures = dict[str, Floats]


class SampleFile(Population):
    """Rows of the sample file; each class is drawn separately."""

    def draw(self, rng: np.random.Generator) -> Rows:
        """Draw a sample."""
        assert self.rate is not None
        goods, defects = (np.flatnonzero(self.units.labels == label) for label in (0, 1))
        number = int(rng.binomial(self.rows, self.rate))
        drawn = [rng.choice(defects, number), rng.choice(goods, self.rows - number)]
        return self.take(rng.permutation(np.concatenate(drawn)))

    def thresholds(self, model: str) -> Floats:
        """Quantiles of the scores."""
        return np.unique(np.quantile(self.units.scores[model], np.linspace(0, 1, 4000)))


def of_sample(rows: int, rate: float) -> Population:
    """Population of the rows of the sample file."""
    return SampleFile("sample", read_rows(), rows, rate, current=("contrast_rule", 0.5))


MODELS = tuple(f"p{k}" for k in range(8))
SKILLS = dict(zip(MODELS, (1.4, 1.6, 1.8, 2.0, 2.1, 2.2, 2.3, 2.35), strict=True))
SPREADS = dict(zip(MODELS, (1.0, 1.2, 0.8, 1.1, 1.3, 1.0, 0.9, 1.15), strict=True))
COMMON = 0.6
"""Share of the noise that all generated models have in common."""


class NormalScores(Population):
    """Eight models whose log odds are normal in each class. `units` has only thresholds to search."""

    def draw(self, rng: np.random.Generator) -> Rows:
        """Draw a sample."""
        assert self.rate is not None
        labels = np.zeros(self.rows, np.int8)
        labels[: int(rng.binomial(self.rows, self.rate))] = 1
        labels = rng.permutation(labels)
        scores = normal_scores(labels, SKILLS, -3.0, rng, common=COMMON, spreads=SPREADS)
        return Rows(labels, scores)

    def counts(self, model: str, thresholds: Floats) -> Counts:
        """Expected counts, by a formula."""
        assert self.rate is not None
        with np.errstate(divide="ignore"):
            z = logit(np.minimum(thresholds, 1.0)) + 3
        caught, alarms = norm.sf((z - SKILLS[model]) / SPREADS[model]), norm.sf(z)
        defects, goods = self.rows * self.rate, self.rows * (1 - self.rate)
        return Counts(
            caught * defects, alarms * goods, defects * (1 - caught), goods * (1 - alarms)
        )


def of_normal_scores(rows: int, rate: float) -> Population:
    """Population of eight models with normal log odds."""
    units = Rows(np.zeros(0, np.int8), dict.fromkeys(SKILLS, expit(np.linspace(-6, 3, 2000))))
    return NormalScores("normal scores", units, rows, rate, current=("p1", float(expit(-1.0))))


@dataclass(eq=False)
class Sample:
    """Drawn rows of a population, and the points that stakeholders would pick."""

    population: Population
    rows: Rows

    @cached_property
    def _current_revenue(self) -> Floats:
        """Revenue of the current system in the sample."""
        model, threshold = self.population.current
        flagged = self.rows.scores[model] >= threshold
        counts = [
            part & (self.rows.labels == label) for part in (flagged, ~flagged) for label in (1, 0)
        ]
        return revenue(Counts(*(count.sum() for count in counts)), self.population.payoff)

    @cached_property
    def curves(self) -> dict[str, tuple[Floats, Figures, np.ndarray]]:
        """Thresholds by model, their figures, and a mask of those that flag some units but not all."""
        return {model: self._curve(scores) for model, scores in self.rows.scores.items()}

    def _curve(self, scores: Floats) -> tuple[Floats, Figures, np.ndarray]:
        order = np.argsort(-scores, kind="stable")
        score, label = scores[order], self.rows.labels[order]
        last = np.append(score[1:] != score[:-1], True)
        tp, fp = np.cumsum(label)[last], np.cumsum(1 - label)[last]
        counts = Counts(tp, fp, label.sum() - tp, (1 - label).sum() - fp)
        gain = revenue(counts, self.population.payoff) - self._current_revenue
        figures = figures_of_counts(counts) | {"revenue_impact": gain}
        return score[last], figures, (tp + fp > 0) & (counts.fn + counts.tn > 0)

    def pick(
        self, objective: str, limit: tuple[str, float] | None = None
    ) -> tuple[str, float] | None:
        """Model and threshold of the best figure that meets a limit."""
        found: list[tuple[float, ...]] = []
        for m, (thresholds, figures, allowed) in enumerate(self.curves.values()):
            if limit is not None:
                allowed = allowed & is_met(figures, *limit)
            k = np.flatnonzero(allowed)
            if k.size:
                loss = figures[objective] * (1 if objective in LESS_IS_BETTER else -1)
                ties = ("missed_defects", "cost_of_errors", "false_alarms")
                keys = (loss, *(figures[name] for name in ties))
                best = k[np.lexsort([key[k] for key in (thresholds, *keys[::-1])])[0]]
                found.append((*(float(key[best]) for key in keys), m, float(thresholds[best])))
        if not found:
            return None
        *_, place, threshold = min(found)
        return list(self.curves)[int(place)], threshold


def is_met(figures: Figures, name: str, limit: float) -> np.ndarray:
    """Whether figures meet a limit up to rounding."""
    slack = 1e-12 * (1 + abs(limit))
    if name in LESS_IS_BETTER:
        return np.asarray(figures[name] <= limit + slack)
    return np.asarray(figures[name] >= limit - slack)


def limits_of(population: Population, rng: np.random.Generator) -> list[tuple[str, str, float]]:
    """Objective to pick by, and its limit: one of each kind, drawn between easy and out of reach."""
    best = population.cheapest.figures
    defects, flagged = (
        best["missed_defects"] / (1 - best["recall"]),
        best["share_flagged"] * population.rows,
    )
    error = math.sqrt(best["recall"] * (1 - best["recall"]) / defects)
    cost, gain = best["cost_of_errors"], best["revenue_impact"]
    of_cost = 1.2 * cost / math.sqrt(defects * (1 - best["recall"]))
    of_precision = best["precision"] * math.sqrt(
        (1 - best["precision"]) / (best["precision"] * flagged)
    )

    def away(low: float = -3.0, high: float = 3.0) -> float:
        return float(rng.uniform(low, high))

    return [
        ("cost_of_errors", "recall", best["recall"] + away() * error),
        ("cost_of_errors", "share_flagged", best["share_flagged"] * (1 + away() / flagged**0.5)),
        ("cost_of_errors", "precision", best["precision"] + away() * of_precision),
        ("cost_of_errors", "cost_of_errors", cost + away() * of_cost),
        ("cost_of_errors", "revenue_impact", gain + away() * of_cost),
        ("cost_of_errors", "missed_defects", round(best["missed_defects"] * away(0.4, 1.3))),
        ("cost_of_errors", "false_alarms", round(best["false_alarms"] * away(0.4, 1.3))),
        ("missed_defects", "precision", min(0.95, best["precision"] * away(0.6, 1.4))),
        ("missed_defects", "share_flagged", best["share_flagged"] * away(0.5, 2.0)),
        ("missed_defects", "cost_of_errors", cost * away(1.0, 1.8)),
        ("missed_defects", "revenue_impact", gain * away(-0.3, 0.95)),
        ("false_alarms", "recall", min(0.99, best["recall"] + away() * error)),
        ("false_alarms", "missed_defects", round(best["missed_defects"] * away(0.4, 1.3))),
    ]


Held = tuple[str, str, float, float, float]
"""Where an interval stands, its figure, both ends, and the truth."""
Met = tuple[str, float, bool]
"""What was picked and which limit is asked of it, how often that is said to be met, and whether it is."""
DECIDED = "decided by"
"""Of a pick that would be another one without the limit."""
FIGURES = ("cost_of_errors", "missed_defects", "recall", "revenue_impact")
OF_COMMAND = {"cost": "cost_of_errors", "fn": "missed_defects", "fp": "false_alarms"}


def statements(population: Population, draw: int) -> tuple[list[Held], list[Met]]:
    """Statements of the command line and the page about one sample, and the truth."""
    rng = np.random.default_rng([47, draw, population.rows])
    sample = Sample(population, population.draw(rng))
    limits = limits_of(population, rng)
    model, threshold = population.current
    tally = tally_of(sample.rows, also=[threshold])
    evaluation = evaluate(tally, Scenario(today=Today(model, threshold)))
    bootstrap = Bootstrap.draw(evaluation, seed=draw)

    def truth(point: tuple[str, float]) -> dict[str, float]:
        figures = population.figures(point[0], np.array(point[1]))
        return {name: float(value) for name, value in figures.items()}

    held: list[Held] = []
    every = evaluation_json(evaluation, [])["models"]
    of_least = {
        m: {"at": {}, "lowest_cost": of_model["lowest_cost"]} for m, of_model in every.items()
    }
    said = add_intervals({"models": of_least, "front": []}, bootstrap)["models"]
    cheapest = sample.pick("cost_of_errors")
    assert cheapest is not None
    for name, of_model in said.items():
        least = of_model["lowest_cost"]
        true = truth((name, float(least["threshold"])))
        for key, figure in OF_COMMAND.items():
            low, high = least[f"{key}_interval"]
            held.append(("command line, each model", figure, low, high, true[figure]))
            if name == cheapest[0]:
                held.append(("command line, cheapest model", figure, low, high, true[figure]))

    recall = ("recall", population.cheapest.figures["recall"])
    no_loss = ("revenue_impact", 0.0)
    for where, objective, limit, choice in (
        ("page, cheapest", "cost_of_errors", None, Choice(OBJECTIVES["cost_of_errors"])),
        ("page, cheapest within a recall", "cost_of_errors", recall,
         Choice(OBJECTIVES["cost_of_errors"], limits=(_bound(recall),))),
        ("page, fewest missed", "missed_defects", no_loss,
         Choice(OBJECTIVES["missed_defects"], _bound(no_loss))),
    ):  # fmt: skip
        point = sample.pick(objective, limit)
        if point is not None:
            true, asked = truth(point), [OBJECTIVES[name] for name in FIGURES]
            found = interval_at_choice(bootstrap, choice, *point, asked)
            for name in FIGURES:
                held.append((where, name, found[name].low, found[name].high, true[name]))

    met: list[Met] = []

    def ask(
        point: tuple[str, float], choice: Choice, asked: Sequence[tuple[str, float]], kind: str
    ) -> None:
        objectives = [OBJECTIVES[name] for name, _ in asked]
        found = interval_at_choice(bootstrap, choice, *point, objectives)
        true = {key: np.asarray(figure) for key, figure in truth(point).items()}
        for o, (name, value) in zip(objectives, asked, strict=True):
            said = found[name]
            drawn = bootstrap.values_at(o, *point)
            samples = samples_in_interval(drawn, said.expected, said.low, said.high)
            share = float(is_met({name: samples}, name, value).mean())
            met.append((f"{kind} {name}", share, bool(is_met(true, name, value))))

    for objective, name, value in limits:
        point = sample.pick(objective, (name, value))
        if point is not None:
            bound = _bound((name, value))
            own_bound = None if objective == "cost_of_errors" else bound
            is_decided = sample.pick(objective) != point
            choice = Choice(OBJECTIVES[objective], own_bound, (bound,) if is_decided else ())
            how = DECIDED if is_decided else "within"
            ask(point, choice, [(name, value)], f"{objective} {how}")
    others = [limit[1:] for limit in limits if limit[0] == "cost_of_errors"]
    ask(cheapest, Choice(OBJECTIVES["cost_of_errors"]), others, "cost_of_errors against")
    return held, met


def _bound(limit: tuple[str, float]) -> Bound:
    return Bound(OBJECTIVES[limit[0]], float(limit[1]))


def of_intervals(held: Sequence[Held]) -> Iterator[tuple[str, str, float, float, float, int]]:
    """Per cent of intervals that hold the truth, are below it, and are above it, by place and figure."""
    for where, figure in dict.fromkeys(one[:2] for one in held):
        ends = np.array([one[2:] for one in held if one[:2] == (where, figure)])
        low, high, true = ends[~np.isnan(ends).any(axis=1)].T
        above, below = (100 * float(np.mean(out)) for out in (true > high, true < low))
        yield where, figure, 100 - above - below, above, below, len(true)


def of_limits(met: Sequence[Met]) -> Iterator[tuple[float, float, int]]:
    """Mean stated and true share of met limits in per cent, in classes of the stated share."""
    both = np.array([one[1:] for one in met], np.float64)
    for low, high in itertools.pairwise(SAID):
        in_class = both[(both[:, 0] >= low) & (both[:, 0] < high)]
        if len(in_class):
            yield *(100 * in_class.mean(axis=0)).tolist(), len(in_class)


def main(arguments: Sequence[str]) -> int:
    """Print the tables. Return 1 if intervals miss the truth too often on a side, or a share is off."""
    draws = int(arguments[0]) if arguments else DRAWS
    slack = standard_errors(3, draws, MOST_BEYOND / 100) * (draws < 1000)
    bad: list[object] = []
    print("| population | defects | where | figure | held | truth above | truth below |")
    print("|---" * 7 + "|")
    by_population: dict[str, list[Met]] = {}
    for make in (of_sample, of_normal_scores):
        for rows, rate in SIZES:
            population = make(rows, rate)
            met = by_population.setdefault(population.name, [])
            held: list[Held] = []
            for draw in range(draws):
                more = statements(population, draw)
                held += more[0]
                met += more[1]
            for where, figure, share, above, below, _ in of_intervals(held):
                cell = f"{population.name} | {rows * rate:.0f} | {where} | {figure}"
                print(f"| {cell} | {share:.1f} | {above:.1f} | {below:.1f} |", flush=True)
                if max(above, below) > MOST_BEYOND + slack:
                    bad.append((cell, above, below))
    print("\n| population | picked | said to be met, % | met, % | picks |\n|---|---|---|---|---|")
    by_population["both"] = [one for met in by_population.values() for one in met]
    for name, met in by_population.items():
        kinds = [*dict.fromkeys(one[0] for one in met)]
        groups = {
            "all": kinds,
            "all decided": [kind for kind in kinds if DECIDED in kind],
            "all others": [kind for kind in kinds if DECIDED not in kind],
        }
        for kind, members in {**groups, **{kind: [kind] for kind in kinds}}.items():
            for said, true, count in of_limits([one for one in met if one[0] in members]):
                cell = f"{name} | {kind}"
                print(f"| {cell} | {said:.0f} | {true:.0f} | {count} |")
                if abs(said - true) > APART + standard_errors(3, min(count, 10 * draws), 0.5):
                    bad.append((cell, said, true))
    for one in bad:
        print("misses the truth too often, or is said too often or too seldom:", one)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

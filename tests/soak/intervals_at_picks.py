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
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from dashboard.cli.evaluate.figures import evaluation_json
from dashboard.cli.evaluate.intervals import add_intervals
from metrics import OBJECTIVES, Bound, Scenario, evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.samples_on_new_data import samples_in_interval
from metrics.scenario.scenario import Today
from metrics.selection.choice import Choice
from metrics.tally.kernel import Floats
from tests.metrics.interval_at_choice import interval_at_choice
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
LARGEST_DIFFERENCE = 8.0
"""Largest allowed difference between the stated and the true share of met limits, in percentage points."""
STATED = (0.0, 0.1, 0.3, 0.5, 0.7, 0.88, 0.985, 1.01)
"""Ends of the classes of stated shares."""

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


def sample_population(rows: int, rate: float) -> Population:
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


def normal_population(rows: int, rate: float) -> Population:
    """Population of eight models with normal log odds."""
    units = Rows(np.zeros(0, np.int8), dict.fromkeys(SKILLS, expit(np.linspace(-6, 3, 2000))))
    return NormalScores("normal scores", units, rows, rate, current=("p1", float(expit(-1.0))))


@dataclass(eq=False)
class Sample:
    """Drawn rows of a population, and the points that stakeholders would pick."""

    population: Population
    rows: Rows
    seed: int

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """Resamples of the library."""
        model, threshold = self.population.current
        tally = tally_of(self.rows, also=[threshold])
        evaluation = evaluate(tally, Scenario(today=Today(model, threshold)))
        return Bootstrap.draw(evaluation, seed=self.seed)

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

    def truth(self, point: tuple[str, float]) -> dict[str, float]:
        """Expected figures of the population at a model's threshold."""
        figures = self.population.figures(point[0], np.array(point[1]))
        return {name: float(value) for name, value in figures.items()}

    def pick(
        self, objective: str, limit: tuple[str, float] | None = None
    ) -> tuple[str, float] | None:
        """Model and threshold of the best figure that meets a limit."""
        found: list[tuple[float, ...]] = []
        for m, (thresholds, figures, allowed) in enumerate(self.curves.values()):
            if limit is not None:
                allowed = allowed & is_met(figures[limit[0]], *limit)
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


def is_met(figure: Floats | float, name: str, limit: float) -> np.ndarray:
    """Whether values of a figure meet a limit up to rounding."""
    slack = 1e-12 * (1 + abs(limit))
    if name in LESS_IS_BETTER:
        return np.asarray(figure <= limit + slack)
    return np.asarray(figure >= limit - slack)


def limits_of(population: Population, rng: np.random.Generator) -> list[tuple[str, str, float]]:
    """Objective to pick by, and its limit: one of each kind, drawn between easy and out of reach."""
    best = population.cheapest.figures
    defects, flagged = (
        best["missed_defects"] / (1 - best["recall"]),
        best["share_flagged"] * population.rows,
    )
    recall_error = math.sqrt(best["recall"] * (1 - best["recall"]) / defects)
    cost, gain = best["cost_of_errors"], best["revenue_impact"]
    cost_error = 1.2 * cost / math.sqrt(defects * (1 - best["recall"]))
    precision_error = best["precision"] * math.sqrt(
        (1 - best["precision"]) / (best["precision"] * flagged)
    )

    def away(low: float = -3.0, high: float = 3.0) -> float:
        return float(rng.uniform(low, high))

    return [
        ("cost_of_errors", "recall", best["recall"] + away() * recall_error),
        ("cost_of_errors", "share_flagged", best["share_flagged"] * (1 + away() / flagged**0.5)),
        ("cost_of_errors", "precision", best["precision"] + away() * precision_error),
        ("cost_of_errors", "cost_of_errors", cost + away() * cost_error),
        ("cost_of_errors", "revenue_impact", gain + away() * cost_error),
        ("cost_of_errors", "missed_defects", round(best["missed_defects"] * away(0.4, 1.3))),
        ("cost_of_errors", "false_alarms", round(best["false_alarms"] * away(0.4, 1.3))),
        ("missed_defects", "precision", min(0.95, best["precision"] * away(0.6, 1.4))),
        ("missed_defects", "share_flagged", best["share_flagged"] * away(0.5, 2.0)),
        ("missed_defects", "cost_of_errors", cost * away(1.0, 1.8)),
        ("missed_defects", "revenue_impact", gain * away(-0.3, 0.95)),
        ("false_alarms", "recall", min(0.99, best["recall"] + away() * recall_error)),
        ("false_alarms", "missed_defects", round(best["missed_defects"] * away(0.4, 1.3))),
    ]


class StatedInterval(NamedTuple):
    """Interval of an objective at a picked point, and the true figure."""

    place: str
    objective: str
    low: float
    high: float
    truth: float


class StatedLimit(NamedTuple):
    """Limit at a picked point: its kind, the stated probability that it is met, and whether it is met."""

    kind: str
    stated: float
    is_met: bool


DECIDED = "decided by"
"""Kind of a limit that changes the picked point."""
FIGURES = ("cost_of_errors", "missed_defects", "recall", "revenue_impact")
OBJECTIVE_OF_KEY = {"cost": "cost_of_errors", "fn": "missed_defects", "fp": "false_alarms"}
"""Objectives by their keys in the answer of the command line."""


def statements(population: Population, draw: int) -> tuple[list[StatedInterval], list[StatedLimit]]:
    """Statements of the command line and the page about one sample, and the truth."""
    rng = np.random.default_rng([47, draw, population.rows])
    sample = Sample(population, population.draw(rng), draw)
    limits = limits_of(population, rng)
    intervals = [*command_line_intervals(sample), *page_intervals(sample)]
    return intervals, [*limits_at_own_picks(sample, limits), *limits_at_cheapest(sample, limits)]


def command_line_intervals(sample: Sample) -> Iterator[StatedInterval]:
    """Intervals of the command line at the lowest cost of each model."""
    models = evaluation_json(sample.bootstrap.evaluation, [])["models"]
    lowest = {m: {"at": {}, "lowest_cost": models[m]["lowest_cost"]} for m in models}
    answer = add_intervals({"models": lowest, "front": []}, sample.bootstrap)["models"]
    cheapest = sample.pick("cost_of_errors")
    assert cheapest is not None
    for model in answer:
        point = answer[model]["lowest_cost"]
        true = sample.truth((model, float(point["threshold"])))
        for key, objective in OBJECTIVE_OF_KEY.items():
            low, high = point[f"{key}_interval"]
            yield StatedInterval("command line, each model", objective, low, high, true[objective])
            if model == cheapest[0]:
                place = "command line, cheapest model"
                yield StatedInterval(place, objective, low, high, true[objective])


def page_intervals(sample: Sample) -> Iterator[StatedInterval]:
    """Intervals of the page at three picks."""
    recall = ("recall", sample.population.cheapest.figures["recall"])
    no_loss = ("revenue_impact", 0.0)
    cost, missed = OBJECTIVES["cost_of_errors"], OBJECTIVES["missed_defects"]
    picks = {
        "page, cheapest": (None, Choice(cost)),
        "page, cheapest within a recall": (recall, Choice(cost, limits=(_bound(recall),))),
        "page, fewest missed": (no_loss, Choice(missed, _bound(no_loss))),
    }
    for place, (limit, choice) in picks.items():
        point = sample.pick(choice.objective.id, limit)
        if point is not None:
            true, objectives = sample.truth(point), [OBJECTIVES[name] for name in FIGURES]
            intervals = interval_at_choice(sample.bootstrap, choice, *point, objectives)
            for name in FIGURES:
                interval = intervals[name]
                yield StatedInterval(place, name, interval.low, interval.high, true[name])


Limits = Sequence[tuple[str, str, float]]
"""Objective to pick by, objective of the limit, and the limit."""


def limits_at_own_picks(sample: Sample, limits: Limits) -> Iterator[StatedLimit]:
    """Each limit at the point that is picked within it."""
    for objective, name, value in limits:
        point = sample.pick(objective, (name, value))
        if point is not None:
            bound = _bound((name, value))
            own_bound = None if objective == "cost_of_errors" else bound
            is_decided = sample.pick(objective) != point
            choice = Choice(OBJECTIVES[objective], own_bound, (bound,) if is_decided else ())
            kind = f"{objective} {DECIDED if is_decided else 'within'}"
            yield from limits_at(sample, point, choice, {name: value}, kind)


def limits_at_cheapest(sample: Sample, limits: Limits) -> Iterator[StatedLimit]:
    """Limits on the cheapest point, at the point that is cheapest without them."""
    values = {name: value for objective, name, value in limits if objective == "cost_of_errors"}
    choice, point = Choice(OBJECTIVES["cost_of_errors"]), sample.pick("cost_of_errors")
    assert point is not None
    return limits_at(sample, point, choice, values, "cost_of_errors against")


def limits_at(
    sample: Sample, point: tuple[str, float], choice: Choice, limits: dict[str, float], kind: str
) -> Iterator[StatedLimit]:
    """Limits by objective, at a point picked by a rule."""
    true, objectives = sample.truth(point), [OBJECTIVES[name] for name in limits]
    intervals = interval_at_choice(sample.bootstrap, choice, *point, objectives)
    for o in objectives:
        interval, limit = intervals[o.id], limits[o.id]
        drawn = sample.bootstrap.values_at(o, *point)
        samples = samples_in_interval(drawn, interval.expected, interval.low, interval.high)
        share = float(is_met(samples, o.id, limit).mean())
        yield StatedLimit(f"{kind} {o.id}", share, bool(is_met(true[o.id], o.id, limit)))


def _bound(limit: tuple[str, float]) -> Bound:
    return Bound(OBJECTIVES[limit[0]], float(limit[1]))


def interval_rows(
    population: Population, intervals: Sequence[StatedInterval], most_beyond: float
) -> Iterator[tuple[str, bool]]:
    """Rows of the first table, and whether the truth is too often on one side.

    A row has the per cent of intervals that contain the truth, that end below it, and that begin above it.
    """
    assert population.rate is not None
    head = f"{population.name} | {population.rows * population.rate:.0f}"
    table = pd.DataFrame(intervals).dropna()
    for (place, objective), cell in table.groupby(["place", "objective"], sort=False):
        above = 100 * float((cell["truth"] > cell["high"]).mean())
        below = 100 * float((cell["truth"] < cell["low"]).mean())
        shares = f"{100 - above - below:.1f} | {above:.1f} | {below:.1f}"
        yield f"| {head} | {place} | {objective} | {shares} |", max(above, below) > most_beyond


def limit_rows(
    population: str, limits: Sequence[StatedLimit], draws: int
) -> Iterator[tuple[str, bool]]:
    """Rows of the second table, and whether the stated share is wrong.

    A row has the mean stated and the true per cent of met limits, in a class of the stated share.
    """
    table = pd.DataFrame(limits)
    is_decided = table["kind"].str.contains(DECIDED)
    kinds = {kind: table["kind"] == kind for kind in table["kind"].unique()}
    groups = {"all": table["kind"].notna(), "all decided": is_decided, "all others": ~is_decided}
    for name, members in (groups | kinds).items():
        classes = pd.cut(table["stated"][members], STATED, right=False)
        for _, in_class in table[members].groupby(classes, observed=True):
            stated, true = (100 * in_class[["stated", "is_met"]].mean()).tolist()
            size = len(in_class)
            chance = standard_errors(3, min(size, 10 * draws), 0.5)
            line = f"| {population} | {name} | {stated:.0f} | {true:.0f} | {size} |"
            yield line, abs(stated - true) > LARGEST_DIFFERENCE + chance


def main(arguments: Sequence[str]) -> int:
    """Print the tables. Return 1 if intervals miss the truth too often on a side, or a share is off."""
    draws = int(arguments[0]) if arguments else DRAWS
    most_beyond = MOST_BEYOND + standard_errors(3, draws, MOST_BEYOND / 100) * (draws < 1000)
    bad: list[str] = []
    print("| population | defects | where | figure | held | truth above | truth below |")
    print("|---" * 7 + "|")
    limits: dict[str, list[StatedLimit]] = {}
    for make in (sample_population, normal_population):
        for rows, rate in SIZES:
            population = make(rows, rate)
            drawn = [statements(population, draw) for draw in range(draws)]
            of_population = limits.setdefault(population.name, [])
            of_population += itertools.chain.from_iterable(more for _, more in drawn)
            intervals = list(itertools.chain.from_iterable(more for more, _ in drawn))
            for line, is_bad in interval_rows(population, intervals, most_beyond):
                print(line, flush=True)
                bad += [line] * is_bad
    limits["both"] = list(itertools.chain.from_iterable(limits.values()))
    print("\n| population | picked | said to be met, % | met, % | picks |\n|---|---|---|---|---|")
    for name in limits:
        for line, is_bad in limit_rows(name, limits[name], draws):
            print(line)
            bad += [line] * is_bad
    for line in bad:
        print("misses the truth too often, or is said too often or too seldom:", line)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Simulation of certified limits and of intervals at picks, on generated populations of other kinds.

``python -m tests.soak.populations [DRAWS]`` prints the tables of the guide's method.md: scores with many
ties, models of nearly equal skill, values of units with a heavy tail, and rows with weights.

``python -m tests.soak.populations rows [DRAWS]`` prints how often grouped and independent rows have the
warning W_GROUPED; with ``labels`` instead of ``rows``, the recall if only some labels are known.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.certificates.guarantee import guaranteed
from metrics.inference.intervals import intervals
from metrics.io.audit_sample import WEIGHT, read_audit_sample
from metrics.io.open import open_scores
from metrics.scenario.scenario import Scenario
from metrics.selection.choice import Choice
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from metrics.tally.tally_scores import tally_scores
from tests.metrics.grouped_files import grouped, independent
from tests.metrics.interval_at_choice import interval_at_choice
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of
from tests.soak.known_population import Population, normal_scores, standard_errors

DRAWS = 40
SIZE = 200_000
MISS_COST = 5.0
LIMITS = (
    ("recall >= 0.8",),
    ("precision >= 0.5",),
    ("cost_of_errors <= 1200",),
    ("recall >= 0.7", "share_flagged <= 0.25"),
)
COST, RECALL, VALUE, PRECISION = (
    OBJECTIVES[name] for name in ("cost_of_errors", "recall", "missed_value", "precision")
)
CHOICES = {
    "cheapest": Choice(COST),
    "cheapest with recall >= 0.8": Choice(COST, limits=(Bound(RECALL, 0.8),)),
    "least value missed": Choice(VALUE, Bound(PRECISION, 0.4)),
}


def generated(rng: np.random.Generator, skills: Sequence[float], common: float = 0.7) -> Rows:
    """Rows of several models, one in ten a defect."""
    labels = (rng.random(SIZE) < 0.1).astype(np.int8)
    by_model = {f"m{k}": skill for k, skill in enumerate(skills)}
    return Rows(labels, normal_scores(labels, by_model, -2.5, rng, common=common))


def populations() -> list[Population]:
    """Populations of the simulation."""
    rng = np.random.default_rng(20)
    tied = generated(rng, np.linspace(1.5, 2.5, 8).tolist())
    tied = Rows(tied.labels, {m: np.round(scores, 1) for m, scores in tied.scores.items()})
    equal = generated(rng, (2.4, 2.41, 2.42), common=0.5)
    valued = generated(rng, (1.8, 2.2, 2.4))
    tail = np.exp(1.5 * rng.standard_normal(SIZE))
    valued = Rows(valued.labels, valued.scores, values=tail)
    weighted = generated(rng, (1.8, 2.1, 2.3, 2.4))
    uneven = np.exp(0.8 * rng.standard_normal(SIZE) - 0.32)
    weighted = Rows(weighted.labels, weighted.scores, weights=uneven)
    strata = generated(rng, (1.8, 2.1, 2.3, 2.4))
    # Units flagged by a model were inspected four times as often as others.
    often = strata.scores["m2"] >= np.quantile(strata.scores["m2"], 0.8)
    kept = often | (rng.random(SIZE) < 0.25)
    stratified = Rows(
        strata.labels[kept],
        {m: scores[kept] for m, scores in strata.scores.items()},
        weights=np.where(often[kept], 0.4, 1.6),
    )
    return [
        Population("eleven different scores, eight models", tied),
        Population("three equal models", equal),
        Population("values with a heavy tail", valued),
        Population("weights with a long tail", weighted),
        Population("weights by what was inspected", stratified),
    ]


def figures_of(population: Population | None) -> tuple[Objective, ...]:
    """Figures whose intervals are counted, for one population or for all."""
    names = ["cost_of_errors", "recall", "missed_defects", "share_flagged"]
    has_values = population is None or population.units.values is not None
    return tuple(OBJECTIVES[name] for name in [*names, *["missed_value"] * has_values])


def count_statements(population: Population, draws: int, seed: int = 0) -> Counter[tuple[str, ...]]:
    """Count certified limits, broken limits, picked points, and intervals that hold the truth."""
    out: Counter[tuple[str, ...]] = Counter()
    figures = figures_of(population)
    for k in range(draws):
        rng = np.random.default_rng([seed, k])
        evaluation = evaluation_of(population.draw(rng))
        for limits in LIMITS:
            points = guaranteed(evaluation, limits)
            out[("none", *limits)] += points.empty
            out[("broken", *limits)] += population.breaks(points, limits)
        bootstrap = Bootstrap.draw(evaluation, seed=k)
        points = operating_points(evaluation, [*figures, PRECISION, OBJECTIVES["revenue_impact"]])
        for name, choice in CHOICES.items():
            if choice.objective not in figures:
                continue
            best = pick(
                points, choice.objective, evaluation, bound=choice.bound, limits=choice.limits
            )
            if best is None:
                continue
            out["picked", name] += 1
            true = population.figures(best.model, np.array([best.threshold]))
            ends = interval_at_choice(bootstrap, choice, best.model, best.threshold, figures)
            for o in figures:
                out["held", name, o.id] += ends[o.id].low <= true[o.id][0] <= ends[o.id].high
    return out


GROUPED = {
    "by a column": lambda seed, spread: grouped(
        "wafer", rows=3960, size=60, spread=spread, seed=seed
    ),
    "by a column, shuffled": lambda seed, spread: grouped(
        "Batch_No", rows=3960, size=60, spread=spread, seed=seed
    ).sample(frac=1, random_state=seed),
    "by the order alone": lambda seed, spread: grouped(
        rows=3960, size=60, spread=spread, seed=seed
    ),
}
SPREADS = (0.4, 0.6, 1.0)
"""Standard deviations of the groups' log odds of a defect."""


def has_group_warning(frame: pd.DataFrame) -> bool:
    """Whether reading a table gives the warning W_GROUPED."""
    return any(problem.code == "W_GROUPED" for problem in open_scores(frame).check().problems)


def true_effect(spread: float, size: int = 60) -> float:
    """Design effect of groups on the defect rate, by quadrature over the normal log odds."""
    nodes, masses = np.polynomial.hermite_e.hermegauss(80)
    rates, masses = expit(spread * nodes - 2), masses / masses.sum()
    mean = rates @ masses
    return float(1 + (size - 1) * ((rates - mean) ** 2 @ masses) / (mean * (1 - mean)))


def main_of_rows(draws: int) -> int:
    """Print how often W_GROUPED appears. Return 1 if it is too frequent for independent rows."""
    wrong = 100 * np.mean([has_group_warning(independent(seed)) for seed in range(draws)])
    print(f"| rows | design effect | said, % of {draws:,} |\n|---|---|---|")
    print(f"| independent | 1.0 | {wrong:.1f} |", flush=True)
    for name, make in GROUPED.items():
        for spread in SPREADS:
            said = np.mean([has_group_warning(make(k, spread)) for k in range(draws)])
            print(f"| {name} | {true_effect(spread):.1f} | {100 * said:.1f} |", flush=True)
    return int(wrong > 1 + standard_errors(3, draws, 0.01))


LAWS = {"like the current system": 0.7, "unlike the current system": 0.2}
"""Correlation of a model's noise with that of the current system."""


def simulate_audit(common: float, rng: np.random.Generator, folder: Path) -> list[float]:
    """Recall among flagged units, after an audit and in truth; whether the interval holds the truth."""
    units, cut = 8_000, 0.3
    defective = rng.random(units) < 0.05
    scores = normal_scores(defective, {"rule": 1.2, "model": 2.0}, -2.0, rng, common=common)
    rule, model = scores.values()
    true = float(ndtr(np.log((1 - cut) / cut)))  # log odds of defects are standard normal
    flagged = rule >= cut
    drawn = ~flagged & (rng.random(units) < 0.2)
    labels = np.where(flagged | drawn, defective.astype(int).astype(str), "")
    file = folder / "audit.csv"
    pd.DataFrame(
        {
            "id": np.arange(units),
            "label": labels,
            **scores,
            "drawn": drawn.astype(int),
        }
    ).to_csv(file, index=False)
    source = read_audit_sample(file, "drawn", today=("rule", cut))
    opened = open_scores(source, models=["rule", "model"], weight=WEIGHT)
    evaluation = evaluate(tally_scores(opened, also=[cut]), Scenario())
    at = evaluation.curves[1].positions([cut])
    counts = evaluation.curves[1].counts[at]
    recall = float((counts.tp / (counts.tp + counts.fn)).item())
    ends = intervals(Bootstrap.draw(evaluation), RECALL, 1, at)
    held = float(ends.low.item() <= true <= ends.high.item())
    seen = float(np.mean(model[flagged & defective] >= cut))
    return [true, seen, recall, 100 * held]


def main_of_labels(draws: int) -> int:
    """Print the recall if only some labels are known. Return 1 if the recall after an audit is wrong."""
    print("| a model | true | flagged units alone | with an audit | its interval holds, % |")
    print("|---|---|---|---|---|")
    is_bad = False
    for name, common in LAWS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = np.array(
                [
                    simulate_audit(common, np.random.default_rng([k, 7]), Path(folder))
                    for k in range(draws)
                ]
            )
        true, seen, recall, held = found.mean(axis=0)
        print(f"| {name} | {true:.3f} | {seen:.3f} | {recall:.3f} | {held:.1f} |", flush=True)
        error = found[:, 2].std() / draws**0.5
        is_bad |= abs(recall - true) > 4 * error or held < 93 - standard_errors(3, draws)
    return int(is_bad)


def main(arguments: Sequence[str]) -> int:
    """Print the tables. Return 1 if guarantees break too often or intervals hold too seldom."""
    parts = {"rows": main_of_rows, "labels": main_of_labels}
    if arguments and arguments[0] in parts:
        return parts[arguments[0]](int(arguments[1]) if arguments[1:] else DRAWS)
    draws = int(arguments[0]) if arguments else DRAWS
    slack = standard_errors(3, draws) * (draws < 1000)
    limits = " | ".join(" and ".join(of_case) for of_case in LIMITS)
    print(
        f"Certified limits that are broken, in per cent of {draws:,} draws, and in which none is."
    )
    print(f"\n| population | {limits} |\n{'|---' * (1 + len(LIMITS))}|")
    every = [(population, count_statements(population, draws)) for population in populations()]
    bad: list[tuple[str, ...]] = []
    for population, found in every:
        broken = {case: 100 * found[("broken", *case)] / draws for case in LIMITS}
        none = {case: 100 * found[("none", *case)] / draws for case in LIMITS}
        words = " | ".join(f"{broken[case]:.1f} ({none[case]:.0f})" for case in LIMITS)
        print(f"| {population.name} | {words} |", flush=True)
        bad += [
            (population.name, *case, f"{wrong:.1f}")
            for case, wrong in broken.items()
            if wrong > 6.5 + slack
        ]
    figures = " | ".join(o.id.replace("_", " ") for o in figures_of(None))
    print(f"\n| population | picked | {figures} |\n{'|---' * (2 + len(figures_of(None)))}|")
    for population, found in every:
        for name in CHOICES:
            if not (picked := found["picked", name]):
                continue
            held = {o: 100 * found["held", name, o.id] / picked for o in figures_of(population)}
            words = " | ".join(f"{held[o]:.0f}" if o in held else "" for o in figures_of(None))
            print(f"| {population.name} | {name} | {words} |")
            bad += [
                (population.name, name, o.id, f"{share:.1f}")
                for o, share in held.items()
                # The page shows a warning if few defects hold most of the value.
                if share < 92 - slack and not o.needs_value
            ]
    for one in bad:
        print("broken too often, or held too seldom:", one)
    return int(bool(bad)) or main_of_rows(draws) or main_of_labels(draws)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

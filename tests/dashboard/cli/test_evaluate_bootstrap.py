"""Tests of ``evaluate --bootstrap``: intervals against a slow bootstrap, and unchanged figures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from dashboard.cli import evaluate_json
from dashboard.cli.main import main
from dashboard.words.evaluation import with_interval
from metrics import Scenario, scenario_from
from tests import oracles
from tests.dashboard.tables import NASTY, Rows, made

COUNTS = ("tp", "fp", "fn", "tn")
FRONT = ("log_loss", "missed_defects", "revenue_impact")
SCENARIO = {"miss_cost": 4, "defect_rate": 0.05, "units_per_year": 1000,
            "payoff": {"ship_good": 2.0, "reject_good": -0.5, "ship_defect": -12.0, "reject_defect": -0.5},
            "today": {"model": NASTY[1], "threshold": 0.305}}  # fmt: skip
REPLICATES, SEED = 120, 11


@dataclass(frozen=True)
class File:
    """Rows with their groups, and the scenario they are evaluated under."""

    rows: Rows
    groups: tuple[str, ...] | None = None
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        return scenario_from(self.told)

    @property
    def buckets(self) -> list[int]:
        keys = self.groups or [f"u{k}" for k in range(len(self.rows.labels))]
        return [oracles.bucket(key) for key in keys]

    @cached_property
    def drawn(self) -> np.ndarray:
        """Weight of every row in every replicate, shape (R, n)."""
        buckets = self.buckets
        filled = sorted(set(buckets))
        rng = np.random.Generator(np.random.PCG64(SEED))
        times = rng.multinomial(len(filled), [1 / len(filled)] * len(filled), size=REPLICATES)
        own = 1.0 if self.rows.weights is None else self.rows.weights
        return times[:, [filled.index(b) for b in buckets]] * own

    @property
    def mass(self) -> np.ndarray:
        rows = self.rows
        return np.ones(len(rows.labels)) if rows.weights is None else rows.weights

    @property
    def sized(self) -> np.ndarray:
        """Same weights, each replicate scaled to the size of the file."""
        out: np.ndarray = self.drawn * (self.mass.sum() / self.drawn.sum(axis=1))[:, None]
        return out

    @property
    def blocks(self) -> int:
        return len(set(self.buckets))

    @property
    def wide(self) -> float:
        """Normal quantile with the width of Student's t for so few buckets."""
        b = self.blocks
        return float(t(b - 1).ppf(0.975) * math.sqrt(b / (b - 1)))

    def percentile(self, values: Any) -> list[float]:
        ordered = np.sort(np.asarray(values, np.float64))
        low = math.floor(norm.sf(self.wide) * (len(ordered) - 1))
        return [ordered[low], ordered[-1 - low]]

    def of_share(self, part: np.ndarray, label: int, of: np.ndarray) -> list[float]:
        """Ends of the interval of the share of the rows ``of`` that are in ``part``, of one class."""
        p = self.mass[part].sum() / self.mass[of].sum()
        ends = []
        for far, unseen in ((0.0, of), (1.0, self.rows.labels == label)):
            if p == far:
                ends.append(far)
                continue
            n = float(of.sum())
            if self.groups is not None or self.rows.weights is not None:
                n /= self.effect(part, of, p, far, unseen)
            if p in (0, 1):
                ends.append(abs(p - (1 - 0.05 ** (1 / n))))
            else:  # the shares that a normal test at 5 % would not reject
                z = norm.ppf(0.975) ** 2 / n
                ends.append(sorted(np.roots([1 + z, -(2 * p + z), p * p]).real)[int(far)])
        return ends

    def group_mass(self, rows: np.ndarray) -> float:
        """Mean mass of a row's own group, from the spread of the buckets."""
        masses = np.bincount(self.buckets, self.mass * rows, minlength=100)
        return float(100 * masses.var(ddof=1) / masses.sum())

    def unseen_costs(self, held: np.ndarray) -> list[float]:
        """How far groups that the file may lack lower and raise the cost of errors at a point."""
        ends = []
        for far in (~held, held):  # defects that are missed may be caught, and so on
            changes = []
            for label, price in ((1, self.scenario.miss_cost), (0, 1.0)):
                of = self.rows.labels == label
                groups = self.mass[of].sum() / self.group_mass(of)
                may_change = of & (far if label else ~far)
                changes.append(price * self.mass[may_change].sum() * (1 - 0.05 ** (1 / groups)))
            ends.append(math.hypot(*changes))
        return ends

    def effect(
        self, part: np.ndarray, of: np.ndarray, p: float, far: float, unseen: np.ndarray
    ) -> float:
        """Variance of a share over that of independent rows, with groups that the file may lack.

        All of their rows have the value ``far``; they are as large as groups of rows like the unseen ones.
        """
        shares = self.drawn[:, part].sum(axis=1) / self.drawn[:, of].sum(axis=1)
        mass = self.mass[of].sum()
        seen = shares.var() * mass**2 * (self.wide / norm.ppf(0.975)) ** 2
        group = self.group_mass(unseen)
        more = -math.log(0.025) * group
        mean = (mass * p + more * far) / (mass + more)
        variance = p * (1 - p) + (p - mean) ** 2
        variance = (mass * variance + more * (far - mean) ** 2) / (mass + more)
        groups = group * (mass * (p - mean) ** 2 + more * (far - mean) ** 2)
        return float(max((seen + groups) * of.sum() / (variance * (mass + more) * mass), 1.0))

    def at_least_cost(
        self, model: str, threshold: float, models: Sequence[str]
    ) -> dict[str, list[float]]:
        """Ends at the cheapest threshold of some models; every replicate tries all thresholds."""
        defect, miss_cost = self.rows.labels == 1, self.scenario.miss_cost
        points = [(m, x) for m in models for x in np.unique(self.rows.scores[m])]
        flagged = np.array([self.rows.flagged(m, x) for m, x in points])
        of = {
            "tp": flagged & defect, "fp": flagged & ~defect,
            "fn": ~flagged & defect, "tn": ~flagged & ~defect,
        }  # fmt: skip
        of = {"cost": miss_cost * of["fn"] + of["fp"], **of}
        place, few = points.index((model, threshold)), self.sized[:125]
        nobody = (few @ flagged.T == 0) | (few @ ~flagged.T == 0)
        # Rounding tells costs apart that are equal on paper: it is to be the same.
        drawn, size = self.drawn[:125], self.mass.sum() / self.drawn[:125].sum(axis=1)[:, None]
        missed, shipped = ((drawn @ of[name].T) * size for name in ("fn", "tn"))
        alarms = (drawn @ ~defect)[:, None] * size - shipped
        if self.rows.weights is not None:
            alarms = (drawn @ of["fp"].T) * size
        chosen = np.where(nobody, np.inf, miss_cost * missed + alarms).argmin(axis=1)
        out = {}
        for name, of_points in of.items():
            value, varied = of_points[place] @ self.mass, self.sized @ of_points[place]
            there = of_points[chosen]
            shown = (few * there).sum(axis=1) - there @ self.mass
            noise = varied[:125] - value
            if noise.any():
                shown -= np.polyfit(noise, shown, 1)[0] * noise
            better = math.sqrt(2) * shown.mean()
            share = self.of_share(
                np.asarray(of_points[place], bool),
                int(name in ("tp", "fn")),
                np.ones(defect.size, bool),
            )
            ends = np.array(share) * self.mass.sum()
            error = varied.std()
            skewness = np.mean((varied - varied.mean()) ** 3) / error**3
            if name == "cost":
                skewed = error * skewness * (2 * norm.ppf(0.975) ** 2 + 1) / 6
                low, high = self.percentile(varied)
                if self.groups is not None:
                    less, more = self.unseen_costs(flagged[place])
                    low, high = (
                        value - math.hypot(value - low, less),
                        value + math.hypot(high - value, more),
                    )
                ends = np.array([low + min(skewed, 0), high + max(skewed, 0)])
            far = int(better < 0)
            least = better * 0.5 / math.sqrt(2)
            moved = ends - least
            wider = 1 + np.clip(-better * skewness / error / 2, 0, 1)
            away = math.hypot(wider * (ends[far] - value), norm.ppf(0.975) * 0.4 * better)
            moved[far] = value - better + (away if far else -away)
            out[name] = moved.tolist()
        return out

    def write(self, path: Any) -> list[str]:
        """Write the file; return the arguments that read it."""
        name = self.rows.write(path / "scores.csv")
        arguments = [name, "--scale", self.rows.scale]
        if self.groups is not None:
            pd.read_csv(name).assign(batch=self.groups).to_csv(name, index=False)
            arguments += ["--group", "batch"]
        if self.told:
            toml = path / "s.toml"
            plain = [f"{k} = {v}" for k, v in self.told.items() if not isinstance(v, dict)]
            parts = [
                f"[{k}]\n" + "\n".join(f"{a} = {b!r}" for a, b in v.items())
                for k, v in self.told.items()
                if isinstance(v, dict)
            ]
            toml.write_text("\n".join(plain + parts))
            arguments += ["--scenario", str(toml)]
        return arguments


def in_batches(rows: Rows) -> tuple[str, ...]:
    """Rows in which units with equal scores are in one batch."""
    rank = np.argsort(np.argsort(rows.scores[rows.models[0]], kind="stable"))
    return tuple(f"batch {k // 3}" for k in rank)


PLAIN = made(NASTY[:3])
FILES = {
    "plain": File(PLAIN),
    "rank": File(made(NASTY[:2], scale="rank", seed=11)),
    "weighted": File(made(NASTY[:2], weighted=True, seed=17)),
    "grouped": File(PLAIN, in_batches(PLAIN)),
    "scenario": File(PLAIN, told=SCENARIO),
}
AT = ("0.3", "5e-1")


@pytest.fixture
def evaluated(capsys, tmp_path):
    """Run ``evaluate`` on one of the files; return the exit code and the output."""

    def run(name, *arguments, json_=True):
        status = main(
            ["evaluate", *FILES[name].write(tmp_path), *map(str, arguments), *["--json"] * json_]
        )
        out = capsys.readouterr().out
        return status, json.loads(out) if json_ else out

    return run


def bootstrapped(evaluated, name, *arguments, n=REPLICATES, seed=SEED):
    at = [part for text in AT for part in ("--at", text)]
    return evaluated(name, *at, *arguments, "--bootstrap", n, "--seed", seed)[1]


def close(found, wanted):
    return found == pytest.approx(wanted, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", FILES)
def test_counts_and_costs_are_those_of_the_rows(evaluated, name):
    file = FILES[name]
    rows, defect = file.rows, file.rows.labels == 1
    for model, figures in bootstrapped(evaluated, name)["models"].items():
        lowest = figures["lowest_cost"]
        assert list(lowest) == [
            "threshold",
            *(k for f in ("cost", *COUNTS) for k in (f, f"{f}_interval")),
        ]
        points = [(float(typed), counts) for typed, counts in figures["at"].items()]
        assert [typed for typed, _ in points] == [float(text) for text in AT]
        for threshold, counts in points:
            flagged = rows.flagged(model, threshold)
            cells = (flagged & defect, flagged & ~defect, ~flagged & defect, ~flagged & ~defect)
            for key, cell in zip(COUNTS, cells, strict=True):
                share = file.of_share(cell, int(key in ("tp", "fn")), np.ones(len(cell), bool))
                assert close(counts[f"{key}_interval"], np.array(share) * file.mass.sum()), key


@pytest.mark.parametrize("name", FILES)
def test_intervals_at_the_least_cost_know_that_it_was_looked_for(evaluated, name):
    file = FILES[name]
    models = bootstrapped(evaluated, name)["models"]
    least = min(models, key=lambda m: (models[m]["lowest_cost"]["cost"], m))
    for model, figures in models.items():
        lowest = figures["lowest_cost"]
        among = list(models) if model == least else [model]
        # Where units that score alike are drawn together, two resamples go farther than is looked.
        rel = 0.06 if name == "grouped" else 1e-6
        for key, ends in file.at_least_cost(model, float(lowest["threshold"]), among).items():
            assert lowest[f"{key}_interval"] == pytest.approx(ends, rel=rel), (model, key)


def without(said: Any) -> Any:
    """Output without the parts that ``--bootstrap`` adds."""
    if isinstance(said, list):
        return [without(one) for one in said if not (isinstance(one, dict) and few(one))]
    if not isinstance(said, dict):
        return said
    added = {"front_probability", "replicates", "seed"}
    return {
        k: without(v) for k, v in said.items() if k not in added and not k.endswith("_interval")
    }


def few(problem: dict[str, Any]) -> bool:
    return problem.get("code") == "W_FEW"


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_changes(evaluated, name):
    arguments = ("--at", "0.5", "--at", "-1", "--at", "inf", "--fail-unless", "recall > 0.99")
    status, plain = evaluated(name, *arguments)
    assert json.dumps(without(plain)) == json.dumps(plain)
    for n in (100, 131):
        found, said = evaluated(name, *arguments, "--bootstrap", n, "--seed", 3)
        assert (found, said["replicates"], said["seed"]) == (status, n, 3)
        assert json.dumps(without(said)) == json.dumps(plain)
        assert list(said)[4:] == ["replicates", "seed", "limits", "problems"]
        for model in said["models"].values():
            for counts in (*model["at"].values(), model["lowest_cost"]):
                for key in COUNTS:
                    low, high = counts[f"{key}_interval"]
                    assert 0 <= low <= counts[key] <= high <= FILES[name].mass.sum() * (1 + 1e-12)
                    assert low < high
        for p in said["front"]:
            low, high = p["missed_defects_interval"]
            assert low <= p["missed_defects"] * (1 + 1e-12)
            assert p["missed_defects"] <= high * (1 + 1e-12)
            assert 0 <= p["front_probability"] <= 1


def test_a_seed_is_a_draw(evaluated):
    first, again, other = (bootstrapped(evaluated, "plain", seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert (first["seed"], other["seed"]) == (0, 1)
    for model in PLAIN.models:
        assert first["models"][model]["brier_interval"] != other["models"][model]["brier_interval"]
    assert [p["front_probability"] for p in first["front"]] != [
        p["front_probability"] for p in other["front"]
    ]
    assert evaluated("plain", "--bootstrap", 100)[1]["seed"] == 0


def test_counts_at_a_typed_threshold_are_exact_with_few_thresholds(evaluated):
    every = bootstrapped(evaluated, "grouped")["models"]
    some = bootstrapped(evaluated, "grouped", "--max-thresholds", "5")["models"]
    for model in PLAIN.models:
        assert len(every[model]["at"]) == 2
        for typed, counts in every[model]["at"].items():
            assert some[model]["at"][typed] == counts


def test_a_long_front_is_taken_in_parts(evaluated, monkeypatch):
    whole = bootstrapped(evaluated, "scenario")
    monkeypatch.setattr(evaluate_json, "IN_MEMORY", 3 * REPLICATES)
    assert max(pd.Series([p["model"] for p in whole["front"]]).value_counts()) > 3
    parts = bootstrapped(evaluated, "scenario")
    for p, q in zip(whole["front"], parts["front"], strict=True):
        assert list(p) == list(q)
        for key in FRONT:
            assert close(q[f"{key}_interval"], p[f"{key}_interval"])


def test_an_unclipped_loss_may_end_in_infinity(capsys, tmp_path):
    """One unit in 200 was sure and wrong: its bucket is drawn in about two resamples of three."""
    path = tmp_path / "f.csv"
    lines = [
        f"u{k},{k % 2},{0 if k == 7 else 0.3 + 0.4 * (k % 2) + k / 2000},0" for k in range(200)
    ]
    path.write_text("\n".join(["id,label,a,b", *lines]))
    named = ["--model", "a", "--model", "b"]
    status = main(["evaluate", str(path), *named, "--bootstrap", "100", "--json"])
    said = json.loads(
        capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")
    )
    assert status == 0
    low, high = said["models"]["a"]["log_loss_interval"]
    assert (said["models"]["a"]["log_loss"], high) == ("inf", "inf")
    assert said["models"]["a"]["log_loss_clipped_interval"][0] <= low < 1
    assert said["models"]["a"]["log_loss_clipped_interval"][1] < 5
    assert said["models"]["b"]["log_loss_interval"] == ["inf", "inf"]


@pytest.mark.parametrize(
    ("defects", "groups", "wanted"),
    [
        (120, None, []), (99, None, ["99 defects"]), (100, None, []), (1, None, ["1 defect:"]),
        (120, 8, ["groups"]), (20, 8, ["20 defects", "groups"]), (120, 200, []),
    ],
)  # fmt: skip
def test_too_little_data_is_said(capsys, tmp_path, defects, groups, wanted):
    path = tmp_path / "f.csv"
    of = [f",g{k % groups}" if groups else "" for k in range(400)]
    lines = [f"u{k},{int(k < defects)},0.{k % 97 + 1:02d}{of[k]}" for k in range(400)]
    path.write_text("\n".join(["id,label,a" + ",batch" * bool(groups), *lines]))
    arguments = ["evaluate", str(path), "--model", "a", *["--group", "batch"] * bool(groups)]
    assert main([*arguments, "--json"]) == 0
    assert not any(map(few, json.loads(capsys.readouterr().out)["problems"]))
    assert main([*arguments, "--bootstrap", "100", "--json"]) == 0
    problems = [p for p in json.loads(capsys.readouterr().out)["problems"] if few(p)]
    assert len(problems) == len(wanted)
    for problem, part in zip(problems, wanted, strict=True):
        assert part in problem["message"]
        assert problem["severity"] == "warning"
        assert problem["hint"]
    main([*arguments, "--bootstrap", "100"])
    err = capsys.readouterr().err
    assert err.count("warning W_FEW: ") == len(wanted)
    assert ".." not in err


@pytest.mark.parametrize(
    "arguments",
    [["--bootstrap", n] for n in ("99", "0", "-100", "1e3", "many")]
    + [["--bootstrap"], ["--bootstrap", "100", "--seed", "-1"]],
    ids=" ".join,
)
def test_too_few_resamples_are_a_wrong_command_line(evaluated, arguments):
    status, said = evaluated("plain", *arguments)
    assert (status, said["problems"][0]["code"]) == (64, "E_USAGE")
    if arguments == ["--bootstrap", "99"]:
        assert "at least 100, got 99" in said["problems"][0]["message"]


def test_a_refused_file_has_no_resamples(capsys, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,label,a\nu1,1,0.5\nu2,0,high\n")
    arguments = ["evaluate", str(path), "--json"]
    said = []
    for more in ([], ["--bootstrap", "100"]):
        assert main([*arguments, *more]) == 2
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_a_person_reads_intervals(evaluated):
    said = bootstrapped(evaluated, "plain")
    text = evaluated(
        "plain", "--at", "0.3", "--bootstrap", REPLICATES, "--seed", SEED, json_=False
    )[1]
    lines = text.splitlines()
    for model, figures in said["models"].items():
        best, counts = figures["lowest_cost"], figures["at"]["0.3"]
        line = next(line for line in lines if line.startswith(f"{model} "))
        low, high = best["fn_interval"]
        assert f"  {best['fn']} ({low:.0f} to {high:.0f})  " in line
        low, high = figures["brier_interval"]
        assert f"  {figures['brier']:.6g} ({low:.4g} to {high:.4g})  " in line
        low, high = counts["tp_interval"]
        assert f"tp {counts['tp']} ({low:.0f} to {high:.0f})  fp" in text
    assert len({len(line) for line in lines[1 : 2 + len(said["models"])]}) == 1
    often = sum(p["front_probability"] >= 0.5 for p in said["front"])
    assert f"no other model beats {often} of them in at least half of 120 resamples" in text
    assert "interval" not in text


def test_an_interval_whose_ends_read_the_same_is_not_printed():
    told = {"fn": 0, "fn_interval": [0.0, 0.0], "fp": 5, "fp_interval": [2.1, 9.6], "tp": 1}
    assert [with_interval(told, key) for key in ("fn", "fp", "tp")] == ["0", "5 (2 to 10)", "1"]


def test_the_least_cost_reaches_as_far_as_misses_that_were_not_seen(capsys, tmp_path):
    """At 0.6 none of 40 defects is missed: as many as 40 (1 - 0.05 ** (1 / 40)) might have been."""
    path = tmp_path / "f.csv"
    score = [0.6 + k % 7 / 100 if k < 40 else 0.65 if k % 9 == 0 else 0.1 for k in range(400)]
    path.write_text(
        "\n".join(["id,label,a", *(f"u{k},{int(k < 40)},{s:.2f}" for k, s in enumerate(score))])
    )
    (tmp_path / "s.toml").write_text("defect_rate = 0.01")
    for more in ([], ["--scenario", str(tmp_path / "s.toml")]):
        assert main(["evaluate", str(path), "--bootstrap", "200", "--json", *more]) == 0
        found = json.loads(capsys.readouterr().out)["models"]["a"]["lowest_cost"]
        assert (found["threshold"], found["fn"], found["cost"]) == (0.6, 0, found["fp"])
        low, high = found["cost_interval"]
        unseen = 5 * 40 * (1 - 0.05 ** (1 / 40))
        assert low < found["cost"]
        assert unseen < high - found["cost"] < math.hypot(unseen, found["cost"])

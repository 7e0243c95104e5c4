"""Tests of ``evaluate --bootstrap``: intervals of counts, and unchanged figures.

The library's tests and the golden values cover the intervals at the lowest cost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from dashboard.cli.evaluate import intervals
from dashboard.cli.main import main
from tests.dashboard.tables import NASTY, Rows, made

COUNTS = ("tp", "fp", "fn", "tn")
FRONT = ("log_loss", "missed_defects", "revenue_impact")
SCENARIO = f"""
miss_cost = 4
defect_rate = 0.05
units_per_year = 1000
payoff = {{ship_good = 2.0, reject_good = -0.5, ship_defect = -12.0, reject_defect = -0.5}}
today = {{model = "{NASTY[1]}", threshold = 0.305}}
"""
REPLICATES, SEED = 120, 11


@dataclass(frozen=True)
class File:
    """Rows with their groups, and the text of the scenario they are evaluated under."""

    rows: Rows
    groups: tuple[str, ...] | None = None
    scenario: str = ""

    @property
    def mass(self) -> float:
        """Number of rows, or the sum of their weights."""
        rows = self.rows
        return float(len(rows.labels) if rows.weights is None else rows.weights.sum())

    def write(self, path: Any) -> list[str]:
        """Write the file; return the arguments that read it."""
        name = self.rows.write(path / "scores.csv")
        arguments = [name, "--scale", self.rows.scale]
        if self.groups is not None:
            pd.read_csv(name).assign(batch=self.groups).to_csv(name, index=False)
            arguments += ["--group", "batch"]
        (path / "s.toml").write_text(self.scenario)
        return [*arguments, "--scenario", str(path / "s.toml")]


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
    "scenario": File(PLAIN, scenario=SCENARIO),
}
AT = ("0.3", "5e-1")


@pytest.fixture
def evaluated(run, tmp_path):
    """Run ``evaluate`` on one of the files; return the exit code and the output."""
    return lambda name, *arguments: run("evaluate", *FILES[name].write(tmp_path), *arguments)


def bootstrapped(evaluated, name, *arguments, n=REPLICATES, seed=SEED):
    at = [part for text in AT for part in ("--at", text)]
    return evaluated(name, *at, *arguments, "--bootstrap", n, "--seed", seed)[1]


def close(found, wanted):
    return found == pytest.approx(wanted, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", ["plain", "rank", "scenario"])
def test_counts_of_independent_rows_have_wilsons_intervals(evaluated, name):
    """Counts and their intervals are those of the file in any scenario."""
    rows = FILES[name].rows
    n = len(rows.labels)
    for model, figures in bootstrapped(evaluated, name)["models"].items():
        lowest = figures["lowest_cost"]
        assert list(lowest) == [
            "threshold",
            *(k for f in ("cost", *COUNTS) for k in (f, f"{f}_interval")),
        ]
        assert list(figures["at"]) == list(AT)
        for typed, counts in figures["at"].items():
            for key, count in rows.counts(model, float(typed)).items():
                found = binomtest(int(count), n).proportion_ci(method="wilson")
                high = found.high if count else 1 - 0.05 ** (1 / n)
                assert close(counts[f"{key}_interval"], [n * found.low, n * high]), key


def test_the_interval_of_the_lowest_cost_allows_for_the_choice(evaluated):
    for model, figures in bootstrapped(evaluated, "plain")["models"].items():
        best = figures["lowest_cost"]
        at = ("--at", best["threshold"], "--bootstrap", REPLICATES, "--seed", SEED)
        [typed] = evaluated("plain", *at)[1]["models"][model]["at"].values()
        assert typed["fn"] == best["fn"]
        assert best["fn_interval"][1] > typed["fn_interval"][1]


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
def test_other_figures_do_not_change(evaluated, name):
    arguments = ("--at", "0.5", "--at", "-1", "--at", "inf", "--fail-unless", "recall > 0.99")
    status, plain = evaluated(name, *arguments)
    assert json.dumps(without(plain)) == json.dumps(plain)
    found, said = evaluated(name, *arguments, "--bootstrap", 100, "--seed", 3)
    assert (found, said["replicates"], said["seed"]) == (status, 100, 3)
    assert json.dumps(without(said)) == json.dumps(plain)
    assert list(said)[4:] == ["replicates", "seed", "limits", "problems"]
    for model in said["models"].values():
        for counts in (*model["at"].values(), model["lowest_cost"]):
            for key in COUNTS:
                low, high = counts[f"{key}_interval"]
                assert 0 <= low <= counts[key] <= high <= FILES[name].mass * (1 + 1e-12)
                assert low < high
    for p in said["front"]:
        low, high = p["missed_defects_interval"]
        assert low <= p["missed_defects"] * (1 + 1e-12)
        assert p["missed_defects"] <= high * (1 + 1e-12)
        assert 0 <= p["front_probability"] <= 1


def test_the_seed_determines_the_draw(evaluated):
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


def test_a_long_front_is_resampled_in_parts(evaluated, monkeypatch):
    whole = bootstrapped(evaluated, "scenario")
    monkeypatch.setattr(intervals, "MAX_REPLICATES", 3 * REPLICATES)
    assert max(pd.Series([p["model"] for p in whole["front"]]).value_counts()) > 3
    parts = bootstrapped(evaluated, "scenario")
    for p, q in zip(whole["front"], parts["front"], strict=True):
        assert list(p) == list(q)
        for key in FRONT:
            assert close(q[f"{key}_interval"], p[f"{key}_interval"])


def test_the_interval_of_an_unclipped_loss_may_end_at_infinity(capsys, tmp_path):
    """One of 200 units has probability 1 for the wrong class. Two of three resamples draw its bucket."""
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
        (99, None, ["99 defects"]), (100, None, []), (1, None, ["1 defect:"]),
        (120, 8, ["groups"]), (20, 8, ["20 defects", "groups"]), (120, 200, []),
    ],
)  # fmt: skip
def test_too_little_data_has_a_warning(capsys, tmp_path, defects, groups, wanted):
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
    [["--bootstrap", n] for n in ("99", "1e3")]
    + [["--bootstrap"], ["--bootstrap", "100", "--seed", "-1"]],
    ids=" ".join,
)
def test_too_few_resamples_are_a_wrong_command_line(evaluated, arguments):
    status, said = evaluated("plain", *arguments)
    assert (status, said["problems"][0]["code"]) == (64, "E_USAGE")
    if arguments == ["--bootstrap", "99"]:
        assert "at least 100, got 99" in said["problems"][0]["message"]

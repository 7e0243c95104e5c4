"""Tests of ``common-ground evaluate`` and ``objectives``: their form, and their figures against the rows."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.stats import binom
from sklearn import metrics as sk

from dashboard.cli.main import main
from metrics import OBJECTIVES, Scenario
from tests import oracles
from tests.dashboard.tables import Rows, made

FILES = {
    "four": (made(), ()),
    "rank": (made(scale="rank", seed=11), ("--scale", "rank")),
    "weighted": (made(weighted=True, seed=17), ()),
}
FRONT = ("log_loss", "missed_defects", "revenue_impact")
COUNTS = ("tp", "fp", "fn", "tn")
MODEL_KEYS = [
    "log_loss", "log_loss_clipped", "brier", "calibration_error", "roc_auc", "average_precision",
    "at", "lowest_cost",
]  # fmt: skip


@pytest.fixture
def evaluated(run, tmp_path):
    """Run ``evaluate`` on one of the files; return the exit code and the output."""

    def evaluate(name, *arguments):
        rows, options = FILES[name]
        return run("evaluate", rows.write(tmp_path / f"{name}.csv"), *options, *arguments)

    return evaluate


def points(rows: Rows, scenario: Scenario):
    names = [o for o in FRONT if not (o == "log_loss" and rows.scale == "rank")]
    return names, rows.points(set(names), scenario)


def at_front(rows, scenario):
    """Model and threshold of the points on the front, by comparing each pair of points."""
    names, every = points(rows, scenario)
    best = [OBJECTIVES[o].direction.value == "maximise" for o in names]
    mask = oracles.front([[p[o] for o in names] for p in every], best)
    return [(p["model"], p["threshold"]) for p, on in zip(every, mask, strict=True) if on]


@pytest.mark.parametrize("name", FILES)
def test_every_figure_equals_that_of_the_rows(evaluated, name):
    rows = FILES[name][0]
    status, said = evaluated(
        name, "--miss-cost", "3.5", "--at", "0.5", "--at", "5e-1", "--at", "-1"
    )
    assert (status, list(said)) == (0, ["rows", "positives", "models", "front", "problems"])
    assert (said["rows"], said["positives"]) == (len(rows.labels), int(rows.labels.sum()))
    assert list(said["models"]) == list(rows.models)
    scenario = Scenario(miss_cost=3.5)
    for model, figures in said["models"].items():
        assert list(figures) == MODEL_KEYS
        scores = rows.scores[model]
        for key, measure in (
            ("roc_auc", sk.roc_auc_score),
            ("average_precision", sk.average_precision_score),
        ):
            wanted = measure(rows.labels, scores, sample_weight=rows.weights)
            assert figures[key] == pytest.approx(wanted, rel=1e-12)
        if rows.scale == "rank":
            assert [figures[key] for key in MODEL_KEYS[:4]] == [None] * 4
        else:
            loss = sk.log_loss(rows.labels, scores, sample_weight=rows.weights)
            assert figures["log_loss"] == figures["log_loss_clipped"]
            assert figures["log_loss"] == pytest.approx(loss, rel=1e-12)
            brier = np.average((scores - rows.labels) ** 2, weights=rows.weights)
            assert figures["brier"] == pytest.approx(brier, rel=1e-12)
        assert list(figures["at"]) == ["0.5", "5e-1", "-1"]
        for typed, counts in figures["at"].items():
            assert counts == rows.counts(model, float(typed))
            whole = rows.weights is None
            assert all(isinstance(n, int if whole else float) for n in counts.values())
        every = [rows.counts(model, t) | {"threshold": t} for t in rows.thresholds(model)]
        best = min(every, key=lambda p: (3.5 * p["fn"] + p["fp"], p["fn"]))
        lowest = figures["lowest_cost"]
        assert list(lowest) == ["threshold", "cost", *COUNTS]
        assert lowest["cost"] == 3.5 * best["fn"] + best["fp"]
        assert {key: lowest[key] for key in COUNTS} == {key: best[key] for key in COUNTS}
        # Thresholds of a flat stretch are the same point.
        assert rows.counts(model, float(lowest["threshold"])) == {key: best[key] for key in COUNTS}
    front = [(p["model"], float(p["threshold"])) for p in said["front"]]
    assert front == at_front(rows, scenario)
    for p in said["front"]:
        assert list(p) == ["model", "threshold", *FRONT]
        for o in FRONT:
            wanted = rows.value(o, p["model"], float(p["threshold"]), scenario)
            assert (math.nan if p[o] is None else p[o]) == pytest.approx(wanted, nan_ok=True)


def test_wrong_labels_have_a_range(evaluated):
    status, said = evaluated("four", "--at", "0.5", "--label-noise", "0.1")
    assert status == 0
    for model, figures in said["models"].items():
        counts, noise = FILES["four"][0].counts(model, 0.5), figures["label_noise"]
        assert noise["share"] == 0.1
        wrong = 0.1 * (counts["fp"] + counts["tn"])
        defects, shipped = counts["tp"] + counts["fn"], min(wrong, counts["tn"])
        assert noise["at"]["0.5"]["recall"][0] == pytest.approx(counts["tp"] / (defects + shipped))
        assert noise["lowest_cost"]["fn"][0] == figures["lowest_cost"]["fn"]
    assert "label_noise" not in evaluated("four")[1]["models"][model]


def test_infinite_and_undefined_figures_are_words(capsys, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "id,label,a,b\n" + "".join(f"u{k},{k % 2},{(k + 1) % 2},0.{k}\n" for k in range(10))
    )
    status = main(["evaluate", str(path), "--at", "inf", "--miss-cost", "0.125", "--json"])
    out = capsys.readouterr().out
    assert status == 0
    said = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert said["models"]["a"]["log_loss"] == "inf"
    assert said["models"]["a"]["log_loss_infinite_rows"] == 10
    assert said["models"]["a"]["log_loss_clipped"] == pytest.approx(-math.log(2.0**-52))
    assert said["models"]["b"]["log_loss"] == said["models"]["b"]["log_loss_clipped"]
    assert said["models"]["b"]["at"]["inf"] == {"tp": 0, "fp": 0, "fn": 5, "tn": 5}
    lowest = said["models"]["a"]["lowest_cost"]
    assert lowest == {"threshold": "inf", "cost": 0.625, "tp": 0, "fp": 0, "fn": 5, "tn": 5}


@pytest.mark.parametrize("compare", ["<=", "<", ">=", ">"])
def test_limits_decide_the_exit_code(evaluated, compare):
    """Each model is judged at its threshold of least cost. One model that meets all limits is enough."""
    rows = FILES["four"][0]
    said = evaluated("four")[1]["models"]
    missed = {m: f["lowest_cost"]["fn"] for m, f in said.items()}
    edge = min(missed.values()) if compare.startswith("<") else max(missed.values())
    keeps = {"<=": float.__le__, "<": float.__lt__, ">=": float.__ge__, ">": float.__gt__}[compare]
    by_point = ("--point-estimate", "--fail-unless", f"missed_defects {compare} {edge}")
    status, said = evaluated("four", *by_point)
    judged = {m: keeps(float(n), float(edge)) for m, n in missed.items()}
    assert status == (0 if any(judged.values()) else 3)
    assert said["limits"]["met"] == any(judged.values())
    for model in rows.models:
        [limit] = said["limits"]["models"][model]["limits"]
        assert (limit["met"], limit["value"]) == (judged[model], missed[model])
    status, said = evaluated("four", *by_point, "--fail-unless", "recall > 1")
    assert (status, said["limits"]["met"]) == (3, False)
    assert set(said["models"]) == set(rows.models)


def test_certified_points_are_listed_and_decide_the_exit_code(evaluated):
    """The exact test for four models certifies a limit; the point's figure alone is not enough."""
    rows = FILES["four"][0]
    said = evaluated("four", "--guarantee", "recall >= 0.6", "--confidence", "0.9")[1]["guaranteed"]
    assert list(said) == ["limits", "confidence", "points", "least_cost"]
    assert (said["limits"], said["confidence"]) == (["recall >= 0.6"], 0.9)
    kept = {}
    for model in rows.models:
        for threshold in rows.thresholds(model):
            counts = rows.counts(model, threshold)
            caught, defects = counts["tp"], counts["tp"] + counts["fn"]
            if binom.sf(caught - 1, defects, 0.6) <= 0.1 / len(rows.models):
                kept[model, threshold] = 5 * counts["fn"] + counts["fp"]
    assert {(p["model"], p["threshold"]) for p in said["points"]} == set(kept) != set()
    best = said["least_cost"]
    assert best["cost"] == kept[best["model"], best["threshold"]] == min(kept.values())

    cheapest = {m: f["lowest_cost"] for m, f in evaluated("four")[1]["models"].items()}
    recall = {m: c["tp"] / (c["tp"] + c["fn"]) for m, c in cheapest.items()}
    limit = ("--fail-unless", f"recall >= {max(recall.values()) - 0.01}")
    assert evaluated("four", *limit, "--point-estimate")[0] == 0
    status, said = evaluated("four", *limit)
    assert (status, said["limits"]["met"]) == (3, False)
    assert evaluated("four", "--fail-unless", "recall >= 0.2")[0] == 0


@pytest.mark.parametrize("option", ["--guarantee", "--fail-unless"])
def test_rows_that_trained_the_models_certify_nothing(evaluated, option):
    training = (option, "recall >= 0.2", "--rows", "training")
    status, said = evaluated("four", *training)
    [problem] = said["problems"]
    assert (status, said["models"], problem["code"]) == (2, {}, "E_TRAINING")
    assert "--point-estimate" in problem["hint"]
    # A limit judged by the figures of the file needs no certificate.
    assert evaluated("four", *training, "--point-estimate")[0] == (
        2 if option == "--guarantee" else 0
    )
    by_point = evaluated("four", "--fail-unless", "roc_auc >= 0.5", "--rows", "training")
    assert by_point[0] == 0
    assert {p["code"] for p in by_point[1]["problems"]} >= {"W_POINT", "W_TRAINING"}


def test_a_certificate_from_out_of_fold_rows_names_its_models(evaluated):
    limit = ("--guarantee", "recall >= 0.2")

    def codes(*arguments):
        return [p["code"] for p in evaluated("four", *arguments)[1]["problems"]]

    assert "W_FOLDS" in codes(*limit, "--rows", "out-of-fold")
    assert "W_FOLDS" not in codes(*limit, "--rows", "held-out")
    assert "W_FOLDS" not in codes("--rows", "out-of-fold")


def test_the_error_probability_is_divided_among_the_looks(evaluated, tmp_path):
    typed = ("--guarantee", "recall >= 0.6")
    of_four = evaluated("four", *typed, "--looks", "4")[1]["guaranteed"]
    once = evaluated("four", *typed, "--confidence", "0.9875")[1]["guaranteed"]
    assert (of_four["confidence"], of_four["looks"]) == (0.95, 4)
    assert of_four["points"] == once["points"] != []
    (tmp_path / "of.toml").write_text("[looks]\nof = 4\nthis = 2\n", encoding="utf-8")
    assert evaluated("four", *typed, "--scenario", tmp_path / "of.toml")[1]["guaranteed"] == of_four
    statuses = [
        evaluated("four", "--fail-unless", "recall >= 0.5", "--looks", looks)[0]
        for looks in ("1", "1000000000")
    ]
    assert statuses == [0, 3]


def test_a_limit_that_cannot_be_certified_is_judged_by_the_figure(evaluated):
    status, said = evaluated("four", "--fail-unless", "roc_auc >= 0.5")
    assert (status, [p["code"] for p in said["problems"]]) == (0, ["W_POINT"])
    assert (
        evaluated("four", "--fail-unless", "roc_auc >= 0.5", "--point-estimate")[1]["problems"]
        == []
    )
    said = evaluated("four", "--guarantee", "recall >= 1")[1]["guaranteed"]
    assert (said["points"], said["least_cost"]) == ([], None)


def test_an_undefined_figure_meets_no_limit(evaluated):
    for compare in ("<=", ">="):
        assert evaluated("rank", "--fail-unless", f"log_loss {compare} 1")[0] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--miss-cost", "0"], ["--miss-cost", "-1"], ["--miss-cost", "inf"], ["--miss-cost", "nan"],
        ["--at", "nan"], ["--at", "half"], ["--fail-unless", "recall"], ["--fail-unless", "recall = 1"],
        ["--guarantee", "log_loss <= 1"], ["--guarantee", "recall"], ["--confidence", "1"],
        ["--review", "1,2,0"], ["--review", "1,1"], ["--review", "-1,1,0"], ["--review-at-most", "2"],
        ["--fail-unless", "no_such_thing <= 1"], ["--fail-unless", "recall >= most"], ["--unknown"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_command_line_exits_with_64(evaluated, arguments):
    status, said = evaluated("four", *arguments)
    assert (status, said["problems"][0]["code"]) == (64, "E_USAGE")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[payoff]\nship_goods = 1", "payoff.ship_goods"),
        ("= 5", None),
    ],
)
def test_a_wrong_scenario_is_refused(evaluated, tmp_path, text, key):
    path = tmp_path / "s.toml"
    path.write_text(text)
    status, said = evaluated("four", "--scenario", path)
    [problem] = said["problems"]
    assert (status, problem["code"], problem["file"]) == (2, "E_SCENARIO", str(path))
    assert problem["column"] == key
    assert (said["rows"], said["models"], said["front"]) == (None, {}, [])


def test_other_refusals_exit_with_2(evaluated, run, capsys, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[today]\nmodel = 'nobody'\nthreshold = 0.5\n")
    status, output = evaluated("four", "--scenario", path)
    assert (status, output["problems"][0]["code"]) == (2, "E_TODAY")
    bad = tmp_path / "bad.csv"
    bad.write_text("id,label,a\nu1,1,0.5\nu2,0,high\nu3,0,0.25\n")
    [problem] = run("evaluate", bad)[1]["problems"]
    assert (problem["file"], problem["row"], problem["column"]) == (str(bad), 2, "a")
    assert main(["evaluate", str(bad)]) == 2
    out, err = capsys.readouterr()
    assert (out, "high" in err) == ("", True)


OWN = '''
from metrics import Direction, Unit, objective

@objective("inspection hours", unit=Unit.COUNT, direction=Direction.MINIMISE, superlative="fewest")
def inspection_hours(counts, context):
    """Hours at the bench."""
    return (counts.tp + counts.fp) * 0.25
'''


@pytest.fixture
def own_objectives(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    yield str(path)
    OBJECTIVES.pop("inspection_hours", None)


def test_a_user_defined_objective_can_have_a_limit(evaluated, own_objectives):
    said = evaluated("four")[1]["models"]
    hours = {m: 0.25 * (f["lowest_cost"]["tp"] + f["lowest_cost"]["fp"]) for m, f in said.items()}
    limit = f"inspection_hours <= {min(hours.values())}"
    assert evaluated("four", "--fail-unless", limit)[0] == 64
    status, said = evaluated("four", "--objectives", own_objectives, "--fail-unless", limit)
    assert status == 0
    judged = {m: j["limits"][0]["value"] for m, j in said["limits"]["models"].items()}
    assert judged == hours


def test_objectives_are_listed(run, capsys, own_objectives, tmp_path):
    status, output = run("objectives", "--objectives", own_objectives)
    assert status == 0
    assert [o["id"] for o in output["objectives"]] == list(OBJECTIVES)
    assert output["objectives"][-1] == {
        "id": "inspection_hours", "label": "inspection hours", "term": "Hours at the bench.",
        "direction": "minimise", "unit": "units", "of_model": False,
    }  # fmt: skip
    assert main(["objectives"]) == 0
    assert all(name in capsys.readouterr().out for name in ["missed_defects"])
    broken = tmp_path / "broken.py"
    broken.write_text("raise ValueError('not today')")
    status, output = run("objectives", "--objectives", broken)
    [problem] = output["problems"]
    assert (status, problem["code"], problem["file"]) == (2, "E_OBJECTIVES", str(broken))
    assert "not today" in problem["message"]

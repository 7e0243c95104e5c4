"""Tests of ``[miss_cost_by_type]``: prices by kind of missed defect, exact at every threshold."""

from __future__ import annotations

import numpy as np
import pytest

from tests.dashboard.priced_kinds import OTHERWISE, PRICES, costs, make_units

SCENARIO = "[miss_cost_by_type]\ndent = 9\ncrack = 0.25\n'' = 3\n"


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(SCENARIO)
    return path


@pytest.mark.parametrize("weighted", [False, True])
def test_the_cheapest_threshold_equals_that_of_the_rows(run, tmp_path, scenario, weighted):
    frame = make_units(weighted=weighted)
    frame.to_csv(tmp_path / "f.csv", index=False)
    asked = (tmp_path / "f.csv", "--type", "kind", "--scenario", scenario)
    status, output = run("evaluate", *asked, "--bootstrap", "100", "--review", "0,1,0")
    assert status == 0
    for model, figures in output["models"].items():
        by_threshold = costs(frame, model)
        best = figures["lowest_cost"]
        assert best["cost"] == pytest.approx(min(by_threshold.values()))
        assert by_threshold[best["threshold"]] == pytest.approx(best["cost"])
        low, high = best["cost_interval"]
        assert low < best["cost"] < high
        # Free and perfect inspectors leave no error.
        assert figures["review"]["0,1,0"]["cost"] == pytest.approx(0, abs=1e-9)
    plain = run("evaluate", tmp_path / "f.csv")[1]
    assert [m["lowest_cost"]["cost"] for m in plain["models"].values()] != [
        m["lowest_cost"]["cost"] for m in output["models"].values()
    ]


def test_the_front_uses_prices_by_kind_unless_there_is_a_payoff(run, tmp_path, scenario):
    frame = make_units(weighted=False)
    frame.to_csv(tmp_path / "f.csv", index=False)
    asked = ("evaluate", tmp_path / "f.csv", "--type", "kind", "--scenario", scenario)
    goods = (frame["label"] == 0).sum()
    every = sum(PRICES.get(k, OTHERWISE) for k in frame.loc[frame["label"] == 1, "kind"])
    front = run(*asked)[1]["front"]
    errors = {model: costs(frame, model) for model in {point["model"] for point in front}}
    for point in front:
        # A shipped good unit earns 1, and the current system ships everything.
        gained = goods - errors[point["model"]][point["threshold"]] - (goods - every)
        assert point["revenue_impact"] == pytest.approx(gained)
    payoff = "[payoff]\nship_good = 1\nship_defect = -2\n"
    scenario.write_text(SCENARIO + payoff)
    priced = run(*asked)[1]
    scenario.write_text(payoff)
    assert priced["front"] == run(*asked)[1]["front"]
    scenario.write_text(SCENARIO + payoff)
    assert priced["models"] != run("evaluate", tmp_path / "f.csv")[1]["models"]


def test_prices_need_a_column_of_kinds(run, tmp_path, scenario):
    make_units(weighted=False).to_csv(tmp_path / "f.csv", index=False)
    assert run("tally", tmp_path / "f.csv", "-o", tmp_path / "f.tally")[0] == 0
    for name in ("f.csv", "f.tally"):
        status, output = run("evaluate", tmp_path / name, "--scenario", scenario)
        assert (status, output["problems"][0]["code"]) == (2, "E_SCENARIO")
    scenario.write_text("[miss_cost_by_type]\ndent = -1\n")
    status, output = run("evaluate", tmp_path / "f.csv", "--type", "kind", "--scenario", scenario)
    assert (status, output["problems"][0]["code"]) == (2, "E_SCENARIO")


def test_a_cost_by_kind_is_not_certified(run, tmp_path, scenario):
    make_units(weighted=False).to_csv(tmp_path / "f.csv", index=False)
    asked = ("evaluate", tmp_path / "f.csv", "--type", "kind", "--scenario", scenario)
    assert run(*asked, "--guarantee", "cost_of_errors <= 1000")[0] == 64
    status, output = run(*asked, "--fail-unless", "cost_of_errors <= 1000")
    assert (status, output["problems"][-1]["code"]) == (0, "W_POINT")
    status, output = run(*asked, "--guarantee", "recall >= 0.1")
    best = output["guaranteed"]["least_cost"]
    assert best["cost"] == pytest.approx(
        costs(make_units(weighted=False), best["model"])[best["threshold"]]
    )


@pytest.fixture
def counted(run, tmp_path):
    """Write rows and count them by kind; return both files."""

    def count(frame):
        rows, tally = tmp_path / "f.csv", tmp_path / "kinds.tally"
        frame.to_csv(rows, index=False)
        assert run("tally", rows, "--type", "kind", "-o", tally)[0] == 0
        return rows, tally

    return count


def assert_same_costs(run, rows, tally, scenario):
    _, of_rows = run("evaluate", rows, "--type", "kind", "--scenario", scenario)
    status, of_tally = run("evaluate", tally, "--scenario", scenario)
    assert status == 0
    for model, figures in of_rows["models"].items():
        own = of_tally["models"][model]["lowest_cost"]
        assert own["cost"] == pytest.approx(figures["lowest_cost"]["cost"], rel=1e-12)
        assert own["threshold"] == figures["lowest_cost"]["threshold"]


@pytest.mark.parametrize("weighted", [False, True])
def test_a_tally_of_kinds_has_the_figures_of_its_rows(run, counted, scenario, weighted):
    rows, by_kind = counted(make_units(weighted=weighted))
    assert_same_costs(run, rows, by_kind, scenario)
    status, refused = run("evaluate", by_kind, "--scenario", scenario, "--bootstrap", "100")
    assert (status, [p["code"] for p in refused["problems"]]) == (2, ["E_TALLY"])


def test_a_price_of_a_kind_within_the_rest_of_a_tally_is_refused(run, counted, scenario):
    """The same holds for a kind that is named like the rest."""
    frame = make_units(weighted=False)
    many = [f"kind {k % 40}" for k in range(len(frame))]
    for kinds, prices in (
        (np.where(frame.index < 390, many, "dent"), SCENARIO),
        (["other", *many[1:]], "[miss_cost_by_type]\nother = 100\n"),
    ):
        scenario.write_text(prices)
        _, tally = counted(frame.assign(kind=kinds))
        status, refused = run("evaluate", tally, "--scenario", scenario)
        assert (status, refused["problems"][0]["code"]) == (2, "E_TALLY")
    # If no unit is in the rest, this name is a normal kind.
    rows, tally = counted(frame.assign(kind=np.where(frame.index == 0, "other", "dent")))
    assert_same_costs(run, rows, tally, scenario)

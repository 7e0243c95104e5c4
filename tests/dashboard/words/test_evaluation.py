"""Tests of the lines that ``common-ground evaluate`` prints."""

from __future__ import annotations

import pytest

from dashboard.cli.main import main
from dashboard.words.evaluation import with_interval
from tests.dashboard.tables import made


def test_an_interval_whose_rounded_ends_are_equal_is_not_printed():
    figures = {"fn": 0, "fn_interval": [0.0, 0.0], "fp": 5, "fp_interval": [2.1, 9.6], "tp": 1}
    assert [with_interval(figures, key) for key in ("fn", "fp", "tp")] == ["0", "5 (2 to 10)", "1"]


@pytest.mark.parametrize(
    ("value", "ends", "shown"),
    [
        (12_345_678.9, (12_300_000.6, 12_400_001.2), "12,345,679 (12,300,001 to 12,400,001)"),
        (5.25, (2.123456, 9.6), "5.25 (2.123 to 9.6)"),
        (847.3, (99.951, 1_000.2), "847.3 (100 to 1,000)"),
        (250.0, (-0.3, 900.0), "250 (0 to 900)"),
        (50, (0.0, 12_345.0), "50 (0 to 12,345)"),
        (-250_000.0, (-260_000.4, 0.123456), "-250,000 (-260,000 to 0)"),
        (0.8325123, ("-inf", None), "0.832512 (-inf to -)"),
        (None, (0, 1), "-"),
        ("inf", None, "inf"),
    ],
)
def test_a_figure_and_the_ends_of_its_interval_have_one_notation(value, ends, shown):
    assert with_interval({"cost": value, "cost_interval": ends}, "cost") == shown


def test_costs_of_many_units_are_printed_in_full(capsys, tmp_path):
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("units_per_year = 100_000_000\n")
    file = str(made().write(tmp_path / "scores.csv"))
    main(["evaluate", file, "--scenario", str(scenario), "--fail-unless", "cost_of_errors <= 10"])
    lines = [line for line in capsys.readouterr().out.splitlines() if "cost_of_errors" in line]
    assert lines
    for line in lines:
        assert float(line.split("(")[1].rstrip(")").replace(",", "")) > 1e6
        assert "e+" not in line

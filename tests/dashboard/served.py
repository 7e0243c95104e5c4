"""Four models whose serving has a price: their scores, scoring times, and scenario."""

from __future__ import annotations

from pathlib import Path

from metrics import Payoff, Scenario
from metrics.scenario.serving import Serving, Worker
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY

TIMES = {NASTY[0]: 2e-5, NASTY[1]: 5e-4, NASTY[2]: 6e-4}
PRICES = {NASTY[0]: 0.5, NASTY[1]: 0.5, NASTY[2]: 0.5}
TOML = """
units_per_year = 100_000
[payoff]
ship_good = 4.0
reject_good = -1.5
ship_defect = -20.0
reject_defect = -1.5
[serving]
requests_per_hour = 5_000_000
utilisation = 0.5
[limits]
recall = 0.3
"""
SCENARIO = Scenario(
    units_per_year=100_000.0,
    payoff=Payoff(4.0, -1.5, -20.0, -1.5),
    limits={"recall": 0.3},
    serving=Serving(5e6, 0.5, None, {m: Worker(TIMES[m], PRICES[m]) for m in TIMES}),
)


def write_served(folder: Path) -> list[str]:
    """Write scores, a models.csv that lacks a time of the last model, and a scenario; return arguments."""
    scores = FOUR.write(folder / "scores.csv")
    rows = [f'"{m.replace(chr(34), chr(34) * 2)}",{1000 * TIMES[m]!r},{PRICES[m]}' for m in TIMES]
    text = "\n".join(["model,milliseconds_per_unit,price_per_worker_hour", *rows, "gone,1,1"])
    (folder / "models.csv").write_text(text, encoding="utf-8")
    (folder / "s.toml").write_text(TOML, encoding="utf-8")
    return [scores, "--scenario", str(folder / "s.toml")]

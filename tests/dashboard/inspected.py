"""A year of production with prices, and its inspectors."""

from __future__ import annotations

from metrics import Payoff, Scenario
from metrics.scenario.inspection import Inspection

TOML = """
units_per_year = 3_650_000
[payoff]
ship_good = 4.0
reject_good = -1.5
ship_defect = -20.0
reject_defect = -1.5
"""
YEAR = Scenario(units_per_year=3_650_000.0, payoff=Payoff(4.0, -1.5, -20.0, -1.5))
"""Scenario of the TOML."""
PEOPLE = Inspection(price=0.3, catches=0.9, rejects=0.02)

"""Scenarios: prices, rates, volumes, limits, and the load on a model in production."""

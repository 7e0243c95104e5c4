"""Uncertainty of figures: bootstrap, confidence intervals, comparisons, optimism, stability, other data."""

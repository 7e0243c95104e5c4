"""Confidence level of all intervals, tests and certificates: 95 %."""

from scipy.special import ndtri

LEVEL = 0.95
"""Share of the samples in which an interval should contain the true value."""
TAIL = (1 - LEVEL) / 2
"""Share of the samples that may lie beyond either end of an interval."""
Z = float(ndtri(1 - TAIL))
"""Normal quantile of 97.5%."""

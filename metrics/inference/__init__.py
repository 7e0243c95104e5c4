"""Sampling uncertainty: the bootstrap, intervals, comparisons, optimism, stability, other data."""

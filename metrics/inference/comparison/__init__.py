"""Comparisons of points and models by resamples: paired differences, ranks, and the cheapest models."""

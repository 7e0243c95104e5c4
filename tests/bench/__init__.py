"""Benchmarks, each reported as the ratio of two measurements in one run."""

"""Measurements, each as a ratio of two things timed in one run."""

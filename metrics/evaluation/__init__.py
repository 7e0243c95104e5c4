"""Metrics at every operating point, and the objectives; the standard ones are there from the start."""

from metrics.evaluation import standard_objectives as standard_objectives

"""Evaluation metrics at every operating point, and the objectives, including the standard ones."""

from metrics.evaluation import standard_objectives as standard_objectives

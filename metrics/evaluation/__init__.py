"""Evaluation metrics at every operating point, and the objectives, including the standard ones."""

# The import adds the standard objectives to `OBJECTIVES`.
from metrics.evaluation import standard_objectives as standard_objectives

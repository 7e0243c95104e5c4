"""Cached counts of a data set, also at other thresholds, and its figures under each scenario."""

"""Additive counts of score files: thresholds, counting in one pass, adding tallies, the tally file."""

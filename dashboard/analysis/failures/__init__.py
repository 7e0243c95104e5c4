"""Answers of Failures: counts by part, single units, and labels that may be wrong."""

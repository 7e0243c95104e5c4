"""Computations behind the Failures page: counts by part, single units, and labels that may be wrong."""

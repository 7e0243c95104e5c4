"""Choosing a point: the front, picks, constraints, compromises, the cost curve."""

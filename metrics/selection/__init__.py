"""Selection of an operating point: Pareto front, picks, limits, compromises, cost curve."""

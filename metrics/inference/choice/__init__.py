"""Choices of a point in every replicate, the optimism of the chosen point, and the front in other samples."""

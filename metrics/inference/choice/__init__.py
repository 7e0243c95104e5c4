"""Choices of a point: their repetition in every replicate, and the optimism of the chosen point's figures."""

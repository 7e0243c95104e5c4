"""Computations behind the Decide page: answer, cards, front, trade-off, alternatives and verdict."""

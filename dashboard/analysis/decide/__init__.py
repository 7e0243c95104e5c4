"""Computations behind the Decide page: answer, cards, front, trade-off, exchanges and verdict."""

"""Computations behind the Models page: table of models, differences, cost curves, score distributions."""

"""Computations behind the pages: figures, limits and intervals of a data set, as frozen dataclasses."""

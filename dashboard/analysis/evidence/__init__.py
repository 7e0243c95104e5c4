"""Computations behind the Evidence page: curves and calibration of a model, and transfer to other data."""

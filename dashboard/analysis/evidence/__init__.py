"""Answers of Evidence: curves and calibration of a model, and the same on other data."""

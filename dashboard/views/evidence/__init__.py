"""The Evidence page and its parts: curves and calibration of the selected model, and other data."""

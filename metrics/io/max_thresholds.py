"""Largest number of thresholds of a model, here alone so that command-line help loads without PyArrow."""

MAX_THRESHOLDS = 4096

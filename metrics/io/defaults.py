"""Default sizes: rows and bytes of a batch, thresholds of a model."""

BATCH_ROWS, BATCH_BYTES = 131_072, 16_000_000
"""Largest number of rows of a batch, and of bytes of its scores."""
MAX_THRESHOLDS = 4096
"""Largest number of thresholds of a model."""

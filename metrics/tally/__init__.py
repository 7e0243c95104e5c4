"""The additive counts: kernel, thresholds, counting, adding, the file."""

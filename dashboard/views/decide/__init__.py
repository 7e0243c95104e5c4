"""Which model, at what threshold."""

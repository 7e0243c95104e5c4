"""Validation of rows: ids, values, duplicates, batch by batch."""

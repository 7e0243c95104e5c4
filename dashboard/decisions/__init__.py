"""Decisions: what one holds, the register that keeps it, and the check that it still stands."""

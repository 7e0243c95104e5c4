"""How it works, chapter by chapter."""

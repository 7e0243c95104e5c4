"""Words of Decide."""

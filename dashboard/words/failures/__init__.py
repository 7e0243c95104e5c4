"""Words of Failures."""

"""Words of Models."""

"""Words of the Failures page."""

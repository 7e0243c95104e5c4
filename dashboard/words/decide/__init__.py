"""Words of the Decide page."""

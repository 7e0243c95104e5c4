"""Words of the Evidence page."""

"""Words of the Models page."""

"""Words for limits and for the Limits page."""

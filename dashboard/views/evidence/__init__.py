"""Why the figures are to be believed."""

"""Number formats of the screen: amounts, figures of objectives with their units, intervals, thresholds."""

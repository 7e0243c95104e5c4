"""Words of Evidence."""

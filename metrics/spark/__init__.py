"""The same tally, counted on a Spark cluster."""

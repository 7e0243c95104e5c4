"""The Failures page and its parts: counts by part, lists of single units, and doubtful labels."""

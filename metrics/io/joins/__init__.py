"""Score files that belong together: which rows match, and what a long file means."""

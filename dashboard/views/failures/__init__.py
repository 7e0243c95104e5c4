"""What the chosen point gets wrong, and where."""

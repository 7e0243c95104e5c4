"""What was decided, found again and taken away."""

"""What a choice must keep, and what gives way."""

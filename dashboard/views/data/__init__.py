"""What was read, and opening files of one's own."""

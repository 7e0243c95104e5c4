"""The line of assumptions: what is taken for granted, each changed where it is read."""

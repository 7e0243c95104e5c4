"""The Common Ground app and command line."""

"""The Guide page: how the app works, in chapters."""

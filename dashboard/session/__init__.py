"""Choices of a reader: their values, the URL that contains them, and the browser session that stores them."""

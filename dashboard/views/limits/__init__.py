"""The Limits page and its parts: limits, regret of each choice, inspection and serving."""

"""Live updates while the threshold is dragged: the browser component, and the messages that it receives."""

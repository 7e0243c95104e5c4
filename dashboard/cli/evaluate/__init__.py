"""``common-ground evaluate``: the command, and its JSON output by part."""

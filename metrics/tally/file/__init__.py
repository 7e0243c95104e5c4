"""Layout of tally files: archive, header, packed arrays and their checks."""

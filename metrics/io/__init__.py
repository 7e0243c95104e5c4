"""Reading score files: formats, column recognition, joins and input checks."""

"""Joins of score files: by id across files, and from long format to one row for each unit."""

"""Readers of CSV files and other delimited text."""

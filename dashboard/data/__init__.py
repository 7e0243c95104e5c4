"""Data of a server: opened data sets, uploads and their parsing, stored files, and tallying."""

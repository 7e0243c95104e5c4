"""The Data page: columns and problems of the open data, and opening other files."""

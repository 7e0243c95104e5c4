"""The Decisions page: list, compare, reopen and download recorded decisions."""

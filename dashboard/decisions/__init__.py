"""Decisions: their content, the register that stores them, and the verification of the register."""

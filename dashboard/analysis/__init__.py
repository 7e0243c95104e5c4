"""Answers of a data set under a scenario, as frozen values of numbers and enums."""

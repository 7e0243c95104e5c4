"""Answers of Models: the table of models, their differences, cost curves and score distributions."""

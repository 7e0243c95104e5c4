"""Answers of Decide: cards, front, trade-off, alternatives and the verdict on the selected point."""

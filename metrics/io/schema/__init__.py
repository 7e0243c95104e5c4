"""Column recognition: facts about columns, their roles, models and labels."""

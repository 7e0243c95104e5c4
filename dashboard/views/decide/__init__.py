"""The Decide page and its parts: answer, cards, charts, next steps, and the dialog to record a decision."""

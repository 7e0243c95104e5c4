"""Words for what else could be chosen: compromises, other models, other prices, half of a figure."""

from __future__ import annotations

FAIR = "Fair option"
"""Name of the first compromise."""
COMPROMISE_NAMES = {
    "smallest largest regret": FAIR,
    "knee of the front": "Best balance",
    "Nash bargaining solution": "Best for all three together",
}
"""Name of a compromise by its method."""
COMPROMISE_NAMES_WITHIN = {
    "smallest largest regret": "the fair option",
    "knee of the front": "the best balance",
    "Nash bargaining solution": "what is best for all three together",
}
"""Name of a compromise within a sentence, by its method."""

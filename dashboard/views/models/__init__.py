"""The Models page and its parts: table of models, rankings, comparisons of pairs, and cost curves."""

"""Pages, thin: choices in, figures from the cache, drawn."""

"""Score files in, checked batches out."""

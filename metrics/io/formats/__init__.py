"""One file per container. Each yields typed Arrow batches or raises ScoreError."""

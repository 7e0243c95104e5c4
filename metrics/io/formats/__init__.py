"""File formats: one module for each container. Each yields typed Arrow batches or raises ScoreError."""

"""Values as English: formatted numbers, sentences and tables."""

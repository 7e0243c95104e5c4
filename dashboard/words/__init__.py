"""Words on the screen: formatted numbers, labels, sentences and cells of tables, without HTML."""

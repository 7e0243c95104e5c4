"""What rows must keep to: ids, values, duplicates, batch by batch."""

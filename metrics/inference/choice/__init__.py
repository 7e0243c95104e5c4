"""The choice of a point: repeated in every replicate, and by how much it flatters the point that it picks."""

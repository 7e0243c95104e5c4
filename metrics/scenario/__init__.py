"""What is assumed of the world: prices, rates, volumes, limits, the load on a model in production."""

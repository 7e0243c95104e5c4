"""How the candidates compare."""

"""How people and staff come in."""

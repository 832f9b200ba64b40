"""What the kinds are written with; nothing here knows a kind by name."""

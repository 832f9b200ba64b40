"""Everything Kept remembers: the one Django app."""

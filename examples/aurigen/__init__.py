"""Aurigen, an invented AI company: its privacy policy, its data map, and a generator for its databases."""

"""The privacy centre: what a person sees of themselves, and what they can do about it."""

"""Training of the tagger of names and addresses; run by hand, never at run time."""

"""What can be promised: one file a kind, found by scanning this folder."""

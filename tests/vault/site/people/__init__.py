"""The app that knows people."""

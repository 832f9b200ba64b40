"""What comes in by letter: read without trust, put beside the request it belongs to, and guessed at by rules. Pure."""

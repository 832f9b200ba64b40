"""Where the core meets the world: policies loaded, stores asked, plans made and applied."""

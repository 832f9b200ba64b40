"""Who holds the key-encryption keys: one file a kind of key service, found by scanning."""

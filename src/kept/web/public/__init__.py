"""What anybody may read: the policy with its marks, its editions, and the record for whoever wants to verify it."""

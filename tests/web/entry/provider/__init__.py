"""A real OpenID Connect provider, in a process of its own, for the sign-on tests."""

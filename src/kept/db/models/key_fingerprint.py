"""Which keys this database was made with."""

from __future__ import annotations

from django.db import models

__all__ = ["KeyFingerprint"]


class KeyFingerprint(models.Model):
    """The SHA-256 of a key file, so that a database under other keys is noticed before anything is signed or hashed with them."""

    name = models.CharField(max_length=20, primary_key=True, help_text="ledger or tombstone.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the key file, in hex.")

    def __str__(self) -> str:
        """Show which key."""
        return self.name

"""Keys that the vault destroyed."""

from __future__ import annotations

from django.db import models

__all__ = ["DestroyedKey"]


class DestroyedKey(models.Model):
    """The id of a destroyed key, kept apart from the keys database: one that is restored from a backup brings no key back."""

    key = models.CharField(max_length=64, primary_key=True, help_text="The key's id, in hex. It is a hash of a key that is gone.")
    at = models.DateTimeField(help_text="When Kept learned of it.")

    def __str__(self) -> str:
        """Show the first digits."""
        return f"destroyed key {self.key[:12]}"

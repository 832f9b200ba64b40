"""Keys that programs sign in with."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref

__all__ = ["ApiKey"]


class ApiKey(models.Model):
    """A key of the API. Its secret was shown once; what is kept is a hash that cannot be turned back."""

    ref = models.CharField(
        max_length=12, unique=True, default=new_ref, help_text="The first part of the key, and its name in the ledger."
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret, which has 256 bits of its own.")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys", help_text="For whom it speaks.")
    label = models.CharField(max_length=100, help_text="What its owner calls it.")
    scopes = models.JSONField(help_text="What it may be used for; never more than its owner may do.")
    created_at = models.DateTimeField(help_text="When it was made.")
    expires_at = models.DateTimeField(null=True, help_text="When it ends by itself.")
    used_at = models.DateTimeField(null=True, help_text="When it was last used, to the hour.")
    revoked_at = models.DateTimeField(null=True, help_text="When it was revoked.")

    def __str__(self) -> str:
        """Show the reference."""
        return f"key {self.ref}"

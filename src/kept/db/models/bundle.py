"""Sealed exports."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Bundle"]


class Bundle(models.Model):
    """One export of one person: a file sealed under a key of its own. The key goes, and nobody can read the file any more."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="bundle", help_text="For which request.")
    file = models.CharField(max_length=100, help_text="The file's name in .kept/bundles.")
    key = models.TextField(default="", help_text="Its key, sealed under the request's; empty once it was destroyed.")
    size = models.BigIntegerField(help_text="Bytes of the export as the person gets it.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the export as the person gets it.")
    rows = models.BigIntegerField(help_text="Rows in it.")
    made_at = models.DateTimeField(help_text="When it was made.")
    until = models.DateTimeField(help_text="Until when it can be fetched.")
    fetched = models.PositiveIntegerField(default=0, help_text="How often it was fetched to its end.")
    fetched_at = models.DateTimeField(null=True, help_text="When last.")

    def __str__(self) -> str:
        """Show the size."""
        return f"bundle of {self.size} bytes"

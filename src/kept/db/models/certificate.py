"""Certificates of erasure."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Certificate"]


class Certificate(models.Model):
    """What was erased for a request, signed, with the proof that the ledger has it. It names nobody."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="certificate", help_text="For which request.")
    text = models.TextField(help_text="The signed certificate.")
    made_at = models.DateTimeField(help_text="When it was signed.")

    def __str__(self) -> str:
        """Show nothing of it."""
        return "certificate"

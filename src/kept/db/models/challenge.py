"""How somebody shows that a request is theirs."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Challenge"]


class Challenge(models.Model):
    """One way that was offered: a link to an address already held, questions about what is held, a mandate, a guardian."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="challenges", help_text="For which request.")
    way = models.CharField(max_length=20, help_text="link, points, agent, guardian.")
    digest = models.CharField(max_length=64, default="", db_index=True, help_text="SHA-256 of the secret in the link.")
    asked = models.JSONField(default=list, help_text="The columns that are asked about; no value.")
    answers = models.TextField(default="", help_text="What was answered and is still to be compared, sealed; empty otherwise.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was tried in vain.")
    made_at = models.DateTimeField(help_text="When it was offered.")
    until = models.DateTimeField(help_text="Until when it can be met.")
    passed_at = models.DateTimeField(null=True, help_text="When it was met.")
    failed_at = models.DateTimeField(null=True, help_text="When it was tried too often.")

    def __str__(self) -> str:
        """Show the way."""
        return f"challenge by {self.way}"

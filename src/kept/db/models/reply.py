"""Replies of the API that are given again when a program asks again."""

from __future__ import annotations

from django.db import models

from .api_key import ApiKey

__all__ = ["Reply"]


class Reply(models.Model):
    """What a request with an idempotency key came to, so that asking again does nothing again. Kept for a day."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="replies", help_text="Whose.")
    name = models.CharField(max_length=64, help_text="SHA-256 of the Idempotency-Key.")
    asked = models.CharField(max_length=64, help_text="SHA-256 over method, path and body: the same key must ask the same.")
    status = models.PositiveSmallIntegerField(help_text="The status that was answered; 0 while the first is still at work.")
    body = models.TextField(default="", help_text="The body that was answered.")
    at = models.DateTimeField(help_text="When.")

    class Meta:
        """One reply a key and name."""

        constraints = (models.UniqueConstraint(fields=("key", "name"), name="one_reply_a_name"),)

    def __str__(self) -> str:
        """Show the status."""
        return f"reply {self.status}"

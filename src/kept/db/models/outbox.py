"""Entries on their way into the log."""

from __future__ import annotations

from django.db import models

__all__ = ["Outbox"]


class Outbox(models.Model):
    """An entry that was written together with what it tells of, and has no place in the log yet."""

    body = models.BinaryField(help_text="The canonical JSON of the entry.")

    def __str__(self) -> str:
        """Show the number."""
        return f"outbox {self.pk}"

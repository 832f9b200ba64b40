"""The entries of the log."""

from __future__ import annotations

from django.db import models

from .fields import Position

__all__ = ["LedgerEntry"]


class LedgerEntry(models.Model):
    """One entry of the log, in the bytes that were hashed. Rows are added by the sequencer and never changed."""

    index = Position(primary_key=True, help_text="The entry's place in the log, from 0, without gaps.")
    leaf = models.BinaryField(max_length=32, help_text="The RFC 6962 hash of the body.")
    body = models.BinaryField(help_text="The canonical JSON of the entry; see kept.ledger.entries.")

    def __str__(self) -> str:
        """Show the place."""
        return f"entry {self.index}"

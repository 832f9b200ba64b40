"""What was signed about the log, and when."""

from __future__ import annotations

from django.db import models

from .fields import Position

__all__ = ["Checkpoint"]


class Checkpoint(models.Model):
    """The signed size and root of the log after one group of entries; the last one is where the sequencer goes on."""

    size = Position(primary_key=True, help_text="How many entries the log had.")
    root = models.BinaryField(max_length=32, help_text="The RFC 6962 root over them.")
    edge = models.BinaryField(help_text="The hashes at the right edge of the tree, highest first, 32 bytes each.")
    note = models.TextField(help_text="The C2SP checkpoint as signed.")
    at = models.DateTimeField(help_text="When it was signed.")

    def __str__(self) -> str:
        """Show the size."""
        return f"checkpoint at {self.size}"

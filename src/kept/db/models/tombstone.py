"""People who were erased, as keyed hashes."""

from __future__ import annotations

from django.db import models

__all__ = ["Tombstone"]


class Tombstone(models.Model):
    """The keyed hash of the key a person had in a column before they were erased. It cannot be turned back."""

    column = models.TextField(help_text="The column, as store.table.column.")
    digest = models.BinaryField(max_length=16, help_text="HMAC-SHA-256 of the key under tombstone.key, 16 bytes.")
    erased_at = models.DateTimeField(help_text="When the person was erased.")

    class Meta:
        """One tombstone a person and column."""

        constraints = (models.UniqueConstraint(fields=("column", "digest"), name="one_tombstone_a_key"),)

    def __str__(self) -> str:
        """Show the column only."""
        return f"tombstone in {self.column}"

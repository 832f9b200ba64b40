"""What a scan saw, so that the next one can say what changed."""

from __future__ import annotations

from django.db import models

__all__ = ["ScanColumn"]


class ScanColumn(models.Model):
    """One column of a store as the last scan saw it."""

    store = models.CharField(max_length=200, help_text="The store.")
    table = models.TextField(help_text="The table inside the store, with its schema where it has one.")
    column = models.TextField(help_text="The column.")
    type = models.CharField(max_length=20, help_text="Its type, in Kept's words.")
    category = models.CharField(max_length=200, default="", help_text="The category that was guessed; empty for none.")
    kind = models.CharField(max_length=50, default="", help_text="The detector that spoke for it; empty for none.")
    confidence = models.FloatField(default=0.0, help_text="How sure the guess is, from 0 to 1.")
    seen_at = models.DateTimeField(help_text="When the scan saw it.")

    class Meta:
        """One row a column."""

        constraints = (models.UniqueConstraint(fields=("store", "table", "column"), name="one_row_a_column"),)

    def __str__(self) -> str:
        """Show the column."""
        return f"{self.store}.{self.table}.{self.column}"

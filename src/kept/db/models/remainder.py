"""What an erasure had to leave for now."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Remainder"]


class Remainder(models.Model):
    """Rows of one table that stay for a while, because a law or a hold says so. They go when that ends, unasked."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="remainders", help_text="Of which erasure.")
    table = models.CharField(max_length=200, help_text="The table, as store.table.")
    why = models.CharField(max_length=20, help_text="law, hold, rule or needed.")
    rule = models.CharField(max_length=300, help_text="Which law, or which hold.")
    rows = models.BigIntegerField(help_text="How many rows.")
    until = models.DateTimeField(null=True, help_text="When the last of them may go; NULL where a hold must be lifted first.")
    look_at = models.DateTimeField(null=True, db_index=True, help_text="When to look again; NULL once they are gone.")
    gone_at = models.DateTimeField(null=True, help_text="When they went.")
    told_at = models.DateTimeField(null=True, help_text="When the person was told so, where a letter reaches them.")

    class Meta:
        """One row a table and reason; what has gone and was not told is found by an index."""

        indexes = (
            models.Index(
                fields=("request",),
                condition=models.Q(gone_at__isnull=False, told_at__isnull=True),
                name="remainders_to_tell",
            ),
        )
        constraints = (models.UniqueConstraint(fields=("request", "table", "why", "rule"), name="one_remainder_a_table"),)

    def __str__(self) -> str:
        """Show the table and the reason."""
        return f"{self.table} {self.why}"

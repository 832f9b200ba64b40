"""Holds that staff placed in the console."""

from __future__ import annotations

from django.db import models

__all__ = ["PlacedHold"]


class PlacedHold(models.Model):
    """A legal hold beside those of `holds.yaml`: suspends retention and erasure for what it covers, and nothing more."""

    name = models.CharField(max_length=100, unique=True, help_text="A short name.")
    ground = models.CharField(max_length=300, help_text="Why: the law, or the matter's number.")
    owner = models.CharField(max_length=100, help_text="The role that answers for it.")
    tables = models.JSONField(default=list, help_text="The tables it covers, as store.table.")
    subjects = models.JSONField(default=dict, help_text="Column to keys of the people it covers; empty for every row.")
    placed_by = models.CharField(max_length=200, help_text="Who placed it, as the ledger names them.")
    placed_at = models.DateTimeField(help_text="When.")
    review = models.DateField(help_text="When it is to be looked at again.")
    lifted_at = models.DateTimeField(null=True, help_text="When it was lifted.")

    def __str__(self) -> str:
        """Show the name."""
        return f"hold {self.name}"

"""Checks that were run."""

from __future__ import annotations

from django.db import models

__all__ = ["Run"]


class Run(models.Model):
    """One check of a policy: when, of which policy, and what it came to."""

    at = models.DateTimeField(db_index=True, help_text="The moment the check judged by.")
    policy = models.CharField(max_length=64, help_text="The digest of the privacy folder.")
    kept = models.PositiveIntegerField(help_text="How many findings were kept.")
    broken = models.PositiveIntegerField(help_text="How many were broken.")
    unknown = models.PositiveIntegerField(help_text="How many could not be told.")
    digest = models.CharField(max_length=64, help_text="SHA-256 over the findings; the ledger holds it too.")
    judged_by = models.DateTimeField(null=True, help_text="The day it imagined; null where it judged by its own moment.")
    actor = models.CharField(max_length=200, help_text="Who ran it: a code, not a person's name.")

    def __str__(self) -> str:
        """Show the moment."""
        return f"run {self.pk} at {self.at}"

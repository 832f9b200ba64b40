"""The policy as it was published."""

from __future__ import annotations

from django.db import models

__all__ = ["Edition"]


class Edition(models.Model):
    """One published text of the policy. Rows are added and never changed: nobody can say later that it read otherwise."""

    number = models.PositiveIntegerField(unique=True, help_text="1 for the first that was published, then 2, and so on.")
    title = models.TextField(help_text="What the policy is called.")
    version = models.CharField(max_length=100, help_text="Its version as people see it.")
    effective = models.DateField(help_text="The day it takes effect.")
    introduction = models.TextField(help_text="The prose before the first clause.")
    clauses = models.JSONField(help_text="The clauses in order: id, title, version, effective, material, text.")
    digest = models.CharField(max_length=64, help_text="SHA-256 over all of it; the ledger holds it too.")
    published_at = models.DateTimeField(help_text="When it was published.")

    def __str__(self) -> str:
        """Show the number."""
        return f"edition {self.number}"

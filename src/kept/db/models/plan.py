"""Plans that were begun."""

from __future__ import annotations

from django.db import models

__all__ = ["Plan"]


class Plan(models.Model):
    """A plan file that somebody began to apply, known by its digest."""

    digest = models.CharField(max_length=64, unique=True, help_text="The digest over the plan's content.")
    policy = models.CharField(max_length=64, help_text="The digest of the privacy folder it was drawn up from.")
    made_at = models.DateTimeField(help_text="When it was drawn up.")
    opened_at = models.DateTimeField(help_text="When it was first applied.")
    closed_at = models.DateTimeField(null=True, help_text="When its last step was done.")

    def __str__(self) -> str:
        """Show the first digits."""
        return f"plan {self.digest[:12]}"

"""What people owe."""

from __future__ import annotations

from django.db import models

__all__ = ["Obligation"]


class Obligation(models.Model):
    """Something only a person can do, from the day a check asked for it to the day somebody showed it done."""

    finding = models.TextField(help_text="The key of the finding that asked for it.")
    key = models.CharField(max_length=64, help_text="SHA-256 of the finding's key and the title: one open obligation each.")
    title = models.TextField(help_text="What is to be done.")
    owner = models.CharField(max_length=200, help_text="The role that must do it.")
    due = models.DateField(help_text="By when.")
    wanted = models.TextField(help_text="What will show that it was done.")
    evidence = models.TextField(default="", help_text="What was shown: where the evidence can be read.")
    opened_at = models.DateTimeField(help_text="When it was opened.")
    closed_at = models.DateTimeField(null=True, help_text="When it was closed.")

    class Meta:
        """One open obligation a key; closed ones are history."""

        constraints = (
            models.UniqueConstraint(fields=("key",), condition=models.Q(closed_at=None), name="one_open_obligation_a_key"),
        )

    def __str__(self) -> str:
        """Show the title."""
        return self.title

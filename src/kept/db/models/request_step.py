"""What was done for a request, step by step."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["RequestStep"]


class RequestStep(models.Model):
    """One step: written before it is done (`began_at`) and after (`ended_at`). Counts and names, no value of a person."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps", help_text="Of which request.")
    name = models.CharField(max_length=30, help_text="Which step.")
    place = models.CharField(max_length=200, default="", help_text="Where: a store, a processor, or nothing.")
    state = models.CharField(max_length=10, help_text="begun, waiting, done or failed.")
    tries = models.PositiveIntegerField(default=1, help_text="How often it was begun.")
    told = models.JSONField(default=dict, help_text="What came of it: counts and names of tables.")
    error = models.TextField(default="", help_text="What stopped it last, and what to do: a sentence without values.")
    began_at = models.DateTimeField(help_text="When it was first begun.")
    ended_at = models.DateTimeField(null=True, help_text="When it was done.")

    class Meta:
        """One row a step and place."""

        constraints = (models.UniqueConstraint(fields=("request", "name", "place"), name="one_row_a_step"),)

    def __str__(self) -> str:
        """Show the step and its state."""
        return f"{self.name} {self.state}"

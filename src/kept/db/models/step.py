"""The steps of a plan, and how far each is."""

from __future__ import annotations

from django.db import models

from .plan import Plan

__all__ = ["Step", "StepState"]


class StepState(models.TextChoices):
    """Where a step stands. An intent precedes every change and a receipt follows it."""

    PLANNED = "planned", "nothing was done yet"
    INTENDED = "intended", "it was begun; whether it ended is not known until a receipt says so"
    DONE = "done", "a receipt says what was done"
    FAILED = "failed", "it stopped with an error and may be tried again"


class Step(models.Model):
    """One change of a plan. `rows_done` is what is known to be done; after a killed attempt it may be too low, never too high."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps", help_text="The plan it belongs to.")
    position = models.PositiveIntegerField(help_text="Its place in the plan, from 0.")
    change = models.CharField(max_length=64, help_text="The digest of the change.")
    what = models.CharField(max_length=50, help_text="The kind of change: DeleteRows, Coarsen, …")
    about = models.TextField(help_text="The table or store that is changed.")
    finding = models.TextField(help_text="The key of the finding that asked for it.")
    rows = models.BigIntegerField(help_text="How many rows the plan says it will touch.")
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PLANNED, help_text="Where it stands.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was begun.")
    rows_before = models.BigIntegerField(default=0, help_text="Rows done by the attempts before this one.")
    rows_done = models.BigIntegerField(default=0, help_text="Rows known to be done, over all attempts.")
    remaining = models.BigIntegerField(null=True, help_text="Rows that still met the selection when it ended.")
    error = models.CharField(max_length=50, default="", help_text="The code of the error it stopped with.")
    changed_at = models.DateTimeField(help_text="When this row last changed.")

    class Meta:
        """One step a place."""

        constraints = (models.UniqueConstraint(fields=("plan", "position"), name="one_step_a_place"),)

    def __str__(self) -> str:
        """Show the place and the state."""
        return f"step {self.position} {self.state}"

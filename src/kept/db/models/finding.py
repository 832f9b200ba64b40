"""What a check found."""

from __future__ import annotations

from django.db import models

from .run import Run

__all__ = ["Finding"]


class Finding(models.Model):
    """What one promise of one clause came to in a run, about one thing. Holds counts and names, no value of a person."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="findings", help_text="The run that found it.")
    position = models.PositiveIntegerField(help_text="Its place in the run, from 0.")
    clause = models.CharField(max_length=200, help_text="The clause of the policy.")
    code = models.CharField(max_length=200, help_text="The kind of promise.")
    about = models.TextField(help_text="What it is about: a table, a column, a store.")
    mark = models.CharField(max_length=10, help_text="kept, broken or unknown.")
    reason = models.TextField(help_text="The evidence or the reason, in one sentence with numbers.")

    class Meta:
        """One finding a place; a clause is looked up over all its runs."""

        indexes = (models.Index(fields=("clause", "run"), name="findings_of_a_clause"),)
        constraints = (models.UniqueConstraint(fields=("run", "position"), name="one_finding_a_place"),)

    def __str__(self) -> str:
        """Show what it is about."""
        return f"{self.clause} {self.code} {self.about}"

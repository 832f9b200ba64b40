"""When the mark of a clause changed."""

from __future__ import annotations

from django.db import models

from .run import Run

__all__ = ["Turn"]


class Turn(models.Model):
    """The run from which on a clause has a mark, until its next turn. A year of runs that find the same leaves one row a clause."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="turns", help_text="The run that found it changed.")
    at = models.DateTimeField(db_index=True, help_text="The moment of that run.")
    clause = models.CharField(max_length=200, help_text="The clause of the policy.")
    mark = models.CharField(max_length=10, help_text="kept, broken or unknown; empty where it is no longer checked.")

    class Meta:
        """One turn a clause and run."""

        constraints = (models.UniqueConstraint(fields=("clause", "run"), name="one_turn_a_clause"),)

    def __str__(self) -> str:
        """Show the clause and its mark."""
        return f"{self.clause} {self.mark}"

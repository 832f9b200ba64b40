"""Erasures that are done together."""

from __future__ import annotations

from django.db import models

from .account import new_ref

__all__ = ["Sweep", "SweepState"]


class SweepState(models.TextChoices):
    """How far a sweep is."""

    FOUND = "found", "the people's rows were found, and what will be done is written down"
    DONE = "done", "every store has done its part"
    PROVED = "proved", "every store was asked again and has nothing left"


class Sweep(models.Model):
    """One set of people whose data goes in one pass over the stores.

    What the rows are found by (`trail`) is sealed and written before anything is changed: a sweep whose worker died goes on.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How the ledger names it.")
    state = models.CharField(max_length=10, choices=SweepState.choices, default=SweepState.FOUND, help_text="How far it is.")
    people = models.PositiveIntegerField(help_text="How many requests it is for.")
    trail = models.TextField(default="", help_text="What the rows are found by, sealed; emptied when it is proved.")
    stores = models.JSONField(
        default=dict, help_text="By store: intended, done or proved, rows by table, and what stopped it last."
    )
    made_at = models.DateTimeField(help_text="When it was begun.")
    proved_at = models.DateTimeField(null=True, help_text="When everything was seen to be gone.")

    def __str__(self) -> str:
        """Show the reference and the state."""
        return f"sweep {self.ref} {self.state}"

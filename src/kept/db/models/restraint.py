"""What may not be done with a person's data."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Restraint"]


class Restraint(models.Model):
    """Something a person asked not to be done, from now on: what the gate decides by."""

    subject = models.CharField(max_length=64, help_text="Keyed hash of who, as the vault names people.")
    kind = models.CharField(max_length=20, help_text="restricted, objects, withdrew, opted-out, limited, erasing, erased.")
    purpose = models.CharField(max_length=100, default="", help_text="For which purpose; empty for all.")
    since = models.DateTimeField(help_text="From when on.")
    until = models.DateTimeField(null=True, help_text="When it was lifted.")
    lift_at = models.DateTimeField(null=True, help_text="From when on it may be lifted, as the person was told.")
    lift_letter = models.CharField(max_length=64, default="", help_text="The letter that told them so, by its name.")
    request = models.ForeignKey(
        Request, null=True, on_delete=models.SET_NULL, related_name="restraints", help_text="The request that asked for it."
    )

    class Meta:
        """One in force a person, kind and purpose; what is announced to be lifted is found by an index."""

        indexes = (
            models.Index(
                fields=("lift_at",),
                condition=models.Q(lift_at__isnull=False, until__isnull=True),
                name="restraints_to_lift",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("subject", "kind", "purpose"), condition=models.Q(until__isnull=True), name="one_restraint_in_force"
            ),
        )

    def __str__(self) -> str:
        """Show the kind."""
        return f"restraint {self.kind}"

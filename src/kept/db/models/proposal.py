"""Plans that wait for a second pair of eyes."""

from __future__ import annotations

from django.db import models

from .account import Account

__all__ = ["Proposal", "ProposalState"]


class ProposalState(models.TextChoices):
    """Where a proposed plan stands."""

    PROPOSED = "proposed", "somebody else must say yes"
    APPROVED = "approved", "somebody else said yes"
    REFUSED = "refused", "somebody said no"
    APPLIED = "applied", "every step is done"


class Proposal(models.Model):
    """A plan that was made in the console. Whoever made it may not approve it."""

    digest = models.CharField(max_length=64, unique=True, help_text="The plan's digest.")
    content = models.TextField(help_text="The plan file: changes, counts and masked samples, no value of a person.")
    steps = models.PositiveIntegerField(help_text="How many changes it makes.")
    rows = models.BigIntegerField(help_text="How many rows they touch.")
    obligations = models.PositiveIntegerField(help_text="How many tasks for people it opens.")
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED, help_text="Where it stands."
    )
    proposed_by = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="proposals", help_text="Who made it."
    )
    proposed_at = models.DateTimeField(help_text="When it was made.")
    decided_by = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="decisions", help_text="Who decided."
    )
    decided_at = models.DateTimeField(null=True, help_text="When that was.")
    why = models.TextField(default="", help_text="What they said.")

    def __str__(self) -> str:
        """Show the first digits."""
        return f"proposal {self.digest[:12]}"

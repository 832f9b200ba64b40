"""What people ask for as their right."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref

__all__ = ["Request", "RequestState"]


class RequestState(models.TextChoices):
    """Where a request stands."""

    RECEIVED = "received", "it is recorded, and nothing was done yet"
    WORKING = "working", "somebody is at it"
    ANSWERED = "answered", "it was answered"
    REFUSED = "refused", "it was refused, with a ground"
    WITHDRAWN = "withdrawn", "the person took it back"


class Request(models.Model):
    """One request of one person: which right, when it came, how far it is. Its text may hold anything a person writes."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How addresses and the ledger name it.")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="requests", help_text="Who asked.")
    right = models.CharField(
        max_length=30, help_text="access, erasure, rectification, restriction, objection, portability, complaint."
    )
    channel = models.CharField(max_length=20, help_text="How it came: centre, api, staff.")
    note = models.TextField(default="", help_text="What the person wrote.")
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.RECEIVED, help_text="Where it stands."
    )
    outcome = models.TextField(default="", help_text="What the person was told at the end.")
    received_at = models.DateTimeField(help_text="When it came; the clock starts here.")
    changed_at = models.DateTimeField(help_text="When it last changed.")
    closed_at = models.DateTimeField(null=True, help_text="When it ended.")

    def __str__(self) -> str:
        """Show the reference."""
        return f"request {self.ref}"

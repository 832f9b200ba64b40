"""What processors were asked to do for a request."""

from __future__ import annotations

from django.db import models
from django.utils.crypto import get_random_string

from .request import Request

__all__ = ["Order", "new_order_ref"]

REF_LENGTH = 20
"""Protocols between companies want a name of at least 16 characters."""


def new_order_ref() -> str:
    """Return a reference nobody can guess: 20 letters and digits."""
    return get_random_string(REF_LENGTH)


class Order(models.Model):
    """One order to one processor, and what it acknowledged."""

    ref = models.CharField(max_length=20, unique=True, default=new_order_ref, help_text="How the processor is told to name it.")
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="orders", help_text="For which request.")
    processor = models.CharField(max_length=100, help_text="Whom: its short name in processors.yaml.")
    way = models.CharField(max_length=20, help_text="How: http, ddrf, opendsr, email.")
    state = models.CharField(max_length=20, default="new", help_text="new, sent, accepted, done, refused, unknown-person, overdue.")
    theirs = models.CharField(max_length=200, default="", help_text="How the processor names it.")
    sealed = models.BinaryField(default=b"", help_text="Its last acknowledgement as it came, sealed.")
    evidence = models.CharField(max_length=64, default="", help_text="SHA-256 of that acknowledgement.")
    made_at = models.DateTimeField(help_text="When it was made.")
    asked_at = models.DateTimeField(null=True, help_text="When it was first sent.")
    answered_at = models.DateTimeField(null=True, help_text="When the processor said that it was done, or would not do it.")
    look_at = models.DateTimeField(null=True, help_text="When to look again.")
    due = models.DateTimeField(help_text="By when it must be done.")

    class Meta:
        """One order a processor and request."""

        constraints = (models.UniqueConstraint(fields=("request", "processor"), name="one_order_a_processor"),)

    def __str__(self) -> str:
        """Show the processor and the state."""
        return f"order to {self.processor} {self.state}"

"""Staff who opened a person's data, and why."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref

__all__ = ["Viewing"]


class Viewing(models.Model):
    """A member of staff opened what is known of one person, gave a reason, and the person can read it."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How addresses name it.")
    subject = models.CharField(max_length=200, db_index=True, help_text="Whose data, as the vault names people.")
    staff = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="viewings", help_text="Who looked.")
    role = models.CharField(max_length=30, help_text="The role they had then.")
    reason = models.TextField(help_text="Why, in their words; the person reads this.")
    at = models.DateTimeField(help_text="When.")
    until = models.DateTimeField(help_text="When this look ends and a reason must be given again.")

    def __str__(self) -> str:
        """Show the reference."""
        return f"viewing {self.ref}"

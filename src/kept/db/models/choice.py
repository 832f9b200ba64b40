"""What people opted in to, and out of."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref

__all__ = ["Choice"]


class Choice(models.Model):
    """One choice of one person about one optional purpose. The newest counts; the ones before it are the proof."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How addresses and its receipt name it.")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="choices", help_text="Who chose.")
    purpose = models.CharField(max_length=100, help_text="The purpose, by its short name.")
    granted = models.BooleanField(help_text="Whether they agreed.")
    edition = models.PositiveIntegerField(help_text="The edition of the policy they had before them.")
    notice = models.CharField(max_length=64, help_text="SHA-256 of the words they were shown.")
    channel = models.CharField(max_length=20, help_text="Where they chose: centre, api, gpc.")
    at = models.DateTimeField(help_text="When.")

    def __str__(self) -> str:
        """Show the purpose."""
        return f"choice about {self.purpose}"

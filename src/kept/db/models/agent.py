"""Authorised agents that ask by the Data Rights Protocol: how each is known, and which requests it made."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from .request import Request

__all__ = ["AgentRequest", "AgentToken"]


class AgentToken(models.Model):
    """A token that one agent shows with what it asks. It was told once; what is kept is a hash that cannot be turned back."""

    agent = models.CharField(max_length=100, db_index=True, help_text="The agent, by the id it signs with.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, which has 256 bits of its own.")
    key = models.CharField(max_length=64, help_text="SHA-256 of the verifying key it was made under; another key ends it.")
    message = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the signed message that made it: none works twice."
    )
    made_at = models.DateTimeField(help_text="When it was made.")
    ended_at = models.DateTimeField(null=True, help_text="When another took its place.")

    def __str__(self) -> str:
        """Show the agent."""
        return f"token of {self.agent}"


class AgentRequest(models.Model):
    """A request as an agent knows it."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="by_agent", help_text="Which request.")
    number = models.UUIDField(unique=True, default=uuid4, help_text="How the agent names it.")
    agent = models.CharField(max_length=100, help_text="The agent, by the id it signs with.")
    message = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the signed message that opened it.")
    told = models.CharField(max_length=64, default="", help_text="SHA-256 of the status that the agent's address took last.")
    told_at = models.DateTimeField(null=True, help_text="When it took that.")
    tell_at = models.DateTimeField(null=True, help_text="When to see whether there is news for its address; NULL for never.")
    tries = models.PositiveIntegerField(default=0, help_text="How often it did not take the news, one after another.")

    class Meta:
        """What may have news is found by an index."""

        indexes = (models.Index(fields=("tell_at",), condition=models.Q(tell_at__isnull=False), name="agents_to_tell"),)

    def __str__(self) -> str:
        """Show the number."""
        return f"request {self.number} of {self.agent}"

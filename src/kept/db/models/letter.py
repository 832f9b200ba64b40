"""Letters of a request, in and out."""

from __future__ import annotations

from django.db import models

from .request import Request

__all__ = ["Letter"]


class Letter(models.Model):
    """One letter as it came or went, sealed whole under its request's key."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="letters", help_text="Of which request.")
    incoming = models.BooleanField(help_text="Whether it came, or went.")
    name = models.CharField(max_length=64, unique=True, help_text="SHA-256 of its Message-ID, so that it is taken in once.")
    kind = models.CharField(
        max_length=20, help_text="request, reply, bounce, automatic, answer, acknowledgement, question, notice."
    )
    sealed = models.BinaryField(help_text="The whole letter with what was attached, sealed.")
    size = models.PositiveIntegerField(help_text="Bytes of the letter.")
    attachments = models.PositiveSmallIntegerField(default=0, help_text="How many files came with it.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often sending it was tried.")
    at = models.DateTimeField(help_text="When it came, or was written.")
    next_at = models.DateTimeField(null=True, help_text="When to try to send it; NULL for what came, went, or will never go.")
    sent_at = models.DateTimeField(null=True, help_text="When the mail server took it; NULL while it waits to be sent.")

    class Meta:
        """What waits to be sent is found by an index."""

        indexes = (models.Index(fields=("next_at", "id"), condition=models.Q(next_at__isnull=False), name="letters_to_send"),)

    def __str__(self) -> str:
        """Show the kind."""
        return f"letter {self.kind}"

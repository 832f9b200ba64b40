"""Work that a page asked for and a worker does."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref

__all__ = ["Job", "JobState"]


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", "nobody has begun it"
    RUNNING = "running", "a worker is at it"
    DONE = "done", "it ended, and its result is there"
    FAILED = "failed", "it stopped with an error"


class Job(models.Model):
    """One piece of work outside a request, such as a check; its progress is what pages show."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How addresses name it.")
    kind = models.CharField(max_length=30, help_text="Which work: check, plan, apply, holdings.")
    key = models.CharField(max_length=100, help_text="What it is about; one unfinished job a kind and key.")
    wanted = models.JSONField(default=dict, help_text="What it was asked: names and digests, no value of a person.")
    asked_by = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="jobs", help_text="Who asked for it.")
    actor = models.CharField(max_length=200, help_text="Who asked, as the ledger names them.")
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING, help_text="Where it stands.")
    doing = models.CharField(max_length=200, default="", help_text="What it is doing now.")
    done = models.BigIntegerField(default=0, help_text="How far it is.")
    total = models.BigIntegerField(null=True, help_text="Out of how much, where that is known.")
    result = models.JSONField(null=True, help_text="What came of it: counts, names and references.")
    error = models.TextField(default="", help_text="Why it stopped, and what to do: a sentence without values.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was begun.")
    leased_until = models.DateTimeField(null=True, help_text="Until when the worker that has it keeps it without a sign of life.")
    created_at = models.DateTimeField(help_text="When it was asked for.")
    changed_at = models.DateTimeField(help_text="When this row last changed.")

    class Meta:
        """One unfinished job of a kind about one thing."""

        constraints = (
            models.UniqueConstraint(
                fields=("kind", "key"), condition=models.Q(state__in=("waiting", "running")), name="one_unfinished_job_a_key"
            ),
        )

    def __str__(self) -> str:
        """Show the kind and the state."""
        return f"{self.kind} {self.state}"

"""What people ask for as their right."""

from __future__ import annotations

from django.db import models

from .account import Account, new_ref
from .sweep import Sweep

__all__ = ["Request", "RequestState"]

DUE = models.Q(wake_at__isnull=False)
SWEPT = DUE & models.Q(stage="erase")


class RequestState(models.TextChoices):
    """Where a request stands."""

    RECEIVED = "received", "it is recorded, and nothing was done yet"
    WORKING = "working", "it is being worked on"
    ANSWERED = "answered", "it was answered"
    REFUSED = "refused", "it was refused, with a ground"
    WITHDRAWN = "withdrawn", "the person took it back"


class Request(models.Model):
    """One request of one person: which right, when it came, by when it must be answered, how far it is.

    What a person wrote or was told, and who they are, is sealed under the request's own key (`key`, itself sealed under the secret
    of the pages); without that key nobody can read it.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, help_text="How addresses and the ledger name it.")
    account = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="requests", help_text="Who asked, where they have an account."
    )
    right = models.CharField(max_length=30, help_text="Which right, by its file in kept.rights; contact for a question.")
    channel = models.CharField(max_length=20, help_text="How it came: centre, api, email, agent, staff.")
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.RECEIVED, help_text="Where it stands."
    )
    stage = models.CharField(max_length=30, default="", help_text="The step it is at; empty once it has ended.")
    waits_on = models.CharField(max_length=20, default="", help_text="Whom it waits for: person, staff, store, processor, time.")
    waits_for = models.CharField(max_length=200, default="", help_text="What for, in a sentence without values of people.")
    taken_by = models.CharField(
        max_length=40, default="", help_text="Who of the staff is at it, by the ledger's code; empty for nobody."
    )
    key = models.TextField(default="", help_text="The request's key, sealed; empty once it was destroyed.")
    note = models.TextField(default="", help_text="What the person wrote, sealed.")
    said = models.TextField(default="", help_text="What the right needs besides, sealed: new values, a nominee, an agent.")
    subject = models.TextField(default="", help_text="Who it is about in the stores, sealed; empty until that is known.")
    subject_digest = models.CharField(
        max_length=64, default="", db_index=True, help_text="Keyed hash of the subject, to find the requests of one person."
    )
    address = models.TextField(default="", help_text="Where answers go, sealed; empty for the privacy centre alone.")
    address_digest = models.CharField(
        max_length=64, default="", db_index=True, help_text="Keyed hash of the address letters go to, to count them by."
    )
    trail = models.TextField(default="", help_text="What the person was found by, sealed: keys and identifiers.")
    outcome = models.TextField(default="", help_text="What the person was told at the end, sealed.")
    wanted = models.JSONField(default=dict, help_text="What was asked in particular: purposes, formats; no value of a person.")
    language = models.CharField(max_length=20, default="", help_text="The language to answer in.")
    verified = models.CharField(
        max_length=20, default="", help_text="How it was established that it is them; not-needed where the law forbids to ask."
    )
    verified_at = models.DateTimeField(null=True, help_text="When.")
    laws = models.JSONField(default=list, help_text="The laws that apply, by their ids.")
    dates = models.JSONField(default=dict, help_text="The dates with the rule, its law and its version that made each.")
    acknowledge_by = models.DateTimeField(null=True, help_text="By when its receipt is to be confirmed.")
    acknowledged_at = models.DateTimeField(null=True, help_text="When that was done.")
    promised_by = models.DateTimeField(help_text="The date the policy promises.")
    strict_by = models.DateTimeField(help_text="The earliest date a law can be read to set.")
    legal_by = models.DateTimeField(help_text="The date the law sets, weekends and holidays considered.")
    work_by = models.DateTimeField(help_text="The date that work goes by: the earlier of the promised and the strict one.")
    extended = models.CharField(max_length=200, default="", help_text="Why it takes longer, where the time was extended.")
    pauses = models.JSONField(default=list, help_text="Days that do not count: from, to, why.")
    ground = models.CharField(max_length=50, default="", help_text="The ground of a refusal, by its id in the law.")
    sweep = models.ForeignKey(
        Sweep, null=True, on_delete=models.PROTECT, related_name="requests", help_text="The sweep that erases, once it has one."
    )
    link = models.CharField(max_length=64, default="", db_index=True, help_text="SHA-256 of the secret in the person's own link.")
    wake_at = models.DateTimeField(null=True, help_text="When it is to be looked at again; NULL once it has ended.")
    leased_until = models.DateTimeField(null=True, help_text="Until when a worker has it.")
    fence = models.PositiveIntegerField(default=0, help_text="Counts the leases; a worker with an old number writes nothing.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often the step was tried in vain.")
    escalated_at = models.DateTimeField(null=True, help_text="When its owner was told that the date comes near.")
    received_at = models.DateTimeField(help_text="When it came; the clock starts here.")
    changed_at = models.DateTimeField(help_text="When it last changed.")
    closed_at = models.DateTimeField(null=True, help_text="When it ended.")

    class Meta:
        """What is due is found by an index, however many wait; what waits to be swept is in none of what workers lease alone."""

        indexes = (
            models.Index(fields=("wake_at", "id"), condition=DUE & ~models.Q(stage="erase"), name="requests_to_wake"),
            models.Index(fields=("wake_at", "id"), condition=SWEPT & models.Q(sweep__isnull=True), name="requests_to_sweep"),
            models.Index(fields=("sweep", "id"), condition=SWEPT & models.Q(sweep__isnull=False), name="requests_in_a_sweep"),
            models.Index(fields=("work_by", "id"), condition=models.Q(closed_at__isnull=True), name="requests_by_date"),
            models.Index(fields=("right", "work_by", "id"), condition=models.Q(closed_at__isnull=True), name="requests_of_a_right"),
            models.Index(fields=("waits_on", "work_by", "id"), condition=models.Q(closed_at__isnull=True), name="requests_by_wait"),
            models.Index(fields=("state", "work_by", "id"), condition=models.Q(closed_at__isnull=True), name="requests_by_state"),
            models.Index(fields=("-closed_at", "-id"), condition=models.Q(closed_at__isnull=False), name="requests_ended"),
        )

    def __str__(self) -> str:
        """Show the reference."""
        return f"request {self.ref}"

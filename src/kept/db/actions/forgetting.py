"""Forgetting whom an erasure was about, once nothing is left to do or to fetch: the key of its request is destroyed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from kept.db.models import Letter, Order, Remainder, Request

from .action import action, record_each
from .orders import ENDED

__all__ = ["forget_erasures"]

MOST = 500


@action
def forget_erasures(*, closed_before: datetime, at: datetime, actor: str) -> int:
    """Destroy the keys of erasures that ended before a moment and of which nothing stays, waits or is still to be sent.

    What else these people had asked before, and was answered, is forgotten with it. What remains is that there were requests, their
    dates, the certificate and their place in the ledger. Returns how many.
    """
    ended = Request.objects.filter(right="erasure", closed_at__lt=closed_before, stage="").exclude(key="")
    waiting = Order.objects.exclude(state__in=ENDED).filter(due__gt=at - timedelta(days=30))
    stays = Remainder.objects.filter(Q(gone_at__isnull=True) | Q(told_at__isnull=True))
    unsent = Letter.objects.filter(next_at__isnull=False)
    ended = ended.exclude(pk__in=waiting.values("request")).exclude(pk__in=stays.values("request"))
    ended = ended.exclude(pk__in=unsent.values("request"))
    erased = list(ended.select_for_update().order_by("id")[:MOST])
    digests = {request.subject_digest for request in erased} - {""}
    others = Request.objects.filter(subject_digest__in=digests, closed_at__isnull=False).exclude(key="")
    chosen = [*erased, *others.exclude(pk__in=[request.pk for request in erased]).exclude(right="erasure").select_for_update()]
    for request in chosen:
        request.key = request.note = request.said = request.subject = request.address = request.trail = request.outcome = ""
        request.link = request.subject_digest = ""
    fields = ["key", "note", "said", "subject", "address", "trail", "outcome", "link", "subject_digest"]
    Request.objects.bulk_update(chosen, fields, batch_size=100)
    Letter.objects.filter(request__in=chosen).update(sealed=b"", size=0)
    Order.objects.filter(request__in=chosen).update(sealed=b"")
    record_each("request.forgotten", [{"request": request.ref} for request in chosen], at=at, actor=actor)
    return len(chosen)

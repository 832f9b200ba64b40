"""Telling people whose erasure left something for a time, because a law or a hold said so, that this is gone now, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kept.base.errors import Refused
from kept.db.models import Remainder, Request
from kept.db.notices import Voice, letterhead
from kept.db.request_key import opened_key
from kept.planning.answers import remainder_gone

from .action import action
from .letters import write_notice

__all__ = ["tell_of_gone"]

MOST: Final = 100


@action
def tell_of_gone(*, voice: Voice, named: Mapping[str, str], at: datetime, actor: str) -> int:
    """Write to the people of whose erasure something went that had stayed, where their address is still known; return how many.

    `named` says in words what each table holds (`billing.invoices`). A table of which something still stays, for another reason, is
    told once that is gone, too. Nobody is told twice.
    """
    untold = Remainder.objects.filter(gone_at__isnull=False, told_at__isnull=True)
    waiting = Request.objects.filter(pk__in=untold.values("request"), stage="").order_by("id")
    told = 0
    for request in waiting.select_for_update(skip_locked=True)[:MOST]:
        rest = request.remainders.order_by("table")
        still = set(rest.filter(gone_at__isnull=True).values_list("table", flat=True))
        gone = rest.filter(gone_at__isnull=False, told_at__isnull=True)
        tables = [table for table in dict.fromkeys(gone.values_list("table", flat=True)) if table not in still]
        told += bool(tables) and _told(request, [named.get(table, table) for table in tables], voice, at, actor)
        gone.update(told_at=at)
    return told


def _told(request: Request, what: list[str], voice: Voice, at: datetime, actor: str) -> bool:
    """Keep a letter, to be sent; return False where no letter reaches the person any more."""
    to = opened_key(request.key).open(request.address, "address") if request.key else ""
    if not to:
        return False
    try:
        draft = remainder_gone(letterhead(request, voice), request.language, what=what)
        write_notice(request, draft, voice=voice, to=to, at=at, actor=actor)
    except Refused:  # an address that is none; what is gone is gone
        return False
    return True

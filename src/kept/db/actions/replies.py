"""What requests with an Idempotency-Key came to: a program that asks again is given the same answer, and nothing is done twice.

Nothing of this goes to the ledger: what the request itself did is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from kept.db.models import ApiKey, Reply

from .action import action

__all__ = ["ABANDONED", "REMEMBERED", "Begun", "Standing", "begin_reply", "drop_reply", "end_reply"]

REMEMBERED: Final = timedelta(hours=24)
ABANDONED: Final = timedelta(seconds=60)
"""After which a request that never came to an end may be tried again."""

Standing: TypeAlias = Literal["begun", "at-work", "answered", "other"]
"""Begun by this caller; at work elsewhere; answered before; the key was used for another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a request stands, and what was answered where it was."""

    standing: Standing
    status: int = 0
    body: str = ""


@action
def begin_reply(*, key: str, name: str, asked: str, at: datetime) -> Begun:
    """Say that a request is begun, unless it was before; of two callers at once exactly one begins.

    `key` is the API key's reference, `name` the hash of the Idempotency-Key, `asked` the hash of method, path and body.
    """
    owner = ApiKey.objects.get(ref=key)
    reply, is_new = Reply.objects.select_for_update().get_or_create(
        key=owner, name=name, defaults={"asked": asked, "status": 0, "at": at}
    )
    if is_new:
        return Begun(standing="begun")
    if at - reply.at >= REMEMBERED or (reply.asked == asked and reply.status == 0 and at - reply.at > ABANDONED):
        reply.asked, reply.status, reply.body, reply.at = asked, 0, "", at
        reply.save(update_fields=["asked", "status", "body", "at"])
        return Begun(standing="begun")
    if reply.asked != asked:
        return Begun(standing="other")
    return Begun(standing="answered" if reply.status else "at-work", status=reply.status, body=reply.body)


@action
def end_reply(*, key: str, name: str, begun: datetime, status: int, body: str) -> bool:
    """Keep what a request came to; return False where another caller took it over after `begun`, whose answer counts."""
    mine = Reply.objects.filter(key__ref=key, name=name, status=0, at=begun)
    return bool(mine.update(status=status, body=body))


@action
def drop_reply(*, key: str, name: str, begun: datetime) -> None:
    """Forget a request that changed nothing and may be asked again at once, such as one that met a database that was away."""
    Reply.objects.filter(key__ref=key, name=name, status=0, at=begun).delete()

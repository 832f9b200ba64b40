"""What an answer changes in Kept itself: the link it carries, and the account of somebody who was erased."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kept.base.errors import NotThere
from kept.db.models import Account, Request
from kept.db.models.request import RequestState

from .action import action, record
from .requests import secret_digest

__all__ = ["erase_account", "erase_accounts_of_ended", "post_with_link"]

ANSWER: Final = "answer"
MOST = 200


@action
def post_with_link(*, ref: str, post: Callable[[str], object]) -> bool:
    """Let the answer to a request carry a new link of the person's own; return False where an answer is kept already.

    `post(secret)` writes the letter, in the same transaction: a link that is kept and a letter that is not cannot be. An earlier
    link ends. Raises NotThere.
    """
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if request.letters.filter(kind=ANSWER, incoming=False).exists():
        return False
    secret = secrets.token_urlsafe(32)
    request.link = secret_digest(secret)
    request.save(update_fields=["link"])
    post(secret)
    return True


@action
def erase_account(*, subject: str, at: datetime, actor: str) -> bool:
    """Erase the account of somebody who was erased (`account:42`), with all that hangs on it; return whether there was one.

    Staff keep theirs, which is then nobody's in the stores. Requests stay, with no account.
    """
    found = Account.objects.select_for_update().filter(subject=subject).first() if subject else None
    if found is None:
        return False
    _erase(found, at, actor)
    return True


@action
def erase_accounts_of_ended(*, closed_before: datetime, at: datetime, actor: str) -> int:
    """Erase the accounts of people whose erasure was answered before a moment, where only the account led to the answer.

    Returns how many.
    """
    ended = Request.objects.filter(right="erasure", state=RequestState.ANSWERED, closed_at__lt=closed_before)
    proved = ended.filter(sweep__proved_at__isnull=False, account__isnull=False).exclude(account__subject="")
    found = Account.objects.filter(pk__in=proved.values("account")[:MOST]).select_for_update()
    chosen = list(found)
    for account in chosen:
        _erase(account, at, actor)
    return len(chosen)


def _erase(account: Account, at: datetime, actor: str) -> None:
    record("account.erased", at=at, actor=actor, account=account.ref, staff=bool(account.role))
    if account.role:
        account.subject = ""
        account.save(update_fields=["subject"])
    else:
        account.delete()

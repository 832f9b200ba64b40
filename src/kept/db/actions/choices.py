"""What people opt in to and out of, each purpose by itself. Choices are added and never changed: each is its own proof."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kept.base.errors import NotAllowed, Refused
from kept.base.roles import Who
from kept.db.models import Account, Choice

from .action import action, hashed, record

__all__ = ["CHANNELS", "choose", "heed_signal"]

CHANNELS: Final = ("centre", "api", "gpc")
SIGNAL: Final = "gpc"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@action
def choose(*, purpose: str, granted: bool, edition: int, notice: str, channel: str, by: Who, at: datetime) -> str:
    """Keep a choice and return its reference; the same choice about the same words made twice is kept once.

    `edition` is the edition of the policy in force, 0 where none was published; `notice` the SHA-256 (hex) of the words that were
    shown. The caller has seen to it that the purpose is one people can choose about. Raises NotAllowed, Refused.
    """
    _check(notice, channel, by)
    Account.objects.select_for_update().get(pk=by.account)
    last = Choice.objects.filter(account_id=by.account, purpose=purpose).order_by("-pk").first()
    if last is not None and (last.granted, last.notice, last.edition, last.channel) == (granted, notice, edition, channel):
        return last.ref
    return _keep(purpose, granted=granted, edition=edition, notice=notice, channel=channel, by=by, at=at)


@action
def heed_signal(*, notices: Mapping[str, str], edition: int, by: Who, at: datetime) -> int:
    """Take a browser's Global Privacy Control as an opt-out of these purposes, once each; return how many that was news for.

    `notices` maps each purpose to the SHA-256 of its words. What the person chooses after that stands. Raises NotAllowed.
    """
    for notice in notices.values():
        _check(notice, SIGNAL, by)
    Account.objects.select_for_update().get(pk=by.account)
    heeded = set(Choice.objects.filter(account_id=by.account, channel=SIGNAL).values_list("purpose", flat=True))
    news = {purpose: notice for purpose, notice in notices.items() if purpose not in heeded}
    for purpose, notice in news.items():
        _keep(purpose, granted=False, edition=edition, notice=notice, channel=SIGNAL, by=by, at=at)
    return len(news)


def _keep(purpose: str, *, granted: bool, edition: int, notice: str, channel: str, by: Who, at: datetime) -> str:
    choice = Choice.objects.create(
        account_id=by.account, purpose=purpose, granted=granted, edition=edition, notice=notice, channel=channel, at=at
    )
    person = hashed(by.ref)
    record("choice.made", at=at, actor=person, purpose=purpose, granted=granted, edition=edition, notice=notice, channel=channel)
    return choice.ref


def _check(notice: str, channel: str, by: Who) -> None:
    if not by.account:
        raise NotAllowed("Somebody who is not signed in cannot choose here", todo="Sign in first.")
    if channel not in CHANNELS:
        raise Refused("Choices do not come that way", todo=f"Name one of {', '.join(CHANNELS)}.")
    if not DIGEST.fullmatch(notice):
        raise Refused("A choice names the words it was made by", todo="Give their SHA-256 in hex.")

"""The staff as the company's directory and programs see them: whom they may change, and which version of them that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Q, QuerySet

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Account

__all__ = ["Member", "member", "members", "on_the_staff", "seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account with a role, or one that the directory speaks for."""

    ref: str
    email: str
    external_id: str
    role: str
    active: bool
    created_at: datetime
    suspended_at: datetime | None

    @property
    def version(self) -> str:
        """What changes whenever one of these does: 32 hex digits."""
        words = [self.ref, self.email, self.external_id, self.role, self.active, str(self.suspended_at)]
        return sha256(json.dumps(words).encode()).hexdigest()[:32]


def on_the_staff() -> QuerySet[Account]:
    """Return the rows that are staff: an account of a person alone is none of the directory's business."""
    return Account.objects.filter(~Q(role="") | Q(provisioned=True))


def member(ref: str, *, by: Who) -> Member:
    """Return one member of the staff. Raises NotThere, also for who may not read the list."""
    found = None
    if by.may("staff.read"):
        with database_errors():
            found = on_the_staff().filter(ref=ref).first()
    if found is None:
        raise NotThere("There is no such member of the staff", todo="Look through the list of staff.")
    return seen(found)


def members(
    *, by: Who, email: str | None = None, external_id: str | None = None, first: int = 0, limit: int = 200
) -> tuple[int, tuple[Member, ...]]:
    """Return how many members of the staff there are with this address and this name in the directory, and some of them, the oldest
    first. Raises NotThere for who may not read the list. Two queries.
    """
    if not by.may("staff.read"):
        raise NotThere("There is no such list", todo="Ask an owner for the role that may read it.")
    found = on_the_staff().order_by("pk")
    if email is not None:
        found = found.filter(email__iexact=email)
    if external_id is not None:
        found = found.filter(external_id=external_id)
    with database_errors():
        return found.count(), tuple(seen(one) for one in found[first : first + limit])


def seen(one: Account) -> Member:
    """Return the value of a row."""
    return Member(
        ref=one.ref,
        email=one.email,
        external_id=one.external_id,
        role=one.role,
        active=one.is_active,
        created_at=one.created_at,
        suspended_at=one.suspended_at,
    )

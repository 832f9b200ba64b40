"""Who a program speaks for: the key in its Authorization header, what that may be used for, and what its owner may do today."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from kept.base.errors import NotAllowed, SourceError
from kept.base.roles import Who, nobody
from kept.db.access.api_keys import PERSON_SCOPES, key_by_secret
from kept.db.actions.api_keys import note_use
from kept.db.models import Account
from kept.web.shared.security_log import note

from .problems import ApiError

__all__ = ["NO_KEY", "Caller", "Needs", "caller", "caller_of", "no_key"]

SCHEME = "bearer"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kept"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program: its key's reference, whom it speaks for, and what it may do of what they may. Without a key, nobody."""

    key: str = ""
    who: Who = nobody
    scopes: frozenset[str] = frozenset()


NO_KEY = Caller()


def caller(request: HttpRequest) -> Caller:
    """Return who asks; NO_KEY without an Authorization header. Raises ApiError 401 for a key that is unknown or has ended."""
    given = request.headers.get("Authorization")
    if given is None:
        return NO_KEY
    scheme, _, secret = given.partition(" ")
    at = datetime.now(UTC)
    known = key_by_secret(secret.strip(), at=at) if scheme.lower() == SCHEME else None
    if known is None:
        note("key-refused")
        raise no_key()
    if known.used_at is None or known.used_at < at.replace(minute=0, second=0, microsecond=0):
        with suppress(SourceError):  # what was asked is not held up by a database that is busy
            note_use(ref=known.ref, at=at)
    vouched = known.owner.vouched and is_mfa_enabled(Account(pk=known.owner.account))
    scopes = frozenset(known.scopes if vouched else set(known.scopes) & set(PERSON_SCOPES))
    return Caller(key=known.ref, who=replace(known.owner, vouched=vouched, scopes=scopes), scopes=scopes)


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller that the door found."""
    return cast(Caller, getattr(request, "caller", NO_KEY))


def no_key() -> ApiError:
    """Return the error for whoever brings no key that counts; unknown and revoked ones read the same."""
    return ApiError(
        401,
        "no-key",
        "This needs a key that is in force",
        todo="Send Authorization: Bearer and a key; make one in your privacy centre.",
        headers=CHALLENGE,
    )


class Needs:
    """What an operation asks of a key: one of some scopes, or none of them: then any key will do."""

    def __init__(self, *scopes: str) -> None:
        """Keep the scopes, one of which is enough."""
        self.scopes = scopes

    def __call__(self, request: HttpRequest) -> Caller:
        """Return the caller. Raises ApiError 401 without a key, NotAllowed where the key may not do this."""
        found = caller_of(request)
        if not found.key:
            raise no_key()
        if self.scopes and not found.scopes.intersection(self.scopes):
            note("not-allowed", account=found.who, key=found.key, needs=self.scopes[0])
            raise NotAllowed(
                f"This key may not be used for that; it needs {' or '.join(self.scopes)}",
                todo="Make a key with that scope; staff need a second factor for it.",
            )
        return found

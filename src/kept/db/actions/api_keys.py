"""Keys of the API: made, rotated, revoked. A secret is returned once, to whoever made it, and kept as a hash only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.access.api_keys import scopes_for
from kept.db.models import ApiKey
from kept.db.models.account import new_ref

from .action import action, record

__all__ = ["LONGEST_LABEL", "MOST_KEYS", "make_key", "note_use", "revoke_key", "rotate_key"]

SECRET_BYTES = 32
LONGEST_LABEL = 100
MOST_KEYS = 20
"""Keys that may be in force at once, an account."""


@action
def make_key(*, label: str, scopes: Collection[str], by: Who, at: datetime, expires_at: datetime | None = None) -> str:
    """Make a key for whoever asks and return its secret, which nobody can see again.

    Raises NotAllowed for a scope that is more than its owner may do, Refused for a key without a name or without a scope, for one
    that would end before it begins, and where there are too many keys.
    """
    name = label.strip()
    _check(name, scopes, by, at, expires_at)
    key = ApiKey(account_id=by.account, label=name, scopes=sorted(set(scopes)), created_at=at, expires_at=expires_at)
    secret = _new_secret(key)
    record("key.made", at=at, actor=by.actor, key=key.ref, scopes=list(key.scopes))
    return secret


@action
def rotate_key(*, ref: str, by: Who, at: datetime) -> str:
    """Make a key with another secret in the place of one, which ends now; return the new secret. Raises NotThere, Refused."""
    old = _own(ref, by)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= at):
        raise Refused("This key has ended", todo="Make a new one.")
    allowed = [scope for scope in old.scopes if scope in scopes_for(by)]
    if not allowed:
        raise NotAllowed("You may no longer do what this key is for", todo="Revoke it.")
    old.revoked_at = at
    old.save(update_fields=["revoked_at"])
    new = ApiKey(account_id=by.account, label=old.label, scopes=allowed, created_at=at, expires_at=old.expires_at)
    secret = _new_secret(new)
    record("key.rotated", at=at, actor=by.actor, old=old.ref, key=new.ref)
    return secret


@action
def revoke_key(*, ref: str, by: Who, at: datetime) -> None:
    """End a key of whoever asks, now and for good; one that has ended already stays as it is. Raises NotThere."""
    key = _own(ref, by)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        record("key.revoked", at=at, actor=by.actor, key=key.ref)


@action
def note_use(*, ref: str, at: datetime) -> None:
    """Remember that a key was used, to the hour; nothing is written twice in one hour, and nothing goes to the ledger."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    ApiKey.objects.filter(ref=ref).exclude(used_at__gte=hour).update(used_at=hour)


def _new_secret(key: ApiKey) -> str:
    """Give a new key its reference and its secret's hash, save it, and return the secret."""
    key.ref = new_ref()
    secret = f"kept_{key.ref}_{token_urlsafe(SECRET_BYTES)}"
    key.digest = sha256(secret.encode("ascii")).hexdigest()
    key.save(force_insert=True)
    return secret


def _check(name: str, scopes: Collection[str], by: Who, at: datetime, expires_at: datetime | None) -> None:
    if not by.account:
        raise NotAllowed("Somebody who is not signed in has no keys", todo="Sign in first.")
    if not 0 < len(name) <= LONGEST_LABEL:
        raise Refused("A key needs a name", todo=f"Give it one of at most {LONGEST_LABEL} characters.")
    if not scopes:
        raise Refused("A key needs something it may be used for", todo="Choose at least one.")
    if set(scopes) - set(scopes_for(by)):
        raise NotAllowed("A key may not do more than you may", todo="Choose among what is offered.")
    if expires_at is not None and expires_at <= at:
        raise Refused("The key would end before it begins", todo="Choose a later day.")
    if ApiKey.objects.filter(account_id=by.account, revoked_at=None).exclude(expires_at__lte=at).count() >= MOST_KEYS:
        raise Refused(f"There are {MOST_KEYS} keys already", todo="Revoke one that is no longer used.")


def _own(ref: str, by: Who) -> ApiKey:
    key = ApiKey.objects.select_for_update().filter(ref=ref, account_id=by.account).first() if by.account else None
    if key is None:
        raise NotThere("There is no such key", todo="Look through the list of your keys.")
    return key

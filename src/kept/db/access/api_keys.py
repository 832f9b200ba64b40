"""Keys of the API: whose a secret is, and which keys somebody has."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from kept.base.roles import PERMISSIONS, ROLES, Who
from kept.db.failures import database_errors
from kept.db.models import Account, ApiKey

__all__ = ["DIRECTORY_SCOPE", "PERSON_SCOPES", "KnownKey", "key_by_secret", "keys_of", "scopes_for"]

PERSON_SCOPES: Final = ("me.read", "me.write")
"""What a key may be used for on behalf of the person themselves."""
DIRECTORY_SCOPE: Final = "scim"
"""What the company's directory needs of a key: joiners and leavers among the staff, and nothing else."""
SECRET: Final = re.compile(r"kept_([A-Za-z0-9]{12})_[A-Za-z0-9_-]{43}")
NO_DIGEST: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key as pages show it and programs use it; `owner` is for whom it speaks, `scopes` what it may be used for today."""

    ref: str
    label: str
    scopes: tuple[str, ...]
    owner: Who
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def may(self, scope: str) -> bool:
        """Return whether it may be used for something: a scope of a person, or a permission of its owner's role."""
        return scope in self.scopes

    def ended(self, at: datetime) -> bool:
        """Return whether it is revoked or past its day."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= at)


def scopes_for(by: Who) -> tuple[str, ...]:
    """Return what keys of somebody may be used for: their own data, and what their role may do where it has keys."""
    if not by.account:
        return ()
    if not by.may("key.manage"):
        return PERSON_SCOPES
    staff = tuple(one for one in PERMISSIONS if by.may(one))
    return (*PERSON_SCOPES, *staff, *((DIRECTORY_SCOPE,) if by.may("staff.change") else ()))


def key_by_secret(secret: str, *, at: datetime) -> KnownKey | None:
    """Return the key with this secret; None for one that is unknown, revoked, past its day, or whose owner may not sign in.

    How long that takes does not tell a right reference from a wrong one, nor how much of a secret was right.
    """
    found = SECRET.fullmatch(secret)
    with database_errors():
        key = ApiKey.objects.select_related("account").filter(ref=found[1] if found else "").first()
    digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    same = hmac.compare_digest(digest, key.digest if key else NO_DIGEST)
    if key is None or not same or not key.account.is_active:
        return None
    known = _known(key, _owner(key.account))
    return None if known.ended(at) else known


def keys_of(by: Who) -> tuple[KnownKey, ...]:
    """Return every key of whoever asks, the newest first, those that have ended too."""
    if not by.account:
        return ()
    with database_errors():
        return tuple(_known(key, by) for key in ApiKey.objects.filter(account_id=by.account).order_by("-created_at", "-pk"))


def _owner(account: Account) -> Who:
    """Return the owner as a program speaks for them: that they had a second factor was seen when the key was made."""
    return Who(account=account.pk, ref=account.ref, subject=account.subject, role=account.role, vouched=account.role in ROLES)


def _known(key: ApiKey, owner: Who) -> KnownKey:
    return KnownKey(
        ref=key.ref,
        label=key.label,
        scopes=tuple(scope for scope in scopes_for(owner) if scope in key.scopes),
        owner=owner,
        created_at=key.created_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
        revoked_at=key.revoked_at,
    )

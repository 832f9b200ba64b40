"""What is connected to an account: sign-on at other places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.apps import apps

from kept.base.roles import Who
from kept.db.failures import database_errors

__all__ = ["Connection", "connection_ref", "connections_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A place whose sign-on opens the account: `provider` as kept.toml calls it."""

    ref: str
    provider: str
    joined_at: datetime
    used_at: datetime


def connections_of(by: Who) -> tuple[Connection, ...]:
    """Return what is connected to the account of whoever asks, the oldest first."""
    if not by.account:
        return ()
    rows = apps.get_model("socialaccount", "SocialAccount")._default_manager
    with database_errors():
        return tuple(_known(one) for one in rows.filter(user_id=by.account).order_by("date_joined", "pk"))


def connection_ref(provider: str, uid: str) -> str:
    """Return the name of a connection in addresses: a digest, because the other place's name of a person is theirs."""
    return sha256(f"connection {provider} {uid}".encode()).hexdigest()[:16]


def _known(one: Any) -> Connection:
    return Connection(
        ref=connection_ref(one.provider, one.uid), provider=one.provider, joined_at=one.date_joined, used_at=one.last_login
    )

"""Where somebody is signed in: the family of the browser and a coarse network, never more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.apps import apps

from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.detectors import ip, user_agent

__all__ = ["KnownSession", "coarse_agent", "coarse_network", "session_ref", "sessions_of"]

ANOTHER: Final = "Another program"
FAMILIES: Final = frozenset(
    f"{browser} on {system}"
    for browser in (*(name for name, _ in user_agent.BROWSERS), user_agent.COARSE)
    for system in (*(name for name, _ in user_agent.SYSTEMS), "another system")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session: `agent` such as `Firefox on Linux`, `network` a /24 or /48, `current` for the one that asks."""

    ref: str
    agent: str
    network: str
    created_at: datetime
    current: bool


def sessions_of(by: Who, *, current: str, at: datetime) -> tuple[KnownSession, ...]:
    """Return the sessions of whoever asks that are in force, this one first, then the newest; `current` is this one's key."""
    if not by.account:
        return ()
    tracked = apps.get_model("usersessions", "UserSession")._default_manager.filter(user_id=by.account)
    with database_errors():
        found = list(tracked.order_by("-created_at", "-pk"))
        keys = [one.session_key for one in found]
        live = set(
            apps.get_model("sessions", "Session")
            ._default_manager.filter(session_key__in=keys, expire_date__gt=at)
            .values_list("session_key", flat=True)
        )
    known = [_known(one, current) for one in found if one.session_key in live]
    return tuple(sorted(known, key=lambda one: not one.current))


def session_ref(key: str) -> str:
    """Return the name of a session in addresses: a digest, because its key is what signs people in."""
    return sha256(f"session {key}".encode()).hexdigest()[:16]


def coarse_network(address: str) -> str:
    """Return the /24 or /48 an address is in, by its first address.

    >>> coarse_network("203.0.113.77"), coarse_network("2001:db8:1:2::3")
    ('203.0.113.0', '2001:db8:1::')
    """
    return ip.coarsen(address)


def coarse_agent(text: str) -> str:
    """Return the families of browser and system, and nothing of what else a program says of itself.

    >>> coarse_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), coarse_agent("ada/1.0")
    ('Firefox on Linux', 'Another program')
    """
    family = user_agent.coarsen(text)
    return family if family in FAMILIES else ANOTHER


def _known(one: Any, current: str) -> KnownSession:
    network = coarse_network(str(one.ip))
    return KnownSession(
        ref=session_ref(one.session_key),
        agent=coarse_agent(one.user_agent),
        network=f"{network}/{48 if ':' in network else 24}",
        created_at=one.created_at,
        current=one.session_key == current,
    )

"""Who is on the staff, how they sign in, and where they are signed in now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from kept.base.errors import NotThere
from kept.base.roles import ROLES, Who
from kept.db.failures import database_errors
from kept.db.models import Account

__all__ = ["KnownSession", "KnownStaff", "colleagues", "staff_list"]

KEYS = ("totp", "webauthn")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """One browser a member of staff is signed in with; `number` names it."""

    number: int
    agent: str
    address: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStaff:
    """A member of staff; `factor` is what they show beside the first way in: totp, webauthn, sign-on, or empty for nothing."""

    ref: str
    email: str
    role: str
    factor: str
    last_login: datetime | None
    suspended_at: datetime | None
    active: bool
    sessions: tuple[KnownSession, ...]


def staff_list(*, by: Who) -> tuple[KnownStaff, ...]:
    """Return everybody with a role, those who may sign in first. Raises NotThere for who may not read it. Four queries."""
    if not by.may("staff.read"):
        raise NotThere("There is no such list", todo="Ask an owner for the role that may read it.")
    with database_errors():
        accounts = list(Account.objects.exclude(role="").order_by("-is_active", "email", "pk"))
        factors, sessions = _factors(accounts), _sessions(accounts)
    return tuple(_known(one, factors.get(one.pk, ""), tuple(sessions[one.pk])) for one in accounts)


def colleagues(*, by: Who) -> tuple[tuple[str, str], ...]:
    """Return who may work on requests: each one's reference and address. Empty for who may not. One query."""
    if not by.may("request.work"):
        return ()
    roles = [name for name, role in ROLES.items() if "request.work" in role.permissions]
    with database_errors():
        return tuple(Account.objects.filter(role__in=roles, is_active=True).order_by("email", "pk").values_list("ref", "email"))


def _factors(accounts: list[Account]) -> dict[int, str]:
    signed_on = apps.get_model("socialaccount", "SocialAccount")._default_manager.filter(user__in=accounts)
    found = dict.fromkeys(signed_on.values_list("user_id", flat=True), "sign-on")
    keys = apps.get_model("mfa", "Authenticator")._default_manager.filter(user__in=accounts, type__in=KEYS)
    return found | dict(keys.order_by("type").values_list("user_id", "type"))


def _sessions(accounts: list[Account]) -> dict[int, list[KnownSession]]:
    found: dict[int, list[KnownSession]] = defaultdict(list)
    for one in apps.get_model("usersessions", "UserSession")._default_manager.filter(user__in=accounts).order_by("-last_seen_at"):
        found[one.user_id].append(
            KnownSession(number=one.pk, agent=one.user_agent, address=one.ip, began_at=one.created_at, seen_at=one.last_seen_at)
        )
    return found


def _known(one: Account, factor: str, sessions: tuple[KnownSession, ...]) -> KnownStaff:
    return KnownStaff(
        ref=one.ref,
        email=one.email,
        role=one.role,
        factor=factor,
        last_login=one.last_login,
        suspended_at=one.suspended_at,
        active=one.is_active,
        sessions=sessions,
    )

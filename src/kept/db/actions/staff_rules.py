"""What holds for every change of the staff, whether a page, the API, a directory or the command line makes it."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from kept.base.errors import NotAllowed, Refused
from kept.base.roles import ROLES, Who
from kept.db.models import Account

from .action import record

__all__ = ["check_address", "check_role", "end_sessions", "keep_an_owner", "may_change", "switch"]


def may_change(by: Who | str) -> str:
    """Return how the ledger names whoever changes the staff: an account that may, or the command line. Raises NotAllowed."""
    if isinstance(by, str):
        return by
    if not by.may("staff.change"):
        raise NotAllowed("You may not change who is on the staff", todo="Ask an owner.")
    return by.actor


def check_role(role: str) -> None:
    """Raise Refused for what is no role."""
    if role not in ROLES:
        raise Refused("There is no such role", todo=f"Choose one of {', '.join(ROLES)}.")


def check_address(email: str) -> None:
    """Raise Refused for what is no e-mail address."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("That is no e-mail address", todo="Write it as name@company.example.") from error


def keep_an_owner(account: Account) -> None:
    """Raise Refused where this account is the last owner who can sign in; the others are locked until the change is there."""
    owners = Account.objects.select_for_update().filter(role="owner", is_active=True)
    if all(one.pk == account.pk for one in owners):
        raise Refused("This is the last owner", todo="Make somebody else an owner first.")


def switch(account: Account, *, active: bool, at: datetime, actor: str) -> None:
    """Suspend an account and end its sessions, or let it sign in again; the caller saves it. Raises Refused for the last owner."""
    if not active and account.role == "owner":
        keep_an_owner(account)
    account.is_active, account.suspended_at = active, None if active else at
    if not active:
        end_sessions(account)
    record("account.resumed" if active else "account.suspended", at=at, actor=actor, account=account.ref)


def end_sessions(account: Account) -> None:
    """Sign an account out everywhere, in the transaction that is open; a process without pages knows of no sessions."""
    if not apps.is_installed("allauth.usersessions"):
        return
    sessions = apps.get_model("usersessions", "UserSession")._default_manager.filter(user=account)
    keys = list(sessions.values_list("session_key", flat=True))
    apps.get_model("sessions", "Session")._default_manager.filter(session_key__in=keys).delete()
    sessions.delete()

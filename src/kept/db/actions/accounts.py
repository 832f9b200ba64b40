"""Accounts: staff and their roles, suspension, and what a person chose for the look of the pages."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import ROLES, Who
from kept.db.models import Account

from .action import action, record

__all__ = ["change_looks", "change_role", "end_sessions", "link_subject", "make_staff", "resume_account", "suspend_account"]


@action
def make_staff(*, email: str, role: str, at: datetime, by: Who | str) -> str:
    """Give an address a role on the staff, making its account where there is none, and return the account's reference.

    `by` is an account that may change staff, or the actor of the command line, which makes the first owner. Raises NotAllowed, or
    Refused for what is no address or no role.
    """
    actor = _may_change(by)
    _check_role(role)
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("That is no e-mail address", todo="Write it as name@company.example.") from error
    account, _ = Account.objects.get_or_create(email__iexact=email, defaults={"email": email.lower()})
    if account.role != role:
        account.role = role
        account.save(update_fields=["role"])
        record("staff.changed", at=at, actor=actor, account=account.ref, role=role)
    return account.ref


@action
def change_role(*, ref: str, role: str, at: datetime, by: Who) -> None:
    """Give a member of staff another role, or none. Raises NotAllowed; Refused where no owner would be left."""
    actor = _may_change(by)
    if role:
        _check_role(role)
    account = _account(ref)
    if account.role == "owner" and role != "owner":
        _keep_an_owner(account)
    account.role = role
    account.save(update_fields=["role"])
    record("staff.changed", at=at, actor=actor, account=account.ref, role=role)


@action
def suspend_account(*, ref: str, at: datetime, by: Who) -> None:
    """Keep an account from signing in, and end its sessions. Raises NotAllowed; Refused for the last owner."""
    actor = _may_change(by)
    account = _account(ref)
    if account.role == "owner":
        _keep_an_owner(account)
    account.is_active, account.suspended_at = False, at
    account.save(update_fields=["is_active", "suspended_at"])
    end_sessions(account)
    record("account.suspended", at=at, actor=actor, account=account.ref)


@action
def resume_account(*, ref: str, at: datetime, by: Who) -> None:
    """Let a suspended account sign in again. Raises NotAllowed."""
    actor = _may_change(by)
    account = _account(ref)
    account.is_active, account.suspended_at = True, None
    account.save(update_fields=["is_active", "suspended_at"])
    record("account.resumed", at=at, actor=actor, account=account.ref)


@action
def change_looks(*, by: Who, language: str, theme: str) -> None:
    """Keep the language and the theme an account chose; empty for the browser's and the system's."""
    if theme not in ("", "light", "dark"):
        raise Refused("There is no such theme", todo="Choose light, dark, or the system's.")
    Account.objects.filter(pk=by.account).update(language=language, theme=theme)


@action
def link_subject(*, account: int, subject: str, how: str, at: datetime) -> None:
    """Say which person in the company's stores an account is; `how` that became known: address, handover.

    Raises Refused where the account is somebody else already, or somebody else's account is that person.
    """
    found = Account.objects.select_for_update().get(pk=account)
    if found.subject == subject:
        return
    if found.subject or Account.objects.filter(subject=subject).exists():
        raise Refused("This account and that person do not belong together", todo="Write to the contact below.")
    found.subject = subject
    found.save(update_fields=["subject"])
    record("account.linked", at=at, actor=f"account {found.ref}", account=found.ref, how=how)


def end_sessions(account: Account) -> None:
    """Sign an account out everywhere, in the transaction that is open; a process without pages knows of no sessions."""
    if not apps.is_installed("allauth.usersessions"):
        return
    sessions = apps.get_model("usersessions", "UserSession")._default_manager.filter(user=account)
    keys = list(sessions.values_list("session_key", flat=True))
    apps.get_model("sessions", "Session")._default_manager.filter(session_key__in=keys).delete()
    sessions.delete()


def _may_change(by: Who | str) -> str:
    if isinstance(by, str):
        return by
    if not by.may("staff.change"):
        raise NotAllowed("You may not change who is on the staff", todo="Ask an owner.")
    return by.actor


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refused("There is no such role", todo=f"Choose one of {', '.join(ROLES)}.")


def _account(ref: str) -> Account:
    account = Account.objects.select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotThere("There is no such account", todo="Look through the list of staff.")
    return account


def _keep_an_owner(account: Account) -> None:
    if not Account.objects.filter(role="owner", is_active=True).exclude(pk=account.pk).exists():
        raise Refused("This is the last owner", todo="Make somebody else an owner first.")

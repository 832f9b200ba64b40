"""Accounts: staff and their roles, suspension, and what a person chose for the look of the pages."""

from __future__ import annotations

from datetime import datetime

from kept.base.errors import NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Account

from .action import action, record
from .staff_rules import check_address, check_role, keep_an_owner, may_change, switch

__all__ = ["change_looks", "change_role", "link_subject", "make_staff", "resume_account", "suspend_account"]


@action
def make_staff(*, email: str, role: str, at: datetime, by: Who | str) -> str:
    """Give an address a role on the staff, making its account where there is none, and return the account's reference.

    `by` is an account that may change staff, or the actor of the command line, which makes the first owner. Raises NotAllowed, or
    Refused for what is no address or no role.
    """
    actor = may_change(by)
    check_role(role)
    check_address(email)
    account, _ = Account.objects.get_or_create(email__iexact=email, defaults={"email": email.lower()})
    if account.role != role:
        account.role = role
        account.save(update_fields=["role"])
        record("staff.changed", at=at, actor=actor, account=account.ref, role=role)
    return account.ref


@action
def change_role(*, ref: str, role: str, at: datetime, by: Who) -> None:
    """Give a member of staff another role, or none. Raises NotAllowed; Refused where no owner would be left."""
    actor = may_change(by)
    if role:
        check_role(role)
    account = _account(ref)
    if account.role == "owner" and role != "owner":
        keep_an_owner(account)
    account.role = role
    account.save(update_fields=["role"])
    record("staff.changed", at=at, actor=actor, account=account.ref, role=role)


@action
def suspend_account(*, ref: str, at: datetime, by: Who) -> None:
    """Keep an account from signing in, and end its sessions. Raises NotAllowed; Refused for the last owner."""
    actor = may_change(by)
    account = _account(ref)
    switch(account, active=False, at=at, actor=actor)
    account.save(update_fields=["is_active", "suspended_at"])


@action
def resume_account(*, ref: str, at: datetime, by: Who) -> None:
    """Let a suspended account sign in again. Raises NotAllowed."""
    actor = may_change(by)
    account = _account(ref)
    switch(account, active=True, at=at, actor=actor)
    account.save(update_fields=["is_active", "suspended_at"])


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


def _account(ref: str) -> Account:
    account = Account.objects.select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotThere("There is no such account", todo="Look through the list of staff.")
    return account

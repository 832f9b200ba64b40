"""Joiners and leavers: what the company's directory, or an owner's program, changes about the staff in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from kept.base.errors import ChangedSince, NotThere, Taken
from kept.base.roles import Who
from kept.db.access.directory import Member, on_the_staff, seen
from kept.db.models import Account

from .action import action, record
from .staff_rules import check_address, check_role, end_sessions, keep_an_owner, may_change, switch

__all__ = ["Changed", "change_member", "leave", "let_join"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What is to be another afterwards; None for what stays."""

    email: str | None = None
    external_id: str | None = None
    role: str | None = None
    active: bool | None = None


@action
def let_join(*, email: str, external_id: str, role: str, active: bool, at: datetime, by: Who) -> Member:
    """Bring somebody onto the staff and return them. An account that they have as a person becomes theirs as staff too.

    Raises NotAllowed; Taken where they are on the staff already; Refused for what is no address or no role.
    """
    may_change(by)
    _check(email, role)
    account = Account.objects.select_for_update().filter(email__iexact=email).first()
    if account is not None and (account.role or account.provisioned):
        raise Taken("There is a member of the staff with this address already", todo="Change that one.")
    _check_free(external_id, apart=account)
    if account is None:
        account = Account.objects.create(email=email.lower())
    account.external_id, account.provisioned, account.role = external_id, True, role
    account.is_active, account.suspended_at = active, None if active else at
    account.save()
    record("staff.joined", at=at, actor=by.actor, account=account.ref, role=role, active=active)
    return seen(account)


@action
def change_member(*, ref: str, changed: Changed, expected: str | None, at: datetime, by: Who) -> Member:
    """Change a member of the staff and return them as they are then; all of it or nothing. Suspending ends their sessions.

    `expected` is the version the caller saw, or None for whichever. Raises NotAllowed, NotThere; ChangedSince where it is not that
    version; Taken; Refused where no owner would be left.
    """
    may_change(by)
    account = _locked(ref)
    if expected is not None and expected != seen(account).version:
        raise ChangedSince("This member of the staff was changed since you looked", todo="Look again, and decide anew.")
    _rename(account, changed, at=at, by=by)
    if changed.role is not None and changed.role != account.role:
        if changed.role:
            check_role(changed.role)
        _give_role(account, changed.role, at=at, by=by)
    if changed.active is not None and changed.active != account.is_active:
        switch(account, active=changed.active, at=at, actor=by.actor)
    account.save()
    return seen(account)


@action
def leave(*, ref: str, expected: str | None, at: datetime, by: Who) -> None:
    """Take somebody off the staff: role and sessions end, and what they did stays on record.

    Their account is suspended, unless they are a person in the company's stores as well: as such they keep their privacy centre.
    Raises NotAllowed, NotThere; ChangedSince; Refused for the last owner.
    """
    may_change(by)
    account = _locked(ref)
    if expected is not None and expected != seen(account).version:
        raise ChangedSince("This member of the staff was changed since you looked", todo="Look again, and decide anew.")
    if account.role:
        _give_role(account, "", at=at, by=by)
    if account.is_active and not account.subject:
        switch(account, active=False, at=at, actor=by.actor)
    end_sessions(account)
    account.provisioned, account.external_id = False, ""
    account.save()
    record("staff.left", at=at, actor=by.actor, account=account.ref)


def _rename(account: Account, changed: Changed, *, at: datetime, by: Who) -> None:
    """Change the address and the directory's name; the ledger holds that it was done, and neither of the two."""
    renamed = False
    if changed.email is not None and changed.email.lower() != account.email.lower():
        check_address(changed.email)
        if Account.objects.filter(email__iexact=changed.email).exists():
            raise Taken("There is an account with this address already", todo="Choose another address.")
        account.email, renamed = changed.email.lower(), True
        apps.get_model("account", "EmailAddress").objects.filter(user=account).delete()
    if changed.external_id is not None and changed.external_id != account.external_id:
        _check_free(changed.external_id, apart=account)
        account.external_id, renamed = changed.external_id, True
    if renamed:
        record("staff.renamed", at=at, actor=by.actor, account=account.ref)


def _give_role(account: Account, role: str, *, at: datetime, by: Who) -> None:
    if account.role == "owner":
        keep_an_owner(account)
    account.role, account.provisioned = role, account.provisioned or not role
    record("staff.changed", at=at, actor=by.actor, account=account.ref, role=role)


def _locked(ref: str) -> Account:
    account = on_the_staff().select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotThere("There is no such member of the staff", todo="Look through the list of staff.")
    return account


def _check(email: str, role: str) -> None:
    check_address(email)
    if role:
        check_role(role)


def _check_free(external_id: str, *, apart: Account | None) -> None:
    others = Account.objects.filter(external_id=external_id).exclude(pk=apart.pk if apart else 0)
    if external_id and others.exists():
        raise Taken("Somebody else has this name in the directory already", todo="Choose another externalId.")

"""Who is made staff by whom, and what stays protected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import PERMISSIONS, READS, ROLES, Who
from kept.db import access
from kept.db.actions.accounts import change_role, link_subject, make_staff, resume_account, suspend_account
from kept.db.models import Account

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
OWNER = Who(account=1, ref="owner0000000", role="owner", vouched=True)


def staff(email: str, role: str) -> str:
    return make_staff(email=email, role=role, at=NOW, by="os:jane")


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    assert ROLES["auditor"].permissions == READS
    assert ROLES["owner"].permissions == frozenset(PERMISSIONS)
    assert not any(Who(role=role).permissions for role in ROLES), "a role counts only with a second factor"
    assert Who(role="nobody knows it", vouched=True).permissions == frozenset()


@pytest.mark.usefixtures("whole")
def test_the_record_names_nobody() -> None:
    ref = staff("Ada@Aurigen.example", "owner")
    entry = orjson.loads(next(iter(access.entries())))
    assert entry["kind"] == "staff.changed"
    assert entry["facts"] == {"account": ref, "role": "owner"}
    assert entry["actor"].startswith("hmac:")
    assert Account.objects.get(ref=ref).email == "ada@aurigen.example"
    assert staff("ADA@aurigen.example", "owner") == ref, "one account an address, whatever the letters' case"


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_only_an_owner_changes_staff(role: str) -> None:
    ref = staff("ada@aurigen.example", "engineer")
    by = Who(account=2, ref="x", role=role, vouched=True)
    changes: list[Callable[[], object]] = [
        lambda: make_staff(email="b@aurigen.example", role="owner", at=NOW, by=by),
        lambda: change_role(ref=ref, role="owner", at=NOW, by=by),
        lambda: suspend_account(ref=ref, at=NOW, by=by),
        lambda: resume_account(ref=ref, at=NOW, by=by),
    ]
    for change in changes:
        with pytest.raises(NotAllowed):
            change()
    assert Account.objects.get(ref=ref).role == "engineer"


@pytest.mark.usefixtures("whole")
def test_the_last_owner_stays() -> None:
    first = staff("ada@aurigen.example", "owner")
    changes: list[Callable[[], object]] = [
        lambda: suspend_account(ref=first, at=NOW, by=OWNER),
        lambda: change_role(ref=first, role="", at=NOW, by=OWNER),
        lambda: change_role(ref=first, role="auditor", at=NOW, by=OWNER),
    ]
    for change in changes:
        with pytest.raises(Refused, match="last owner"):
            change()
    second = staff("bob@aurigen.example", "owner")
    suspend_account(ref=second, at=NOW, by=OWNER)
    with pytest.raises(Refused, match="last owner"):
        suspend_account(ref=first, at=NOW, by=OWNER)
    resume_account(ref=second, at=NOW, by=OWNER)
    suspend_account(ref=first, at=NOW, by=OWNER)
    assert not Account.objects.get(ref=first).is_active


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize(
    ("email", "role"), [("no address", "owner"), ("", "owner"), ("a@b.example", "emperor"), ("a@b.example", "")]
)
def test_what_is_no_address_or_no_role_is_refused(email: str, role: str) -> None:
    with pytest.raises(Refused):
        staff(email, role)
    assert not Account.objects.exists()


@pytest.mark.usefixtures("whole")
def test_a_person_has_one_account_and_an_account_one_person() -> None:
    one, two = (Account.objects.create(email=f"{name}@aurigen.example") for name in ("ada", "bob"))
    for _ in range(2):
        link_subject(account=one.pk, subject="account:1", how="address", at=NOW)
    for account, subject in ((two, "account:1"), (one, "account:2")):
        with pytest.raises(Refused, match="do not belong together"):
            link_subject(account=account.pk, subject=subject, how="address", at=NOW)
    with pytest.raises(NotThere):
        change_role(ref="nobody", role="owner", at=NOW, by=OWNER)

"""Who on a company's staff may do what: roles, and the permissions each of them is declared to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["PERMISSIONS", "READS", "ROLES", "Permission", "Role", "Who", "nobody"]

Permission: TypeAlias = Literal[
    "board.read",
    "check.run",
    "policy.publish",
    "map.read",
    "plan.read",
    "plan.propose",
    "plan.approve",
    "ledger.read",
    "hold.read",
    "hold.change",
    "request.read",
    "request.work",
    "person.find",
    "person.open",
    "staff.read",
    "staff.change",
    "settings.read",
    "key.manage",
    "gate.ask",
]
"""What staff can be allowed. What ends in `.read` changes nothing and shows no person's own values."""

PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)
READS: Final = frozenset(one for one in PERMISSIONS if one.endswith(".read"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: what it is called, what it is for, and what it may do."""

    name: str
    title: str
    permissions: frozenset[Permission]


def _role(name: str, title: str, *more: Permission) -> Role:
    return Role(name=name, title=title, permissions=READS | frozenset(more))


ROLES: Final[Mapping[str, Role]] = {
    role.name: role
    for role in (
        Role(name="owner", title="Owner", permissions=frozenset(PERMISSIONS)),
        _role(
            "privacy-officer",
            "Privacy officer",
            "check.run",
            "policy.publish",
            "plan.propose",
            "plan.approve",
            "hold.change",
            "request.work",
            "person.find",
            "person.open",
        ),
        _role("engineer", "Engineer", "check.run", "plan.propose", "plan.approve", "key.manage", "gate.ask"),
        Role(
            name="support",
            title="Support",
            permissions=frozenset({"board.read", "request.read", "request.work", "person.find", "person.open"}),
        ),
        _role("auditor", "Auditor"),
    )
}
"""Every role by its name. An auditor reads everything that is no person's own data, and changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks: an account by its public reference, the person it is in the company's stores, and its role on the staff.

    `account` is 0 and everything else empty for somebody who is not signed in. `subject` is the vault's name of a person, such
    as `account:42`. `role` counts only where `vouched` says that a second factor or the company's sign-on was seen. `scopes` is
    None for somebody who asks themselves; a program that speaks for them by a key may do no more than the key's scopes.
    """

    account: int = 0
    ref: str = ""
    subject: str = ""
    role: str = ""
    vouched: bool = False
    scopes: frozenset[str] | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do as staff; nothing without a second factor."""
        role = ROLES.get(self.role)
        granted = role.permissions if role and self.vouched else frozenset()
        return granted if self.scopes is None else frozenset(one for one in granted if one in self.scopes)

    @property
    def actor(self) -> str:
        """How the ledger names them: staff by a code, anybody else by words that enter it as a keyed hash only."""
        if self.permissions:
            return f"staff:{self.ref}"
        return f"account {self.ref}" if self.ref else "nobody"

    def may(self, permission: Permission) -> bool:
        """Return whether they have a permission."""
        return permission in self.permissions


nobody: Final = Who()
"""Somebody who is not signed in."""

"""What programs send: the shapes of bodies and of the names in addresses. Whatever is not named here is refused."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ninja import Path, Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt

from kept.base.roles import PERMISSIONS, ROLES
from kept.db.access.api_keys import DIRECTORY_SCOPE, PERSON_SCOPES
from kept.db.actions.answering import GROUNDS, LONGEST_ANSWER
from kept.db.actions.api_keys import LONGEST_LABEL
from kept.db.actions.proposals import LONGEST_REASON
from kept.db.actions.requests import LONGEST_NOTE, RIGHTS

__all__ = [
    "Answering",
    "Choosing",
    "Deciding",
    "DigestInPath",
    "Joining",
    "KeyWanted",
    "NumberInPath",
    "PurposeInPath",
    "RefInPath",
    "Refusing",
    "Requesting",
    "StaffChange",
]

WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
FREE = r"^[^\x00]*$"
LARGEST = 2**53 - 1

RefInPath: TypeAlias = Annotated[
    str, Path(..., pattern=r"^[A-Za-z0-9]{12}$", description="A reference: 12 letters and digits.", examples=["k3J9x2Lq8ZpA"])
]
DigestInPath: TypeAlias = Annotated[
    str, Path(..., pattern=r"^[0-9a-f]{64}$", description="A plan's digest: 64 hex digits.", examples=["3f" * 32])
]
NumberInPath: TypeAlias = Annotated[int, Path(..., ge=0, le=LARGEST, description="A number.", examples=[1])]
PurposeInPath: TypeAlias = Annotated[
    str, Path(..., pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$", description="A purpose's short name.", examples=["research"])
]
Scope: TypeAlias = Literal[(*PERSON_SCOPES, *PERMISSIONS, DIRECTORY_SCOPE)]  # type: ignore[valid-type]  # made from what there is
Right: TypeAlias = Literal[RIGHTS]  # type: ignore[valid-type]  # made from what there is
Ground: TypeAlias = Literal[tuple(GROUNDS)]  # type: ignore[valid-type]  # made from what there is
RoleOrNone: TypeAlias = Literal[("", *ROLES)]  # type: ignore[valid-type]  # made from what there is


class Wish(Schema):
    """A body: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class Requesting(Wish):
    """A request of one's own."""

    right: Right = Field(description="Which right (GDPR Art. 7(3), 15 to 18, 20, 21, 77).", examples=["access"])
    note: str = Field("", max_length=LONGEST_NOTE, pattern=FREE, description="Anything to add.", examples=[""])


class Choosing(Wish):
    """A choice about an optional purpose."""

    granted: StrictBool = Field(description="True to agree, false to take it back. Both are as easy.", examples=[False])


class KeyWanted(Wish):
    """A new key."""

    label: str = Field(max_length=LONGEST_LABEL, pattern=WRITTEN, description="What you call it.", examples=["nightly report"])
    scopes: list[Scope] = Field(
        min_length=1, max_length=40, description="What it may be used for; no more than the key that asks.", examples=[["me.read"]]
    )
    days: StrictInt | None = Field(None, ge=1, le=3650, description="After how many days it ends; null for never.", examples=[90])


class Deciding(Wish):
    """What is said with a yes to a plan."""

    why: str = Field(
        "", max_length=LONGEST_REASON, pattern=FREE, description="Anything to add.", examples=["Looked at both tables."]
    )


class Refusing(Wish):
    """What is said with a no to a plan."""

    why: str = Field(
        max_length=LONGEST_REASON, pattern=WRITTEN, description="Why.", examples=["The hold on app.invoices is missing."]
    )


class Answering(Wish):
    """The end of a person's request."""

    answer: str = Field(
        max_length=LONGEST_ANSWER,
        pattern=WRITTEN,
        description="What the person reads.",
        examples=["Here is what we hold about you: …"],
    )
    ground: Ground | None = Field(None, description="Set to refuse: on which ground. Null to answer.", examples=[None])


class Joining(Wish):
    """Somebody who comes onto the staff."""

    email: str = Field(
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,60}(\.[A-Za-z0-9-]{1,60})*\.[A-Za-z]{2,20}$",
        description="Where codes go to.",
        examples=["kim@company.example"],
    )
    role: RoleOrNone = Field(description="Their role.", examples=["auditor"])


class StaffChange(Wish):
    """What changes about a member of the staff; what is left out stays."""

    role: RoleOrNone | None = Field(None, description="Another role; empty for none.", examples=["support"])
    active: StrictBool | None = Field(None, description="False to suspend them, which ends their sessions.", examples=[True])

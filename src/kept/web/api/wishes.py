"""What programs send: the shapes of bodies and of the names in addresses. Whatever is not named here is refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from ninja import Path, Schema
from pydantic import ConfigDict, Field, StrictBool, StrictInt

from kept.base.roles import PERMISSIONS, ROLES
from kept.db.access.api_keys import DIRECTORY_SCOPE, PERSON_SCOPES
from kept.db.actions.answering import LONGEST_ANSWER
from kept.db.actions.answering import LONGEST_REASON as LONGEST_EXTENSION
from kept.db.actions.api_keys import LONGEST_LABEL
from kept.db.actions.holds import LONGEST_GROUND, LONGEST_NAME, LONGEST_OWNER
from kept.db.actions.proposals import LONGEST_REASON
from kept.db.actions.requests import LONGEST_NOTE, RIGHTS
from kept.web.shared.particulars import LONGEST_VALUE, RESTRICTION_GROUNDS

__all__ = [
    "Answering",
    "Choosing",
    "Deciding",
    "DigestInPath",
    "Extending",
    "HoldInPath",
    "Joining",
    "KeyWanted",
    "NumberInPath",
    "PlacingHold",
    "PurposeInPath",
    "RefInPath",
    "Refusing",
    "RefusingRequest",
    "Requesting",
    "Reviewing",
    "StaffChange",
]

WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
FREE = r"^[^\x00]*$"
NAME = r"^[a-z0-9][a-z0-9_-]{0,99}$"
HOLD_NAME = r"^[a-z][a-z0-9-]*[a-z0-9]$"
LARGEST = 2**53 - 1

RefInPath: TypeAlias = Annotated[
    str, Path(..., pattern=r"^[A-Za-z0-9]{12}$", description="A reference: 12 letters and digits.", examples=["k3J9x2Lq8ZpA"])
]
DigestInPath: TypeAlias = Annotated[
    str, Path(..., pattern=r"^[0-9a-f]{64}$", description="A plan's digest: 64 hex digits.", examples=["3f" * 32])
]
NumberInPath: TypeAlias = Annotated[int, Path(..., ge=0, le=LARGEST, description="A number.", examples=[1])]
PurposeInPath: TypeAlias = Annotated[str, Path(..., pattern=NAME, description="A purpose's short name.", examples=["research"])]
HoldInPath: TypeAlias = Annotated[
    str, Path(..., pattern=HOLD_NAME, max_length=LONGEST_NAME, description="A hold's short name.", examples=["tax-audit-2026"])
]
Scope: TypeAlias = Literal[(*PERSON_SCOPES, *PERMISSIONS, DIRECTORY_SCOPE)]  # type: ignore[valid-type]  # made from what there is
Right: TypeAlias = Literal[RIGHTS]  # type: ignore[valid-type]  # made from what there is
RestrictionGround: TypeAlias = Literal[tuple(RESTRICTION_GROUNDS)]  # type: ignore[valid-type]  # made from what there is
RoleOrNone: TypeAlias = Literal[("", *ROLES)]  # type: ignore[valid-type]  # made from what there is


class Wish(Schema):
    """A body: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class ValueWanted(Wish):
    """A value to be put right."""

    column: str = Field(max_length=300, pattern=WRITTEN, description="Its full name.", examples=["app.accounts.full_name"])
    value: str = Field(max_length=LONGEST_VALUE, pattern=WRITTEN, description="What is right.", examples=["Ada Example"])


class Nominee(Wish):
    """Somebody who may exercise the person's rights if they die or cannot do so (DPDP Act s.14)."""

    name: str = Field(max_length=200, pattern=WRITTEN, description="Their name.", examples=["Ada Example"])
    address: str = Field(max_length=500, pattern=WRITTEN, description="Where they are reached.", examples=["ada@example.org"])


class Requesting(Wish):
    """A request of one's own. What a right does not ask for is left out."""

    right: Right = Field(
        description="Which right (GDPR Art. 7(3), 15 to 18, 20, 21, 77; 1798.120, .121; s.14).", examples=["access"]
    )
    note: str = Field("", max_length=LONGEST_NOTE, pattern=FREE, description="Anything to add.", examples=[""])
    purposes: list[Annotated[str, Field(max_length=100, pattern=NAME)]] = Field(
        default=[], max_length=100, description="What an objection or a withdrawal is about, by short names; none means all."
    )
    changes: list[ValueWanted] = Field(default=[], max_length=50, description="New values for a rectification, column by column.")
    nominee: Nominee | None = Field(None, description="Whom a nomination names.", examples=[None])
    ground: RestrictionGround | None = Field(
        None, description="Which case of GDPR Art. 18(1) a restriction rests on.", examples=["accuracy"]
    )


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
    """What is said at the end of a person's request."""

    answer: str = Field(
        max_length=LONGEST_ANSWER,
        pattern=WRITTEN,
        description="What the person reads.",
        examples=["Here is what we hold about you: …"],
    )


class RefusingRequest(Answering):
    """Why a person's request is refused."""

    ground: str = Field(
        max_length=50,
        pattern=r"^[a-z0-9][a-z0-9_.-]*$",
        description="One of the request's `grounds`.",
        examples=["eu-gdpr.legal_claims"],
    )


class Extending(Wish):
    """Why an answer takes longer."""

    reason: str = Field(
        max_length=LONGEST_EXTENSION,
        pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$",
        description="The person is told this.",
        examples=["Many requests came at once"],
    )


class Reviewing(Wish):
    """When a hold is to be looked at again."""

    review: date = Field(description="A day that is to come.", examples=["2027-06-30"])


class PlacingHold(Reviewing):
    """A hold to be placed."""

    name: str = Field(max_length=LONGEST_NAME, pattern=HOLD_NAME, description="A short name.", examples=["tax-audit-2026"])
    ground: str = Field(
        max_length=LONGEST_GROUND, pattern=WRITTEN, description="The law, or the matter's number.", examples=["AO §147"]
    )
    owner: str = Field(
        max_length=LONGEST_OWNER, pattern=WRITTEN, description="The role that answers for it.", examples=["general counsel"]
    )
    tables: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=500, description="The tables it covers.", examples=[["billing.invoices"]]
    )
    subjects: dict[str, list[Annotated[str, Field(max_length=200)]]] = Field(
        default={}, description="Keys of the people it covers, by the column that holds them; none covers every row.", examples=[{}]
    )


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

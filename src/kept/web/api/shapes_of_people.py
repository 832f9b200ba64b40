"""What programs read about people and accounts: choices, keys, staff, what is held."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field

from .shapes import REF, Job, Ref

__all__ = ["ChoiceMade", "Held", "Key", "KeyMade", "Me", "StaffMember"]


class CountedTable(Schema):
    """How many rows of a table are the person's."""

    store: str = Field(description="The store.")
    table: str = Field(description="The table.")
    rows: int = Field(description="How many rows.")


class UncountedTable(Schema):
    """A table of which that cannot be said."""

    store: str = Field(description="The store.")
    table: str = Field(description="The table.")
    reason: str = Field(description="Why it cannot be said.")
    todo: str = Field(description="What would let it be said.")


class Held(Schema):
    """What the company holds about the person, as it was last counted in the stores."""

    counted_at: datetime | None = Field(description="When it was counted; null for never.")
    counted: list[CountedTable] = Field(description="Each table, with how many of its rows are the person's.")
    unknown: list[UncountedTable] = Field(description="The tables where that cannot be said.")
    job: Job | None = Field(description="The newest counting, which may be under way; null for none.")


class ChoiceMade(Schema):
    """What a person chose about one optional purpose."""

    purpose: str = Field(description="The purpose's short name.", examples=["research"])
    title: str = Field(description="What people are told it is.")
    granted: bool = Field(description="Whether they agreed. False where they never chose.")
    at: datetime | None = Field(description="When they chose; null for never.")
    receipt: Ref | None = Field(description="The reference of the choice, which proves it; null for none.")


class Key(Schema):
    """A key of the API."""

    ref: Ref = Field(description=REF)
    label: str = Field(description="What its owner calls it.")
    scopes: list[str] = Field(description="What it may be used for today.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends by itself; null for never.")
    used_at: datetime | None = Field(description="When it was last used, to the hour; null for never.")
    revoked_at: datetime | None = Field(description="When it was revoked; null while it is in force.")


class KeyMade(Schema):
    """A new key's secret, which is shown this once."""

    ref: Ref = Field(description=REF)
    secret: str = Field(description="What to send after `Authorization: Bearer`. Kept keeps a hash of it only.")


class StaffMember(Schema):
    """A member of the staff."""

    ref: Ref = Field(description=REF)
    email: str = Field(description="Where codes go to.")
    role: str = Field(description="Their role; empty for none.", examples=["auditor"])
    active: bool = Field(description="Whether they may sign in.")
    created_at: datetime = Field(description="When the account was made.")
    suspended_at: datetime | None = Field(description="When it was suspended; null while it is not.")


class Me(Schema):
    """Whom the key speaks for, and what it may do."""

    account: Ref = Field(description="The account's reference.")
    key: Ref = Field(description="The key's reference.")
    person: bool = Field(description="Whether the account is a person in the company's stores.")
    role: str = Field(description="Their role on the staff; empty for none.")
    second_factor: bool = Field(
        description="Whether the owner has a second factor: without one, nothing of the staff's is allowed."
    )
    scopes: list[str] = Field(description="What this key may be used for today.")
